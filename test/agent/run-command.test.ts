import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentCommandResult, AgentCommands } from '../../src/agent/agent-request.js';
import { runCommand } from '../../src/agent/tools/run-command.js';
import { toolsFor } from '../../src/agent/tools/tools-for.js';
import type { ToolContext } from '../../src/agent/tools/agent-tool.js';

const GOAL = { path: 'artifacts/a.json', schema: null, schemas: {} };

function tool(result: Partial<AgentCommandResult> = {}) {
  const asked: { run: string; timeoutMs: number }[] = [];
  const exits: (number | null)[] = [];
  const commands: AgentCommands = {
    keepsChanges: true,
    run: async (run, timeoutMs) => {
      asked.push({ run, timeoutMs });
      const ended: AgentCommandResult = {
        end: 'exited',
        exitCode: 0,
        signal: null,
        durationMs: 1_234,
        output: 'fine\n',
        outputFile: 'checks/command-1.txt',
      };
      return { ...ended, ...result };
    },
  };
  const context = { signal: new AbortController().signal, exited: (code: number | null) => exits.push(code) };
  const call = (args: unknown) => runCommand(commands).run(args, context as unknown as ToolContext);
  return { call, asked, exits };
}

test('run_command tells how the command ended, its time and its output, and the audit its exit code', async () => {
  const { call, asked, exits } = tool({ exitCode: 2, output: 'oops\n' });
  assert.equal(await call({ command: 'npm test' }), 'exit 2 after 1.2 s\noops');
  assert.deepEqual(asked, [{ run: 'npm test', timeoutMs: 120_000 }]);
  assert.deepEqual(exits, [2]);
});

test('run_command: a command that a limit ended has no exit code', async () => {
  const { call, exits } = tool({ end: 'timed_out', exitCode: null, output: '' });
  assert.equal(await call({ command: 'sleep 9', timeout: 3 }), 'time-out after 1.2 s\n(no output)');
  assert.deepEqual(exits, [null]);
});

test('run_command shows head and tail of a long output, and where the whole of it is', async () => {
  const { call } = tool({ output: `begin\n${'x'.repeat(100_000)}\nend` });
  const text = await call({ command: 'cat big' });
  assert.ok(Buffer.byteLength(text) < 17_000, `${Buffer.byteLength(text)} bytes`);
  assert.match(text, /^exit 0 after 1.2 s\nbegin\n/);
  assert.match(text, /bytes left out/);
  assert.match(text, /end\n\[the whole output is in checks\/command-1\.txt; read it with read_file\]$/);
});

test('run_command: its time is between 1 s and 600 s', async () => {
  const { call, asked } = tool();
  for (const timeout of [-5, 0, 7, 1e9, '30', null]) await call({ command: 'true', timeout });
  assert.deepEqual(
    asked.map(({ timeoutMs }) => timeoutMs),
    [1_000, 1_000, 7_000, 600_000, 30_000, 120_000],
  );
});

test('run_command refuses an empty command', async () => {
  await assert.rejects(tool().call({ command: '' }), { name: 'ToolRefusal' });
});

test('an agent has run_command only where commands can be run', () => {
  const names = (commands: AgentCommands | null) =>
    toolsFor(['ls', 'run_command'], GOAL, commands).map(({ name }) => name);
  assert.deepEqual(names(null), ['ls']);
  const commands: AgentCommands = { keepsChanges: false, run: () => assert.fail() };
  assert.deepEqual(names(commands), ['ls', 'run_command']);
});
