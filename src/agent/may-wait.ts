import { WRITES_IDX_MAP, type Checkpoint } from '@langchain/langgraph-checkpoint';
import type { CheckpointWrite } from './checkpoint-write.js';

/**
 * Whether a write may wait for the next one. What was paid and what was done is in the database before the graph goes on to
 * a tool, to the model or to its end; whatever isn't known here is written at once.
 *
 * @param waiting - what waits already
 */
export function mayWait(write: CheckpointWrite, waiting: readonly CheckpointWrite[]): boolean {
  // what a step has written is put at once with the next checkpoint; after an error or an interrupt none comes
  if ('putWrites' in write) return !write.putWrites[1].some(([channel]) => channel in WRITES_IDX_MAP);
  const [, checkpoint, metadata] = write.put;
  // the input of a turn can be made again from the request
  if (metadata.source === 'input') return true;
  switch (nextNodes(checkpoint).join()) {
    case 'callModel':
      return follows(waiting, 'input');
    // does nothing that could be lost, and takes no time
    case 'checkArtifact':
      return true;
    default:
      return false;
  }
}

/** Whether the checkpoint before comes from there. */
function follows(waiting: readonly CheckpointWrite[], source: string): boolean {
  const before = waiting.findLast((write) => 'put' in write);
  return before?.put[2].source === source;
}

/** The nodes that run after a checkpoint: LangGraph has a channel for each node's turn. */
function nextNodes({ channel_values }: Checkpoint): string[] {
  return Object.keys(channel_values).flatMap((channel) => /^branch:to:(.+)$/.exec(channel)?.[1] ?? []);
}
