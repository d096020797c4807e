import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { configAfter, type WritesTogether } from './checkpoint-write.js';
import { WaitingWrites } from './waiting-writes.js';

/** A checkpointer for one run of a graph, and the writes that wait behind it. */
export interface BatchedCheckpointer {
  checkpointer: BaseCheckpointSaver;
  writes: WaitingWrites;
}

/**
 * A checkpointer that asks its database less often: what need not be durable yet goes with the next write that must be, and
 * what `getState` has read is not read again when the graph starts. It is for one run of the agent, which must send what still
 * waits at its end.
 */
export function batchedCheckpointer(checkpointer: BaseCheckpointSaver & Partial<WritesTogether>): BatchedCheckpointer {
  const writes = new WaitingWrites(checkpointer);
  const readerOf = checkpointer.readerOf?.bind(checkpointer) ?? ((config) => () => checkpointer.getTuple(config));
  let read: { key: string; again: ReturnType<typeof readerOf> } | null = null;
  const batched = Object.create(checkpointer) as BaseCheckpointSaver;
  batched.getTuple = async (config) => {
    const { thread_id, checkpoint_ns = '', checkpoint_id = '' } = config.configurable ?? {};
    const key = JSON.stringify([thread_id, checkpoint_ns, checkpoint_id]);
    const known = read?.key === key ? read : null;
    // only once: who asks a third time wants to know what others may have written
    read = null;
    if (known) return known.again();
    await writes.send();
    const again = readerOf(config);
    const tuple = await again();
    read = { key, again };
    return tuple;
  };
  batched.put = async (...args) => {
    read = null;
    await writes.add({ put: args });
    return configAfter(args);
  };
  batched.putWrites = (...args) => {
    read = null;
    return writes.add({ putWrites: args });
  };
  return { checkpointer: batched, writes };
}
