import type { AskedPhase, PastCall } from '../asked-phase.js';
import type { ScriptedToolCall } from '../behaviour.js';
import type { ChatRequest } from '../chat-request.js';
import { CLI_PATH, cliSource, MEND, README_EDIT, TEST_PATH, TEST_SOURCE } from './demo-code.js';

/** The first line of the requirements of `npm start`. */
export const DEMO_SUBJECT = 'Mark items as read';

/**
 * What the scripted model changes in the repository of `npm start`, step by step. Where checks will run, its first
 * version has a slip: so a newcomer sees a red check, and how the agent mends it.
 *
 * @returns the next call; undefined when there is nothing (more) to change
 */
export function demoMove(request: ChatRequest, facts: AskedPhase): ScriptedToolCall | undefined {
  if (!isDemoWork(request, facts)) return undefined;
  return steps(request, facts).find((step) => !wasMade(step, facts.history));
}

/** Whether this is the implementation phase of the demo, with the tools for it. */
export function isDemoWork({ tools }: ChatRequest, { subject, artifactPath }: AskedPhase): boolean {
  const isPhase = subject === DEMO_SUBJECT && artifactPath === 'artifacts/implementation.json';
  return isPhase && tools.has('edit_file') && tools.has('write_file');
}

function steps({ tools }: ChatRequest, { hasChecks, sinceAsked, history }: AskedPhase): ScriptedToolCall[] {
  const isAskedAgain = history.length > sinceAsked.length;
  const first: ScriptedToolCall[] = [
    { name: 'write_file', args: { path: CLI_PATH, content: cliSource(hasChecks) } },
    { name: 'write_file', args: { path: TEST_PATH, content: TEST_SOURCE } },
    { name: 'edit_file', args: README_EDIT },
  ];
  if (!hasChecks || !isAskedAgain) return first;
  const test: ScriptedToolCall[] = tools.has('run_command')
    ? [{ name: 'run_command', args: { command: 'node --test' } }]
    : [];
  return [...first, { name: 'edit_file', args: MEND }, ...test];
}

function wasMade({ name, args }: ScriptedToolCall, history: readonly PastCall[]): boolean {
  const wanted = JSON.stringify(args);
  return history.some((call) => call.name === name && JSON.stringify(call.args) === wanted);
}
