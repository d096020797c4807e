import './workflow-globals.js';
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
// the inside of the SDK, whose version is pinned: what a worker does with each activation, without worker and server
import { setActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { Activator } from '@temporalio/workflow/lib/internals.js';
import { activate, concludeActivation, tryUnblockConditions } from '@temporalio/workflow/lib/worker-interface.js';
import type { RunEvent } from '../../../src/domain/record/events.js';
import type { RunStatus } from '../../../src/domain/run-status.js';
import { payloadConverter } from '../../../src/temporal/payload-converter.js';
import { agentRun } from '../../../src/workflows/agent-run.js';
import { interceptors } from '../../../src/workflows/interceptors.js';

type ActivatorOptions = ConstructorParameters<typeof Activator>[0];
type Activation = Parameters<typeof activate>[0];
type Payload = ReturnType<typeof defaultPayloadConverter.toPayload>;

/** One thing that Temporal tells a workflow: jobs of one activation come in one workflow task. */
export type Job = { variant: string } & Record<string, unknown>;

/** An activity that the workflow scheduled and that has not ended. */
export interface PendingActivity {
  seq: number;
  type: string;
  args: unknown[];
  cancelRequested: boolean;
  /** Null for a local activity. */
  taskQueue: string | null;
  /** The workflow waits for its real end after a cancellation. */
  waitsForCancellation: boolean;
}

/** An input as it came, which the converter would not write. */
export class RawInput {
  constructor(readonly payload: Payload) {}
}

/** How the workflow closed, as its last command says. */
export interface Closed {
  as: 'completed' | 'failed' | 'cancelled';
  /** Type of the failure: the code. */
  code: string | null;
  message: string;
}

const WAIT_CANCELLATION_COMPLETED = 1;
/** Where an activity takes events to the mirror. */
const EVENTS_OF: Record<string, (args: readonly unknown[]) => unknown> = {
  recordEvents: ([, events]) => events,
  closeRun: ([, events]) => events,
  executePhase: ([task]) => (task as { events: unknown }).events,
};

export const signal = (signalName: string, payload?: unknown): Job => {
  const input = payload === undefined ? [] : [defaultPayloadConverter.toPayload(payload)];
  return { variant: 'signalWorkflow', signalWorkflow: { signalName, input, headers: {} } };
};
/** A payload as it may come, whatever it says of itself. */
export const rawPayload = (data: Uint8Array | string, encoding = 'json/plain'): Payload => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return { metadata: { encoding: encode(encoding) }, data: typeof data === 'string' ? encode(data) : data };
};
export const rawSignal = (signalName: string, ...input: Payload[]): Job => ({
  variant: 'signalWorkflow',
  signalWorkflow: { signalName, input, headers: {} },
});
export const rawDecide = (id: string, ...input: Payload[]): Job => ({
  variant: 'doUpdate',
  doUpdate: { id, protocolInstanceId: id, name: 'decide', input, headers: {}, runValidator: true },
});
export const cancel = (): Job => ({ variant: 'cancelWorkflow', cancelWorkflow: { reason: 'enough' } });

/**
 * The workflow `agentRun` as a worker runs it, activation by activation, in this process and in milliseconds. What is
 * short answers by itself (`auto`); all else waits until the test says how it ended.
 */
export class ActivatedRun {
  readonly pending: PendingActivity[] = [];
  readonly timers = new Map<number, string>();
  readonly scheduled: PendingActivity[] = [];
  /** Events in the order in which they went to the mirror, each once. */
  readonly events: RunEvent[] = [];
  /** Search attributes as they are shown now. */
  readonly shown: Record<string, unknown> = {};
  readonly updates = new Map<string, unknown>();
  /** What each activation told Temporal: names of commands. */
  readonly commands: string[][] = [];
  /** How often the details were set. */
  detailsSet = 0;
  closed: Closed | null = null;
  /** Activities that answer by themselves, and what. */
  readonly auto: Record<string, unknown> = {
    recordEvents: null,
    closeRun: { reportPath: 'report.md', changed: null },
    requestCancellation: null,
  };
  readonly #activator: Activator;
  #started = false;

