// `npm start`: the local stack, and one run on it from its start to its report.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { payloadCodecs } from '../temporal/encryption/payload-codecs.js';
import { clientCommand, offeredDecisions } from '../domain/gate-view/gate-commands.js';
import { isTerminal } from '../domain/run-state.js';
import { checkInput } from './check-input.js';
import { shellQuoted } from './env-file.js';
import { SCRIPTED_KEY } from './model-choice.js';
import { waitingRuns } from './waiting-runs.js';
import { describeInput } from '../client/run/describe-input.js';
import { failureLines } from '../client/command-line/output.js';
import { printableLines } from '../client/command-line/printable.js';
import { WORKFLOW_TYPE } from '../domain/names.js';
import type { RunInput } from '../domain/run-input.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { DEMO_REQUIREMENTS, makeDemoRepository } from './demo-repository.js';
import { followRun } from '../client/look/follow-run.js';
import { askAtGate, decide } from './gate-question.js';
import { nextSteps } from './next-steps.js';
import { costText, type Look } from '../client/look/run-progress.js';
import { runSession, untilStopped, type Session } from './processes/session.js';
import { openStack, type OpenStack } from './open-stack.js';
import { readStartOptions, runInputOf, USAGE } from './start-options.js';
import { release } from './stack-holder.js';

const dir = join(PACKAGE_ROOT, '.phasegate');
const interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY);

await runSession(async (session) => {
  // npm changes to the package's folder, but paths are meant from the person's folder
  const options = readStartOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  await checkInput(options, dir);
  session.onEnd.push(() => release(dir));
  const stack = await openStack({
    root: PACKAGE_ROOT,
    dir,
    reaper: session.reaper,
    kind: interactive ? 'stays' : 'ends',
    say: console.log,
  });
  console.log(stack.about);
  const demoPath = options.repoPath ?? makeDemoRepository();
  const input = runInputOf(options, { repoPath: demoPath, requirements: DEMO_REQUIREMENTS });
  for (const line of await waitingRuns(stack.env)) console.log(line);
  const isDemo = options.repoPath === null && stack.env.OPENAI_API_KEY === SCRIPTED_KEY;
  const approves = options.approveAll || (!interactive && isDemo);
  const code = await Promise.race([stack.broken, runOnce(session, stack, input, approves)]);
  console.log(await nextSteps(dir, stack.env, interactive || !stack.own, input));
  if (interactive && stack.own) await stayUp(session, stack, code);
  return code;
});

/**
 * Follows one run to its end. Gives the exit code.
 *
 * @param approves - whether every gate is approved without asking anybody
 */
async function runOnce(session: Session, stack: OpenStack, input: RunInput, approves: boolean): Promise<number> {
  const connection = await Connection.connect({ address: stack.env.TEMPORAL_ADDRESS });
  try {
    const dataConverter = { payloadCodecs: payloadCodecs(stack.env) };
    const client = new Client({ connection, namespace: stack.env.TEMPORAL_NAMESPACE, dataConverter });
    const began = Date.now();
    const workflowId = `${input.template.replace(/[^\w-]+/g, '-')}-${timeStamp(new Date(began))}`;
    const handle = await client.workflow.start(WORKFLOW_TYPE, {
      taskQueue: stack.env.PHASEGATE_TASK_QUEUE ?? '',
      workflowId,
      args: [input],
      ...describeInput(input),
    });
    console.log(`\nRun ${workflowId} of template ${input.template} on ${input.repoPath}`);
    console.log(
      `Temporal Web: ${stack.env.TEMPORAL_UI_URL}/namespaces/${stack.env.TEMPORAL_NAMESPACE}/workflows/${workflowId}/${handle.firstExecutionRunId}/user-metadata\n`,
    );
    const say = (line: string): void =>
      console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`);
    let now: Look | null = null;
    session.farewell = () => farewellText(workflowId, now, stack.own);
    const show = (look: Look): void => void (now = look);
    const last = await followRun(handle, { say, show, onGate: gateKeeper(handle, stack, say, approves) });
    session.farewell = () => null;
    return await tellEnding(handle, last, join(stack.env.PHASEGATE_WORKSPACE_ROOT ?? '', handle.firstExecutionRunId));
  } finally {
    await connection.close();
  }
}

function gateKeeper(
  handle: WorkflowHandle,
  stack: OpenStack,
  say: (line: string) => void,
  approves: boolean,
): Parameters<typeof followRun>[1]['onGate'] {
  if (approves)
    return async (gate) => {
      say(`${gate.phase.padEnd(16)} approving ${gate.gate} by a signal, without asking anybody`);
      await decide(handle, 'approve', gate, 'npm start');
    };
  if (interactive) return (gate, status, closed) => askAtGate(handle, gate, status, stack.env, closed);
  return async (gate, status) => {
    say(`${gate.phase.padEnd(16)} there is no terminal to ask at, so the run waits. In another one, in this folder:`);
    const { workflowId } = status.run;
    const commands = offeredDecisions(gate, status).map((decision) => clientCommand(workflowId, decision));
    for (const command of [`. ${shellQuoted(join(dir, 'env'))}`, `npm run client -- status ${workflowId}`, ...commands])
      console.log(`             ${command}`);
  };
}

/** What becomes of a run whose terminal is left; null before it has shown itself. */
function farewellText(workflowId: string, look: Look | null, own: boolean): string | null {
  if (look === null || isTerminal(look.status.state)) return null;
  const gates = look.status.openGates.map(({ phase, gate }) => `${phase}/${gate}`);
  const where = gates.length > 0 ? `waits at gate ${gates.join(', ')}` : 'is not finished';
  return `run ${workflowId} ${where}; nothing is lost; ${own ? 'npm run dev goes on with it' : 'the stack in the other terminal goes on with it'}`;
}

async function tellEnding(handle: WorkflowHandle, last: Look | null, folder: string): Promise<number> {
  const failure = await handle.result().then(
    () => null,
    (error: unknown) => (error instanceof WorkflowFailedError ? (error.cause ?? error) : error) as Error,
  );
  const known = last?.status.failure;
  const why = known ? failureLines(known.code, known.message) : printableLines(failure?.message ?? '');
  console.log(failure ? `\nThe run did not complete: ${why}` : '\nThe run is completed.');
  if (last) console.log(costText({ status: last.status, live: null }));
  if (last?.status.branch)
    console.log(
      `Branch:       ${last.status.branch} (${last.status.commits.length} ${last.status.commits.length === 1 ? 'commit' : 'commits'})`,
    );
  const report = join(folder, 'report.md');
  console.log(`Report:       ${existsSync(report) ? `${report} and report.json` : `none was written to ${folder}`}`);
  return failure ? 1 : 0;
}

async function stayUp(session: Session, stack: OpenStack, code: number): Promise<void> {
  session.codeWhenStopped = code;
  console.log('\nEverything stays up until Ctrl-C; the data stays in .phasegate/.');
  await Promise.race([untilStopped(session), stack.broken]);
}

/** `20260125-101502`, in local time, because people read the name. */
function timeStamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
