import { Context, log } from '@temporalio/activity';
import {
  occurrenceIn,
  phaseEventKey,
  priceUnknownKey,
  requestAdaptedKey,
  toolsDefinedKey,
} from '../../domain/record/event-keys.js';
import type { EventType, RunEvent } from '../../domain/record/events.js';
import type { JsonObject } from '../../domain/text/json.js';
import type { PhaseTask } from '../../domain/phase-contract.js';
import { modelName } from '../../domain/template/persona.js';
import type { JudgedArtifact } from './judge-artifact.js';
import type { PhaseRun } from './phase-run.js';

/** An event of a phase that has no key and no time yet. */
export interface EventDraft {
  type: EventType;
  /** The attempt at the artifact that it belongs to. */
  attempt: number;
  payload: JsonObject;
}

/**
 * Records what an attempt left (S14) and what happened. The keys name execution, occurrence and attempt. So a repeated
 * activity adds nothing, and a second repair adds its own events (S19).
 */
export async function recordAttempt(
  { deps: { mirror }, task, attempt }: PhaseRun,
  judged: JudgedArtifact | null,
  drafts: readonly EventDraft[],
): Promise<void> {
  const ts = new Date().toISOString();
  if (judged?.file) {
    const { path, schemaId } = task.phase.artifact;
    await mirror.recordArtifact(task.run, {
      phaseKey: task.phase.key,
      occurrence: occurrenceOf(task),
      round: task.round,
      attempt,
      path,
      schemaId,
      sha256: judged.file.sha256,
      bytes: judged.file.bytes,
      valid: judged.problem === null,
      reason: judged.problem?.reason ?? null,
      errors: judged.problem?.errors ?? [],
      content: judged.content,
      raw: judged.file.raw,
      ts,
    });
  }
  await mirror.appendEvents(
    task.run,
    drafts.map((draft) => toEvent(task, draft, ts)),
  );
}

/** Records what happened in a phase, each once in its attempt. */
export async function recordPhaseEvents(
  { deps: { mirror }, task }: PhaseRun,
  drafts: readonly EventDraft[],
): Promise<void> {
  const ts = new Date().toISOString();
  if (drafts.length > 0)
    await mirror.appendEvents(
      task.run,
      drafts.map((draft) => toEvent(task, draft, ts)),
    );
}

/** Records something that happened in a phase. `n` tells it from others of its kind in the same attempt. */
export async function recordPhaseEvent(
  { deps: { mirror }, task }: PhaseRun,
  draft: EventDraft,
  n: number,
): Promise<void> {
  await mirror.appendEvents(task.run, [toEvent(task, draft, new Date().toISOString(), n)]);
}

/** Records something that may happen again in the same attempt: each time is an event of its own. */
export async function recordNextEvent(run: PhaseRun, draft: EventDraft): Promise<void> {
  const { deps, task } = run;
  const keyOf = (n: number): string => phaseEventKey(occurrenceOf(task), draft.type, draft.attempt, n);
  let n = 1;
  while (await deps.mirror.hasEvent(task.run.runId, keyOf(n))) n++;
  await recordPhaseEvent(run, draft, n);
}

/** Records once in a run that a model has no price (S25). */
export async function recordPriceUnknown({ deps: { mirror }, task, model: asked, price }: PhaseRun): Promise<void> {
  if (price !== null) return;
  const { backend, model } = asked;
  const payload = { backend, model };
  const idempotencyKey = priceUnknownKey(backend, model);
  await mirror.appendEvents(task.run, [
    { type: 'price_unknown', phaseKey: null, payload, idempotencyKey, ts: new Date().toISOString() },
  ]);
}

/** Records that the phase goes on with another model, and why. */
export async function recordFallback(run: PhaseRun): Promise<void> {
  const { fellBack, model } = run.progress;
  if (fellBack === null) return;
  const { attempt, from, code, message } = fellBack;
  const payload = { from, to: modelName(run.model), code, message };
  await recordPhaseEvent(run, { type: 'fallback_used', attempt, payload }, model);
}

/**
 * Records once in a run what was learned about how a model must be asked. It never fails: it tells of something that
 * works.
 */
export async function recordLessons(
  { deps: { mirror }, task, model: asked }: PhaseRun,
  lessons: readonly { id: string; told: string }[],
): Promise<void> {
  if (lessons.length === 0) return;
  const { backend, model } = asked;
  const ts = new Date().toISOString();
  const events = lessons.map(({ id, told }): RunEvent => {
    const idempotencyKey = requestAdaptedKey(backend, model, id);
    return { type: 'request_adapted', phaseKey: null, payload: { backend, model, told }, idempotencyKey, ts };
  });
  try {
    await mirror.appendEvents(task.run, events);
  } catch (error) {
    log.warn('what was learned about a model is not in the record', { backend, model, error: String(error) });
  }
}

/**
 * Records once in a run what the tools of an MCP server are defined as. A second event for a server says that it has
 * changed them.
 */
export async function recordToolServers(
  { deps: { mirror }, task }: PhaseRun,
  definitions: readonly { server: string; sha256: string }[],
): Promise<void> {
  if (definitions.length === 0) return;
  const persona = task.binding.persona.name;
  const ts = new Date().toISOString();
  const events = definitions.map(({ server, sha256 }): RunEvent => {
    const idempotencyKey = toolsDefinedKey(persona, server, sha256);
    return { type: 'tools_defined', phaseKey: null, payload: { persona, server, sha256 }, idempotencyKey, ts };
  });
  await mirror.appendEvents(task.run, events);
}

function toEvent(task: PhaseTask, { type, attempt, payload }: EventDraft, ts: string, n?: number): RunEvent {
  return {
    type,
    phaseKey: task.phase.key,
    payload: { attempt, round: task.round, ...payload },
    idempotencyKey: phaseEventKey(occurrenceOf(task), type, attempt, n),
    ts,
  };
}

/** Names this execution of the phase, in this execution of the run. */
export function occurrenceOf({ occurrence }: PhaseTask): string {
  const { runId } = Context.current().info.workflowExecution ?? {};
  return occurrenceIn(String(runId), occurrence);
}
