import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { DecisionAction } from '../domain/gate-decisions.js';
import type { OpenGate, RunStatus } from '../domain/run-status.js';

const ANSWERS: Readonly<Record<string, DecisionAction | 'view'>> = {
  a: 'approve',
  approve: 'approve',
  r: 'reject',
  reject: 'reject',
  abort: 'abort',
  v: 'view',
  view: 'view',
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
 * @param workspaceRoot - the place of the run's folder, for showing the artifact
 * @param closed - aborted when the gate was decided elsewhere; then the question is withdrawn
 */
export async function askAtGate(
  handle: WorkflowHandle,
  gate: OpenGate,
  status: RunStatus,
  workspaceRoot: string,
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
    const action = await chosenAction(
      terminal,
      gate,
      join(workspaceRoot, status.run.runId, gate.artifact?.path ?? '.'),
      withdrawn,
    );
    const comment =
      action === 'approve' ? '' : await terminal.question('  comment (may be empty): ', { signal: withdrawn });
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
  file: string,
  closed: AbortSignal,
): Promise<DecisionAction> {
  for (;;) {
    const answer = await terminal.question(
      `  ${gate.phase}/${gate.gate}: [a]pprove, [r]eject, abort, or [v]iew the artifact? `,
      { signal: closed },
    );
    const action = ANSWERS[answer.trim().toLowerCase()];
    if (action === 'view') console.log(view(file));
    else if (action) return action;
  }
}

// control characters that an agent wrote must not reach the terminal
function view(file: string): string {
  try {
    return `\n${file}\n${readFileSync(file, 'utf8').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�')}\n`;
  } catch (error) {
    return `  ${file} cannot be read: ${(error as Error).message}`;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
