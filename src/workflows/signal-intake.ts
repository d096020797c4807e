import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivateInput } from '@temporalio/workflow';
import { unreadable } from '../domain/message-payload.js';

/**
 * This many signals of one activation go through the SDK. It spends 0.45 ms on each (2 cores) for promises and their
 * stack traces. 20,000 would take 9 s of the 10 s that Temporal gives a workflow task, and hold up all other runs of
 * the worker.
 */
export const SIGNALS_THROUGH_SDK = 100;

/** The SDK throws when a handler for any name gets one of these, and the workflow task would fail for ever. */
const RESERVED = '__temporal_';

/** Handles a signal, at once wherever it can. Never throws. */
export type TakeSignal = (name: string, payload: unknown) => void | Promise<void>;

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

/**
 * Takes the signals that do not go through the SDK, in the order of their arrival. Each run has its own, because
 * modules are loaded anew for each run.
 */
class SignalIntake {
  #take: TakeSignal | null = null;
  #waiting: Job[] = [];
  #unfinished = 0;

  /** Whether all signals that it took are handled. The SDK's `allHandlersFinished` does not know of them. */
  get isIdle(): boolean {
    return this.#unfinished === 0;
  }

  /** From now on signals are handled, also those that came before. */
  listen(take: TakeSignal): void {
    this.#take = take;
    this.#deliver();
  }

  /** Handles an activation: its first signals go through the SDK, then it takes the others. */
  activate(input: ActivateInput, next: (input: ActivateInput) => void): void {
    const through: Job[] = [];
    let signals = 0;
    for (const job of input.activation.jobs ?? []) {
      const name = job.signalWorkflow?.signalName;
      const isSpared = name != null && (name.startsWith(RESERVED) || ++signals > SIGNALS_THROUGH_SDK);
      (isSpared ? this.#waiting : through).push(job);
    }
    next({ ...input, activation: { ...input.activation, jobs: through } });
    this.#deliver();
  }

  #deliver(): void {
    const take = this.#take;
    if (!take) return;
    const jobs = this.#waiting;
    this.#waiting = [];
    for (const { signalWorkflow } of jobs) {
      const end = take(signalWorkflow?.signalName ?? '', read(signalWorkflow?.input?.[0]));
      if (!end) continue;
      this.#unfinished++;
      void end.finally(() => this.#unfinished--);
    }
  }
}

/** The intake of this run. */
export const signalIntake = new SignalIntake();

function read(payload: Payload | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}
