import { test, type TestContext } from 'node:test';
import type { Behaviour, ScriptedToolCall } from '../../../src/model-server/behaviour.js';
import { SKIP } from '../../sandbox/support/sandboxes.js';
import type { Ended } from '../../support/ended.js';
import type { TestStack } from '../../support/stack.js';

/** A test that needs a sandbox. */
export const proven = (name: string, body: (t: TestContext) => Promise<void>): void =>
  void test(name, { skip: SKIP }, body);

/** The agent writes a file of the repository. */
export const write = (path: string, content: string): ScriptedToolCall => ({
  name: 'write_file',
  args: { path: `repo/${path}`, content },
});

/** The agent runs a command. */
export const command = (line: string): ScriptedToolCall => ({ name: 'run_command', args: { command: line } });

/** The agent leaves its artifact. */
export const done = (title = 'done'): Behaviour => ({ tools: [{ name: 'write_artifact', args: { title } }] });

/** The rows of a run's commands, in the order in which they ran. */
export async function rows(stack: TestStack, { report }: Ended): Promise<Record<string, unknown>[]> {
  const text =
    'SELECT kind, name, attempt, outcome, exit_code, output FROM check_runs WHERE run_id = $1::uuid ORDER BY ts, id';
  return (await stack.mirror.pool.query<Record<string, unknown>>(text, [report.runId])).rows;
}
