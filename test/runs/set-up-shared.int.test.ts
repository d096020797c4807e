import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { ToolName } from '../../src/domain/names.js';
import { ended, type Ended } from '../support/ended.js';
import { gitRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { command, done, proven } from './support/checked-runs.js';

const SECRET = 'tok_S3cret/Value_998877';

let stack: TestStack;
before(async () => {
  const commandEnv = ['SHOP_TOKEN', 'TZ'];
  const settings = { sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap', commandEnv } as const;
  stack = await startTestStack(settings, { env: { SHOP_TOKEN: SECRET, TZ: 'Pacific/Chatham' } });
  await stack.template('one', [{ key: 'code' }]);
});
after(() => stack.stop());

const TOOLS: ToolName[] = ['ls', 'write_file', 'run_command'];

/** What the agent's command wrote, and how the run ended. */
async function shown(t: TestContext, settings: RepositoryFile, line: string): Promise<{ said: string; end: Ended }> {
  const repo = gitRepository(t, { files: { 'a.txt': 'a\n', '.gitignore': 'deps/\n' } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(settings) });
  const work = [{ tools: [command(line)] }, done()];
  const handle = await stack.start('one', work, { repoPath: repo.path }, { repoAccess: 'write', tools: TOOLS });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { messages } = stack.model.requests.at(-1)?.body as { messages: { role: string; content: string }[] };
  return { said: messages.find(({ role }) => role === 'tool')?.content ?? '', end };
}

const noSuch = (file: string): RegExp => new RegExp(`${file.replaceAll('.', '\\.')}'?: No such file`);

const LOGIN = [
  'echo "//r.example/:_authToken=$SHOP_TOKEN" > ~/.npmrc',
  'mkdir -p deps/lib made/in && echo lib > deps/lib/lib.txt && printenv > deps/lib/env.txt',
  'printf "user:%s" "$SHOP_TOKEN" | base64 -w0 > deps/login && echo new > made/in/new.txt && printenv > made/in/env.txt',
].map((run) => ({ run }));

proven('what a set-up with a secret leaves in its home, and files with the secret, no agent gets', async (t) => {
  const { said, end } = await shown(
    t,
    { setup: LOGIN, env: ['SHOP_TOKEN'] },
    'ls -A ~ deps deps/lib made/in | tr "\\n" " "; cat ~/.npmrc; cat deps/lib/lib.txt made/in/new.txt; rev deps/lib/env.txt deps/login',
  );
  assert.match(said, /lib\nnew\n/);
  for (const file of ['.npmrc', 'deps/lib/env.txt', 'deps/login']) assert.match(said, noSuch(file), file);
  assert.doesNotMatch(said, /eulaV/);
  const { withheld } = end.events.find(({ type }) => type === 'setup_completed')?.payload ?? {};
  assert.deepEqual([...(withheld as string[])].sort(), ['deps/lib/env.txt', 'deps/login', 'made/in/env.txt']);
});

proven('without a secret agents have the home of the set-up, and what it made in new folders', async (t) => {
  const setup = [{ run: 'echo cached > ~/cache.txt && mkdir -p vendor/x && echo vendored > vendor/x/lib.txt' }];
  const { said } = await shown(t, { setup, env: ['TZ'] }, 'cat ~/cache.txt vendor/x/lib.txt');
  assert.match(said, /cached/);
  assert.match(said, /vendored/);
});
