import { log } from '@temporalio/activity';
import type { AgentCommands, AgentRequest, AgentResult, StartToolServer } from '../../agent/agent-request.js';
import { openServers } from '../../agent/mcp/open-servers.js';
import { runAgent } from '../../agent/run-agent.js';
import { DEFAULT_OUTPUT_CEILING, isLimited } from '../../domain/money/budget.js';
import { sha256 } from '../../domain/text/hash.js';
import { phasePrompt } from '../../domain/prompt/phase-prompt.js';
import { isRoundCopyPath } from '../../domain/rounds/round-copy.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { openConfinedFolder } from '../../workspace/confined/confined-folder.js';
import { writeOutlook } from '../../workspace/worktree/write-outlook.js';
import { keepText } from '../checks/output-file.js';
import { resolveBackend } from './resolve-backend.js';
import { callPlaces } from './call-places.js';
import { judgeArtifactOf } from './judge-artifact.js';
import { rebuiltNote } from './open-folder.js';
import { recordLessons, recordToolServers } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';
import { promptFacts } from './prompt-facts.js';
import { limitsOfThread } from './spending.js';

/**
 * Lets the agent work on the current attempt until it has written the artifact, has given up, or has no time left.
 *
 * @param fence - tells before each write whether this is the newest attempt
 * @param commands - what runs the agent's commands; null where nothing does
 * @param startToolServer - what starts local MCP servers
 * @param signal - fires when the attempt must stop: cancelled, out of time, or no longer the newest
 */
export async function runAttempt(
  run: PhaseRun,
  fence: AttemptFence,
  { commands, startToolServer }: { commands: AgentCommands | null; startToolServer: StartToolServer },
  signal: AbortSignal,
): Promise<AgentResult> {
  const { deps, task, progress, folder, threadId, clock, model, price } = run;
  const { persona } = task.binding;
  const { cap, ...access } = await resolveBackend(deps, model);
  const lessons: { id: string; told: string }[] = [];
  const request: AgentRequest = {
    model: {
      ...access,
      backend: model.backend,
      name: model.model,
      temperature: model.temperature,
      maxOutputTokens: model.maxOutputTokens ?? (isLimited(limitsOfThread(run)) ? DEFAULT_OUTPUT_CEILING : undefined),
      price,
    },
    systemPrompt: persona.systemPrompt,
    prompt: async () => phasePrompt(await promptFacts(run)),
    repair: progress.repair ?? task.feedback,
    isFeedback: progress.repair === null,
    note: rebuiltNote(run),
    attempt: run.attempt,
    tools: persona.tools,
    commands,
    folder: openConfinedFolder(folder.root, {
      mayWrite: writePolicy(run, fence),
      mayRemove: (path) =>
        path === task.phase.artifact.path ? `${path} is the artifact of this phase: write it again to change it` : null,
      outlook: writeOutlook(folder),
    }),
    keepResult: async (text) => {
      fence.check();
      return keepText(folder, `result-${sha256(text).slice(0, 12)}.txt`, text);
    },
    repository: { root: folder.root, begin: task.head, base: task.repository.baseCommit },
    artifact: {
      path: task.phase.artifact.path,
      schema: task.schemas[task.phase.artifact.schemaId] ?? null,
      schemas: task.schemas,
      judge: async () => (run.refused = (await judgeArtifactOf(run)).problem),
    },
    threadId,
    conversation: deps.mirror.conversation(task.run, threadId),
    maxModelCalls: task.phase.maxModelCalls,
    time: () => ({ limitMs: task.phase.timeoutMs, leftMs: task.phase.timeoutMs - clock.usedMs }),
    callTimeoutMs: deps.config.modelCallTimeoutMs,
    takePlace: callPlaces(run, model.backend, cap),
    budget: limitsOfThread(run),
    signal,
    persona: { name: persona.name, version: persona.version },
    phaseKey: task.phase.key,
    observe: {
      modelCallStarted: (_, begun) => progress.callBegan(begun),
      modelCall: (call) => {
        progress.callEnded(call);
        deps.meter.modelCallEnded(call, task.template);
        log.info('model call', {
          phase: task.phase.key,
          model: call.model,
          status: call.status,
          ms: call.latencyMs,
          output: call.outputTokens,
        });
      },
      learned: (lesson) => void lessons.push(lesson),
      atRecord: () => clock.hold(),
      waiting: (reason) =>
        void log.warn('waits with a paid reply until it can be kept', { phase: task.phase.key, reason }),
    },
  };
  const servers = await openServers(persona.mcp ?? [], { env: deps.env, start: startToolServer, signal });
  try {
    await recordToolServers(run, servers.definitions);
    return await runAgent({ ...request, remote: servers.tools });
  } finally {
    await servers.close();
    if (!signal.aborted) await recordLessons(run, lessons);
  }
}

function writePolicy({ task, mayChangeRepository }: PhaseRun, fence: AttemptFence): (path: string) => string | null {
  const taken = new Map([...task.earlier, ...task.copies].map(({ path, phaseKey }) => [path.toLowerCase(), phaseKey]));
  return (path) => {
    fence.check();
    if (path.startsWith('artifacts/')) {
      const owner = taken.get(path.toLowerCase());
      if (owner !== undefined) return `${path} is the finished artifact of phase ${owner}`;
      return isRoundCopyPath(path) ? `${path} is a name for the artifact of an earlier round` : null;
    }
    if (path.startsWith('checks/')) return 'checks/ has what the checks wrote: it can be read, and not written';
    return mayChangeRepository ? null : 'this persona may read the repository and not change it';
  };
}