  /**
   * @param intercepted - whether signals take the way that they take in a worker; only one such run may be at work at a
   * time
   */
  constructor(
    private readonly input: unknown,
    intercepted = false,
  ) {
    const runId = `run-${randomInt(2 ** 40)}`;
    const ids = { workflowId: 'w', runId, firstExecutionRunId: runId, originalExecutionRunId: runId };
    const unsafe = { isReplaying: false, now: Date.now };
    const info = {
      ...ids,
      workflowType: 'agentRun',
      taskQueue: 'q',
      namespace: 'default',
      searchAttributes: {},
      unsafe,
    };
    const options = {
      info,
      now: Date.now(),
      randomnessSeed: [randomInt(2 ** 32)],
      registeredActivityNames: new Set(['planRun']),
      getTimeOfDay: process.hrtime.bigint,
      sourceMap: { sources: [] },
      showStackTraceSources: false,
      stackTracesEnabled: false,
    };
    this.#activator = new Activator(options as unknown as ActivatorOptions);
    this.#activator.payloadConverter = payloadConverter;
    this.#activator.workflow = agentRun as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(this.#activator, 'currentDetails', { set: () => this.detailsSet++, get: () => '' });
    if (intercepted) this.#activator.interceptors.internals.push(...(interceptors().internals ?? []));
  }

  /** One workflow task with these jobs; then those that `auto` answers bring. */
  async tell(...jobs: Job[]): Promise<this> {
    await this.#activate(jobs);
    for (let next = this.#answer(); next; next = this.#answer()) await this.#activate(next);
    return this;
  }

  /** The first workflow task; `jobs` lie in history before it. */
  async start(...jobs: Job[]): Promise<this> {
    return this.tell(
      {
        variant: 'initializeWorkflow',
        initializeWorkflow: {
          arguments: [
            this.input instanceof RawInput ? this.input.payload : defaultPayloadConverter.toPayload(this.input),
          ],
          headers: {},
        },
      },
      ...jobs,
    );
  }

  completed(type: string, result: unknown): Job {
    return this.#resolve(this.#only(type), { completed: { result: defaultPayloadConverter.toPayload(result) } });
  }

  failed(type: string, failure: Error): Job {
    const activity = this.#only(type);
    // the SDK wraps no failure of a local activity
    const told = activity.taskQueue === null ? asFailure(failure) : activityFailure(failure);
    return this.#resolve(activity, { failed: { failure: told } });
  }

  /** The end of one of several activities of a type. */
  ended(activity: PendingActivity | undefined, how: 'completed' | 'failed'): Job {
    const failure = activityFailure(ApplicationFailure.nonRetryable('it failed'));
    return this.#resolve(
      activity ?? assert.fail('no such activity is pending'),
      how === 'completed' ? { completed: {} } : { failed: { failure } },
    );
  }

