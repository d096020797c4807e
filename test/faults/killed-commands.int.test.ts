import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ToolName } from '../../src/domain/names.js';
import { isolated } from '../sandbox/support/sandboxes.js';
import { ended } from '../support/ended.js';
import { createGitRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

let stack: TestStack;
const repository = createGitRepository({ files: { 'src/a.txt': 'one\n', '.gitignore': 'deps/\n' } });
before(async () => {
  stack = await startTestStack(
    { sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap', commandsAtOnce: 4 },
    { worker: 'own' },
  );
  await stack.template('checked', [{ key: 'code', checks: 'all' }]);
  repository.commit({ '.phasegate.yaml': JSON.stringify(SETTINGS) });
});
after(async () => {
  killWorkers();
  await stack.stop();
  repository.remove();
});

/** Found in the list of processes, and nowhere else. */
const MARK = '0.7182818';
const SETTINGS = {
  setup: [{ run: `mkdir deps && sleep ${MARK}` }, { run: `sleep ${MARK} && echo lib > deps/lib.txt` }],
  checks: [
    { name: 'first', run: `sleep ${MARK} & sleep ${MARK}; cat deps/lib.txt` },
    { name: 'second', run: `sleep ${MARK} && cat src/new.txt` },
  ],
};
const TOOLS: ToolName[] = ['read_file', 'write_file', 'run_command'];
const KILLS = 30;
/** A run has commands for some five seconds, so that several are at work at every kill. */
const KILLS_FOR_A_RUN = 2;

/** Commands of the repositories that are at work. */
function commandsLeft(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(MARK) ? [line] : [];
      } catch {
        return [];
      }
    });
}

isolated(
  '30 times kill -9 in set-ups, checks and commands of agents: nothing is left running, every run completes, and no check counts twice',
  async () => {
    const handles: WorkflowHandle[] = [];
    let worker = startWorkerProcess(stack);
    await worker.ready;
    const startRun = async (): Promise<void> => {
      const work = [
        { tools: [{ name: 'run_command', args: { command: `sleep ${MARK}; echo looked` } }] },
        { tools: [{ name: 'write_file', args: { path: 'repo/src/new.txt', content: 'new' } }] },
        { tools: [{ name: 'write_artifact', args: { title: 'done' } }] },
      ];
      const input = { repoPath: repository.path };
      handles.push(await stack.start('checked', work, input, { repoAccess: 'write', tools: TOOLS }));
    };
    await startRun();
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill % KILLS_FOR_A_RUN === 0) await startRun();
      await until(() => commandsLeft().length > 0);
      await sleep(Math.random() * 1_500);
      worker.process.kill('SIGKILL');
      await worker.ended;
      await until(() => commandsLeft().length === 0);
      worker = startWorkerProcess(stack);
      await worker.ready;
    }
    for (const handle of handles) {
      const end = await ended(stack, handle);
      assert.equal(end.temporal, 'COMPLETED', end.message);
      const { rows } = await stack.mirror.pool.query<{ what: string }>(
        `SELECT kind || ' ' || name || ' ' || outcome AS what FROM check_runs WHERE run_id = $1::uuid ORDER BY what`,
        [end.report.runId],
      );
      assert.deepEqual(
        rows.map(({ what }) => what),
        ['check first passed', 'check second passed', 'setup setup 1 passed', 'setup setup 2 passed'],
      );
      const passed = end.events.filter(({ type }) => type === 'checks_passed');
      assert.equal(passed.length, 1);
    }
    assert.deepEqual(commandsLeft(), []);
  },
);
