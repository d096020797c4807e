import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { createInterface, type Interface } from 'node:readline/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { DecisionAction } from '../domain/gate-decisions.js';
import type { OpenGate, RunStatus } from '../domain/run-status.js';
import { startable } from './startable.js';

const ANSWERS: Readonly<Record<string, DecisionAction | 'show' | 'diff'>> = {
  a: 'approve',
  approve: 'approve',
  c: 'requestChanges',
  changes: 'requestChanges',
  r: 'reject',
  reject: 'reject',
  abort: 'abort',
  v: 'show',
  view: 'show',
  d: 'diff',
  diff: 'diff',
};

/** Sends a decision by a real signal. It counts only for the artifact that the person looked at. */
export async function decide(
  handle: WorkflowHandle,
  action: DecisionAction,
  gate: OpenGate,
  by: string,
  comment?: string,
): Promise<void> {
  await handle.signal(action, {
    phase: gate.phase,
    gate: gate.gate,
    ...(gate.artifact && { artifactSha256: gate.artifact.sha256 }),
    by,
    ...(comment && { comment }),
  });
}

/**
 * Asks the person at the terminal what to do at a gate, and sends the decision.
 *
 * @param env - of the stack, for the client that shows the artifact and the diff
 * @param closed - aborted when the gate was decided elsewhere; then the question is withdrawn
 */
export async function askAtGate(
  handle: WorkflowHandle,
  gate: OpenGate,
  status: RunStatus,
  env: Readonly<Record<string, string>>,
  closed: AbortSignal,
): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // readline takes Ctrl-C for itself: pass it on to the code that handles it
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // Ctrl-D: without this the question would wait for ever
  const gone = new AbortController();
  terminal.once('close', () => gone.abort());
  const withdrawn = AbortSignal.any([closed, gone.signal]);
  try {
    const action = await chosenAction(terminal, gate, status.run.workflowId, env, withdrawn);
    const comment = await commentOn(terminal, action, withdrawn);
    await decide(handle, action, gate, userName(), comment.trim());
  } catch (error) {
    if (!withdrawn.aborted) throw error;
    console.log(
      closed.aborted
        ? '\n  the gate was decided elsewhere'
        : `\n  the gate stays open: npm run client -- approve ${status.run.workflowId}`,
    );
  } finally {
    terminal.close();
  }
}

async function chosenAction(
  terminal: Interface,
  gate: OpenGate,
  workflowId: string,
  env: Readonly<Record<string, string>>,
  closed: AbortSignal,
): Promise<DecisionAction> {
  const looks = gate.artifact ? ', [v]iew the artifact, [d]iff' : '';
  const changes = gate.artifact ? ', request [c]hanges' : '';
  for (;;) {
    const answer = await terminal.question(
      `  ${gate.phase}/${gate.gate}: [a]pprove${changes}, [r]eject (ends the run)${looks}? `,
      { signal: closed },
    );
    const action = ANSWERS[answer.trim().toLowerCase()];
    if (action === 'show') await client(['show', workflowId, gate.phase], env);
    else if (action === 'diff') await client(['diff', workflowId], env);
    else if (action) return action;
  }
}

/** Only a request for changes needs one: the agent reads it. */
async function commentOn(terminal: Interface, action: DecisionAction, closed: AbortSignal): Promise<string> {
  if (action === 'approve') return '';
  if (action !== 'requestChanges') return terminal.question('  comment (may be empty): ', { signal: closed });
  for (;;) {
    const comment = await terminal.question('  what is to change? ', { signal: closed });
    if (comment.trim() !== '') return comment;
  }
}

/** A command of the client, with this terminal. */
function client(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...startable('client.ts'), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
