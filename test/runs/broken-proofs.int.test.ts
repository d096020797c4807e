import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { ToolName } from '../../src/domain/names.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import type { Behaviour, ScriptedToolCall } from '../../src/model-server/behaviour.js';
import { SKIP } from '../sandbox/support/sandboxes.js';
import { ended, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await stack.template('one', [CODE]);
});
after(() => stack.stop());

const CODE: Partial<TemplatePhase> = { key: 'code', checks: 'all' };
const FILES = {
  'src/a.txt': 'right\n',
  'test.sh': 'cat deps/lib.txt && echo "src: $(cat src/a.txt)" && grep -q right src/a.txt\n',
  '.gitignore': 'deps/\n*.log\n',
};
const SETTINGS: RepositoryFile = {
  setup: [{ run: 'mkdir deps && echo lib > deps/lib.txt' }],
  checks: [{ name: 'test', run: 'sh test.sh' }],
  protect: ['test.sh', '.phasegate.yaml'],
};
const TOOLS: ToolName[] = ['ls', 'read_file', 'write_file', 'edit_file', 'run_command'];

function repository(t: TestContext, settings: RepositoryFile = SETTINGS, files: Record<string, string> = {}) {
  const repo = gitRepository(t, { files: { ...FILES, ...files } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(settings) });
  return repo;
}
const write = (path: string, content: string): ScriptedToolCall => ({
  name: 'write_file',
  args: { path: `repo/${path}`, content },
});
const command = (line: string): ScriptedToolCall => ({ name: 'run_command', args: { command: line } });
const done = (title = 'done'): Behaviour => ({ tools: [{ name: 'write_artifact', args: { title } }] });
async function run(template: string, repo: TestRepository, work: Behaviour[]): Promise<Ended> {
  const handle = await stack.start(template, work, { repoPath: repo.path }, { repoAccess: 'write', tools: TOOLS });
  return ended(stack, handle);
}
const proven = (name: string, body: (t: TestContext) => Promise<void>): void => void test(name, { skip: SKIP }, body);
async function rows({ report }: Ended): Promise<unknown[]> {
  const text =
    'SELECT kind, name, attempt, outcome, exit_code, output FROM check_runs WHERE run_id = $1::uuid ORDER BY ts, id';
  return (await stack.mirror.pool.query<Record<string, unknown>>(text, [report.runId])).rows;
}

proven('an agent that puts a file where the set-up made a folder does not get broken work through', async (t) => {
  const end = await run('one', repository(t), [
    { tools: [write('src/a.txt', 'wrong\n'), command('rm -rf deps; echo x > deps')] },
    ...[1, 2, 3, 4, 5, 6, 7].map(() => done()),
  ]);
  t.diagnostic(JSON.stringify(await rows(end)));
  assert.notEqual(
    end.temporal,
    'COMPLETED',
    JSON.stringify(end.events.find(({ type }) => type === 'checks_passed')?.payload),
  );
});

proven('an agent that puts a link where the set-up made a folder does not get its own tools', async (t) => {
  const repo = repository(t, {
    ...SETTINGS,
    checks: [{ name: 'test', run: 'sh deps/tool.sh' }],
    setup: [{ run: 'mkdir deps && echo "grep -q right src/a.txt" > deps/tool.sh' }],
  });
  const end = await run('one', repo, [
    {
      tools: [
        write('src/a.txt', 'wrong\n'),
        command('rm -rf deps; mkdir mine; echo exit 0 > mine/tool.sh; ln -s mine deps'),
      ],
    },
    ...[1, 2, 3, 4, 5, 6, 7].map(() => done()),
  ]);
  t.diagnostic(JSON.stringify(await rows(end)));
  assert.notEqual(end.temporal, 'COMPLETED');
});

proven('a red base that is flaky, or ran out of time, does not hide what the agent broke', async (t) => {
  // at the base commit the check is slow: it runs into its limit; the agent's work is red at once
  const settings: RepositoryFile = {
    checks: [{ name: 'test', run: 'grep -q right src/a.txt || exit 1; sleep 5', timeout: '2s' }],
  };
  const end = await run('one', repository(t, settings), [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  t.diagnostic(JSON.stringify(await rows(end)));
  assert.notEqual(end.temporal, 'COMPLETED');
});