  cancelled(type: string): Job {
    return this.#resolve(this.#only(type), {
      cancelled: { failure: activityFailure(new CancelledFailure('cancelled')) },
    });
  }

  /** The timer whose summary has this text is up. */
  fired(text: string): Job {
    const [seq] =
      [...this.timers].find(([, summary]) => summary.includes(text)) ??
      assert.fail(`no timer ${text}: ${[...this.timers.values()].join(', ')}`);
    this.timers.delete(seq);
    return { variant: 'fireTimer', fireTimer: { seq } };
  }

  /** The update `decide`; what it answered is in `updates` under the id. */
  decide(id: string, payload: unknown): Job {
    return rawDecide(id, defaultPayloadConverter.toPayload(payload));
  }

  /** What the query `status` gives. */
  get status(): RunStatus {
    setActivator(this.#activator);
    return structuredClone(this.#activator.queryHandlers.get('status')?.handler() as RunStatus);
  }

  /** Types of the activities that wait for their end. */
  get pendingTypes(): string[] {
    return this.pending.map(({ type }) => type);
  }

  get eventTypes(): string[] {
    return this.events.map(({ type }) => type);
  }

  get isOpen(): boolean {
    return this.closed === null;
  }

  /** Handlers of messages that have not ended. */
  get unfinishedHandlers(): number {
    return this.#activator.inProgressSignals.size + this.#activator.inProgressUpdates.size;
  }

  #only(type: string): PendingActivity {
    const found = this.pending.filter((activity) => activity.type === type);
    assert.equal(found.length, 1, `one ${type} is pending: ${this.pendingTypes.join(', ')}`);
    return found[0] ?? assert.fail();
  }

  #resolve(activity: PendingActivity, result: object): Job {
    this.pending.splice(this.pending.indexOf(activity), 1);
    return { variant: 'resolveActivity', resolveActivity: { seq: activity.seq, result } };
  }

  /**
   * What comes next by itself: an activity that `auto` answers, or that the workflow cancelled and does not wait for.
   */
  #answer(): Job[] | null {
    if (this.closed) return null;
    const dropped = this.pending.find(
      ({ cancelRequested, waitsForCancellation }) => cancelRequested && !waitsForCancellation,
    );
    if (dropped)
      return [this.#resolve(dropped, { cancelled: { failure: activityFailure(new CancelledFailure('cancelled')) } })];
    const next = this.pending.find(({ type }) => type in this.auto);
    if (!next) return null;
    const end = this.#resolve(next, { completed: { result: defaultPayloadConverter.toPayload(this.auto[next.type]) } });
    return next.type === 'requestCancellation' ? [cancel(), end] : [end];
  }

  async #activate(jobs: Job[]): Promise<void> {
    assert.equal(this.closed, null, 'a closed workflow is told nothing');
    setActivator(this.#activator);
    if (!this.#started)
      this.#activator.initializeWorkflow(jobs[0]?.initializeWorkflow as Parameters<Activator['initializeWorkflow']>[0]);
    this.#started = true;
    activate({ jobs } as unknown as Activation);
    do await turn();
    while (tryUnblockConditions() > 0);
    const { successful } = concludeActivation();
    this.commands.push(
      (successful?.commands ?? []).flatMap((command) => Object.keys(command).filter((name) => name !== 'userMetadata')),
    );
    for (const command of successful?.commands ?? []) this.#note(command as Record<string, never>);
  }

  #note(command: Record<string, Record<string, unknown> | undefined> & { userMetadata?: { summary?: Payload } }): void {
    const {
      scheduleActivity,
      scheduleLocalActivity,
      requestCancelActivity,
      requestCancelLocalActivity,
      startTimer,
      cancelTimer,
      upsertWorkflowSearchAttributes,
      updateResponse,
    } = command;
    const scheduled = scheduleActivity ?? scheduleLocalActivity;
    if (scheduled) this.#noteActivity(scheduled);
    const cancelled = requestCancelActivity ?? requestCancelLocalActivity;
    if (cancelled)
      for (const activity of this.pending) if (activity.seq === cancelled.seq) activity.cancelRequested = true;
    if (startTimer) this.timers.set(startTimer.seq as number, text(command.userMetadata?.summary));
    if (cancelTimer) this.timers.delete(cancelTimer.seq as number);
    if (upsertWorkflowSearchAttributes) this.#noteAttributes(upsertWorkflowSearchAttributes);
    if (updateResponse) this.#noteUpdate(updateResponse);
    if (command.completeWorkflowExecution) this.closed = { as: 'completed', code: null, message: '' };
    if (command.cancelWorkflowExecution) this.closed = { as: 'cancelled', code: null, message: '' };
    const failure = command.failWorkflowExecution?.failure as
      { message?: string; applicationFailureInfo?: { type?: string } } | undefined;
    if (failure)
      this.closed = {
        as: 'failed',
        code: failure.applicationFailureInfo?.type ?? null,
        message: failure.message ?? '',
      };
  }

  #noteActivity({ seq, activityType, arguments: args, cancellationType, taskQueue }: Record<string, unknown>): void {
    const activity = {
      seq: seq as number,
      type: activityType as string,
      args: (args as Payload[]).map((arg) => defaultPayloadConverter.fromPayload(arg)),
      cancelRequested: false,
      taskQueue: (taskQueue as string | undefined) ?? null,
      waitsForCancellation: cancellationType === WAIT_CANCELLATION_COMPLETED,
    };
    this.pending.push(activity);
    this.scheduled.push(activity);
    const known = new Set(this.events.map(({ idempotencyKey }) => idempotencyKey));
    const events = (EVENTS_OF[activity.type]?.(activity.args) ?? []) as RunEvent[];
    this.events.push(...events.filter(({ idempotencyKey }) => !known.has(idempotencyKey)));
  }

  #noteAttributes({ searchAttributes }: Record<string, unknown>): void {
    const { indexedFields = searchAttributes } = searchAttributes as { indexedFields?: Record<string, Payload> };
    for (const [name, payload] of Object.entries(indexedFields as Record<string, Payload>))
      this.shown[name] = JSON.parse(text(payload, 'raw') || 'null');
  }

  #noteUpdate({ protocolInstanceId, completed, rejected }: Record<string, unknown>): void {
    const value = rejected
      ? { refused: (rejected as { message: string }).message }
      : completed
        ? defaultPayloadConverter.fromPayload(completed)
        : undefined;
    if (value !== undefined) this.updates.set(protocolInstanceId as string, value);
  }
}

function text(payload: Payload | undefined, how?: 'raw'): string {
  if (!payload?.data) return '';
  return how === 'raw' ? new TextDecoder().decode(payload.data) : String(defaultPayloadConverter.fromPayload(payload));
}

function asFailure(error: Error): object {
  return defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
}

/** As the server wraps what an activity throws. */
function activityFailure(error: Error): object {
  const cause = asFailure(error);
  return {
    message: 'activity failed',
    source: 'server',
    cause,
    activityFailureInfo: { activityType: { name: 'a' }, activityId: '1', retryState: 1 },
  };
}

/** A failure of an activity with a code of ours. */
export function coded(code: string, details: object = {}): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`it failed with ${code}`, code, {
    kind: 'human_required',
    errors: [],
    attempts: 1,
    usage: null,
    phase: 'design',
    ...details,
  });
}
