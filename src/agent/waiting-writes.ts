import { setImmediate as macrotask } from 'node:timers/promises';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { writeAll, type CheckpointWrite, type WritesTogether } from './checkpoint-write.js';
import { mayWait } from './may-wait.js';
import { settledWithin } from './settled-within.js';

/** Writes of a thread that wait for the next one that must be durable, and go with it. */
export class WaitingWrites {
  private waiting: CheckpointWrite[] = [];
  /** Never fails. */
  private sending: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly checkpointer: BaseCheckpointSaver & Partial<WritesTogether>) {}

  /** Takes a write in its turn. What could not be sent stays, and is tried again with what is sent next. */
  async add(write: CheckpointWrite): Promise<void> {
    if (this.ended) throw new Error('the attempt has ended: nothing of it is written any more');
    const may = mayWait(write, this.waiting);
    this.waiting.push(write);
    if (!may) await this.send();
  }

  /** Sends what waits, after what is being sent. */
  send(): Promise<void> {
    const sent = this.sending.then(async () => {
      const batch = [...this.waiting];
      if (batch.length === 0) return;
      await writeAll(this.checkpointer, batch);
      this.waiting.splice(0, batch.length);
    });
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  /** Tries for so long to send what waits, and takes and sends nothing after that. Never fails. */
  async end(ms: number): Promise<void> {
    // LangGraph hands over what a step left just before an abort in microtasks of its own, also when its caller has gone
    await macrotask();
    this.ended = true;
    await settledWithin(ms, [this.send()]);
    this.waiting = [];
  }
}
