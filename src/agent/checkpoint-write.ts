import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { RunnableConfig } from '@langchain/core/runnables';

export type Put = Parameters<BaseCheckpointSaver['put']>;
export type PutWrites = Parameters<BaseCheckpointSaver['putWrites']>;

/** What LangGraph asks a checkpointer to write: the method with its arguments. */
export type CheckpointWrite = { put: Put } | { putWrites: PutWrites };

/** What a checkpointer may be able to do besides, so that its database is asked less often. */
export interface WritesTogether {
  /** Writes all of them or none; what is there then is what writing them one after the other would leave. */
  writeAll(writes: readonly CheckpointWrite[]): Promise<void>;
  /** A `getTuple` that reads once and makes the tuple anew each time: LangGraph changes in place what it is given. */
  readerOf(config: RunnableConfig): () => Promise<CheckpointTuple | undefined>;
}

/** Writes all, in one go where the checkpointer can. */
export async function writeAll(checkpointer: BaseCheckpointSaver & Partial<WritesTogether>, writes: readonly CheckpointWrite[]): Promise<void> {
  if (checkpointer.writeAll) return checkpointer.writeAll(writes);
  for (const write of writes) await ('put' in write ? checkpointer.put(...write.put) : checkpointer.putWrites(...write.putWrites));
}

/** What `put` gives back: where the thread stands after it. */
export function configAfter([{ configurable }, { id }]: Put): RunnableConfig {
  return { configurable: { thread_id: configurable?.thread_id as unknown, checkpoint_ns: (configurable?.checkpoint_ns as unknown) ?? '', checkpoint_id: id } };
}
