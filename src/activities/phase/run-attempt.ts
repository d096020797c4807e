import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { log } from '@temporalio/activity';
import type { AgentOutcome, AgentRequest, AgentResult } from '../../agent/agent-request.js';
import { runAgent } from '../../agent/run-agent.js';
import { DEFAULT_OUTPUT_CEILING, isLimited, type Reservation } from '../../domain/money/budget.js';
import type { AttemptProblem, NotWrittenReason } from '../../domain/attempt-problem.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import { compareMoney, NO_MONEY } from '../../domain/money/amount.js';
import { formatUsd } from '../../domain/money/show.js';
import type { PhaseProgress, PhaseTask } from '../../domain/phase-contract.js';
import { phasePrompt } from '../../domain/prompt.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { openConfinedFolder } from '../../workspace/confined/confined-folder.js';
import type { RunFolder } from '../../workspace/run-folder.js';
import { writeOutlook } from '../../workspace/worktree/write-outlook.js';
import type { AttemptClock } from './attempt-clock.js';
import { resolveBackend } from './backend-access.js';
import type { ActivityDeps } from '../deps.js';
import { rebuiltNote } from './open-folder.js';
import { limitsOfThread, noteCall } from './spending.js';
import { threadIdOf } from './thread-id.js';

/**
 * Lets the agent work on the current attempt until it has written the artifact, has given up, or the time is up.
 *
 * @param stops - `signal` fires when the attempt must stop: cancelled, out of time, or no longer the newest, as `fence`
 *   knows; `clock` counts its time
 */
export async function runAttempt(
  deps: ActivityDeps,
  task: PhaseTask,
  progress: PhaseProgress,
  folder: RunFolder,
  { signal, clock, fence }: { signal: AbortSignal; clock: AttemptClock; fence: AttemptFence },
): Promise<AgentResult> {
  const { persona } = task.binding;
  const request: AgentRequest = {
    model: {
      ...(await resolveBackend(deps, persona.backend)),
      backend: persona.backend,
      name: persona.model,
      temperature: persona.temperature,
      maxOutputTokens:
        persona.maxOutputTokens ?? (isLimited(limitsOfThread(task, progress)) ? DEFAULT_OUTPUT_CEILING : undefined),
      price: task.price,
    },
    systemPrompt: persona.systemPrompt,
    prompt: phasePrompt(await promptFacts(task, progress, folder)),
    repair: progress.repair ?? task.feedback,
    note: rebuiltNote(task, progress),
    attempt: task.attemptOffset + progress.attempt,
    tools: persona.tools,
    folder: openConfinedFolder(folder.root, { mayWrite: writePolicy(task, fence), outlook: writeOutlook(folder) }),
    artifact: {
      path: task.phase.artifact.path,
      schema: task.schemas[task.phase.artifact.schemaId] ?? null,
      schemas: task.schemas,
    },
    threadId: threadIdOf(task.run, task.phase.key),
    conversation: deps.mirror.conversation(task.run, threadIdOf(task.run, task.phase.key)),
    maxModelCalls: task.phase.maxModelCalls,
    callTimeoutMs: deps.config.modelCallTimeoutMs,
    budget: limitsOfThread(task, progress),
    signal,
    persona: { name: persona.name, version: persona.version },
    phaseKey: task.phase.key,
    observe: {
      modelCallStarted: (_, begun) => {
        progress.inFlight = begun;
      },
      modelCall: (call) => {
        noteCall(progress, call);
        log.info('model call', {
          phase: task.phase.key,
          model: call.model,
          status: call.status,
          ms: call.latencyMs,
          output: call.outputTokens,
        });
      },
      atRecord: () => clock.hold(),
      waiting: (reason) =>
        void log.warn('waits with a paid reply until it can be kept', { phase: task.phase.key, reason }),
    },
  };
  return runAgent(request);
}

/**
 * What the outcome of an attempt means when the artifact was not written; null when it was.
 *
 * @param failed - what counts for the phase's calls of which no whole reply came
 */
