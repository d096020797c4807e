import type { OpenGate, PhaseStatus, RunStatus } from '../../domain/run-status.js';
import { formatCost } from '../../domain/money/show.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import { proofText } from '../../domain/check/phase-proof.js';
import { sumUsage, type Usage } from '../../domain/money/usage.js';
import { printable } from '../command-line/printable.js';

const MOST_CHARACTERS = 2_000;
/** A shorter checkout is not worth a line. */
const LONG_CHECKOUT_MS = 5_000;

/** What is known of the phase that runs now, beside the answer of the status query. */
export interface LiveAttempt {
  /** Attempt at the artifact, from 1. */
  attempt: number;
  /** What was wrong with the attempt before. */
  repair: string | null;
  /** How long the checkout that is under way has taken so far; null while there is none. */
  checkoutMs: number | null;
  /** Last failure that is tried again, such as a provider that is away. */
  trouble: string | null;
  /** Calls of the phase so far. They are not yet in the run's usage. */
  usage: Usage | null;
}

/** A look at a run. */
export interface Look {
  status: RunStatus;
  live: LiveAttempt | null;
}

/**
 * The lines that tell what has happened between two looks at a run.
 *
 * @param before - the look before, null at first
 * @param now - the look now
 */
export function progressLines(before: Look | null, now: Look): string[] {
  const lines = now.status.phases.flatMap((phase) => phaseLines(before, now, phase));
  const known = new Set(before?.status.openGates.map(({ requestId }) => requestId));
  const opened = now.status.openGates.filter(({ requestId }) => !known.has(requestId)).map(gateLine);
  const told = before?.status.ignored.at(-1);
  const last = now.status.ignored.at(-1);
  const ignored =
    last && (last.at !== told?.at || last.reason !== told.reason)
      ? [`${last.name} was not applied: ${last.reason}`]
      : [];
  const state = before !== null && before.status.state !== now.status.state ? [`run ${now.status.state}`] : [];
  // agents, people and providers have written parts of them
  return [...lines, ...opened, ...ignored, ...state].map((line) => printable(line, MOST_CHARACTERS));
}

function phaseLines(before: Look | null, now: Look, phase: PhaseStatus): string[] {
  const old = before?.status.phases.find(({ key }) => key === phase.key);
  const isNewRound = old !== undefined && old.round !== phase.round;
  const isRevised = old !== undefined && !isNewRound && old.revisions < phase.revisions;
  const was = isNewRound ? 'pending' : (old?.state ?? 'pending');
  const name = phase.key.padEnd(16);
  const lines = was === phase.state ? [] : [`${name} ${stateText(phase, now)}`];
  if (isNewRound) lines.unshift(`${name} runs again${roundText(phase.round)}: the work was sent back`);
  if (isRevised) lines.unshift(`${name} works on it again: changes were requested`);
  if (phase.state !== 'running' || !now.live) return lines;
  const { attempt, repair, trouble, checkoutMs } = now.live;
  const told = was === 'running' ? before?.live : null;
  if (minutesOf(checkoutMs) > minutesOf(told?.checkoutMs)) lines.push(`${name} ${checkoutText(checkoutMs)}`);
  if (attempt > (told?.attempt ?? 1)) lines.push(`${name} attempt ${attempt}${repair ? `: ${firstLine(repair)}` : ''}`);
  if (trouble && trouble !== told?.trouble) lines.push(`${name} tries again: ${firstLine(trouble)}`);
  return lines;
}

/** So there is a line after some seconds, and then one every minute. */
function minutesOf(checkoutMs: number | null | undefined): number {
  return checkoutMs == null || checkoutMs < LONG_CHECKOUT_MS ? 0 : 1 + Math.floor(checkoutMs / 60_000);
}

/** How long a checkout has taken, for people; empty while there is none. */
export function checkoutText(checkoutMs: number | null): string {
  return checkoutMs === null
    ? ''
    : `checks out the files of the repository, ${Math.round(checkoutMs / 1_000)} s so far`;
}

function stateText(phase: PhaseStatus, now: Look): string {
  const cost = costText(now);
  if (phase.state === 'running') return `running, attempt 1 (${phase.role}: ${phase.persona})`;
  if (phase.state === 'completed') {
    const proof = proofText(phase.proof);
    const attempts = `${phase.attempts} ${phase.attempts === 1 ? 'attempt' : 'attempts'}`;
    return [
      `completed after ${attempts}${phase.artifact ? `: ${phase.artifact.path}` : ''}`,
      ...(proof ? [proof] : []),
      cost,
    ].join(' · ');
  }
  return `${phase.state.replaceAll('_', ' ')} · ${cost}`;
}

function gateLine({ phase, gate, artifact, note }: OpenGate): string {
  if (artifact === null) return `${phase.padEnd(16)} gate ${gate} is open: the budget is spent`;
  return `${phase.padEnd(16)} gate ${gate} is open: ${artifact.path} (${artifact.bytes} bytes, sha256 ${artifact.sha256.slice(0, 12)}…)${note ? `: ${note}` : ''}`;
}

/** Calls, tokens and cost of the run so far, with those of the running phase. */
export function costText({ status, live }: Look): string {
  const usage = live?.usage ? sumUsage([status.usage, live.usage]) : status.usage;
  return `${usage.calls} model calls, ${usage.inputTokens + usage.outputTokens} tokens, cost ${formatCost(usage)} so far`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 200) ?? '';
}