export function problemOf(outcome: AgentOutcome, leftOver: boolean, failed: Reservation): AttemptProblem | null {
  switch (outcome.kind) {
    case 'artifact_written':
      return null;
    case 'budget_exceeded':
      throw new PhasegateError('budget_exceeded', budgetText(outcome, failed));
    case 'call_limit':
      throw new PhasegateError(
        'model_call_limit',
        `the agent used all ${outcome.calls} model calls of the phase and left no artifact`,
      );
    case 'no_artifact':
      if (outcome.reason === 'refused' || outcome.reason === 'content_filtered') {
        throw new PhasegateError(
          'model_content_refused',
          `the model refused: ${cut(outcome.text, 300) || outcome.reason}`,
        );
      }
      return notWritten(outcome.reason, outcome.wroteInstead ?? [], leftOver, outcome.text);
  }
}

function budgetText(
  { limit, used, next }: Extract<AgentOutcome, { kind: 'budget_exceeded' }>,
  failed: Reservation,
): string {
  const text = (amount: Reservation) => (limit === 'tokens' ? `${amount.tokens} tokens` : formatUsd(amount.microUsd));
  const hasFailed = compareMoney(failed.microUsd, NO_MONEY) > 0 || failed.tokens > 0;
  const lost = hasFailed ? `, calls without a whole reply count ${text(failed)}` : '';
  const spent = `the phase has used ${text(used)}${lost}`;
  return `no further model call was started: ${spent}, and the next call might use ${text(next)}, more than the budget has left`;
}

function notWritten(
  ended: 'ended_without_writing' | 'output_truncated' | 'bad_tool_arguments',
  wroteInstead: readonly string[],
  leftOver: boolean,
  text: string,
): AttemptProblem {
  const reason =
    ended !== 'ended_without_writing'
      ? ended
      : wroteInstead.length > 0
        ? 'written_elsewhere'
        : leftOver
          ? 'left_over'
          : ended;
  const said = text.trim() === '' ? '' : ` (it said: ${JSON.stringify(cut(text, 300))})`;
  return { reason, message: `${WHAT_HAPPENED[reason](wroteInstead)}${said}`, errors: [] };
}

const WHAT_HAPPENED: Record<Exclude<NotWrittenReason, 'time_up'>, (wroteInstead: readonly string[]) => string> = {
  ended_without_writing: () => 'the agent ended without writing the artifact',
  written_elsewhere: (paths) => `the agent wrote ${paths.join(', ')} and not the artifact`,
  left_over: () => 'the agent ended without writing the artifact; the file at its path is from an earlier attempt',
  output_truncated: () => 'the reply was cut off at the output limit',
  bad_tool_arguments: () => 'the arguments of the tool call were not valid JSON',
};

async function promptFacts(
  task: PhaseTask,
  progress: PhaseProgress,
  folder: RunFolder,
): Promise<Parameters<typeof phasePrompt>[0]> {
  return {
    run: task.run,
    phase: task.phase,
    schema: task.schemas[task.phase.artifact.schemaId] ?? {},
    requirements: await readRequirements(task, folder),
    earlier: task.earlier,
    repository: task.repository,
    mayChangeRepository: mayChangeRepository(task),
    attempt: progress.attempt,
    nonce: randomUUID(),
  };
}

async function readRequirements({ requirements }: PhaseTask, folder: RunFolder): Promise<string> {
  const text = await readFile(folder.requirements, 'utf8').catch(() => null);
  if (text !== null && sha256(text) === requirements.sha256) return text;
  throw new PhasegateError(
    'workspace_lost',
    `${folder.requirements} is missing, or not the requirements that the run was started with`,
  );
}

/** Whether this phase's agent may change files below `repo/`. */
export function mayChangeRepository({ binding: { persona } }: PhaseTask): boolean {
  return persona.repoAccess === 'write';
}

function writePolicy(task: PhaseTask, fence: AttemptFence): (path: string) => string | null {
  const taken = new Map(task.earlier.map(({ path, phaseKey }) => [path.toLowerCase(), phaseKey]));
  return (path) => {
    fence.check();
    if (path.startsWith('artifacts/')) {
      const owner = taken.get(path.toLowerCase());
      return owner === undefined ? null : `${path} is the finished artifact of phase ${owner}`;
    }
    return mayChangeRepository(task) ? null : 'this persona may read the repository and not change it';
  };
}
