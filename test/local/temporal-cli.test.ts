import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findTemporalCli, type Fetcher } from '../../src/local/temporal/temporal-cli.js';
import { tempFolder } from './support/temp-folder.js';

const VERSION = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';

test('the CLI is taken from TEMPORAL_CLI, else PATH, else .tools, else the cache; nothing is downloaded', async (t) => {
  const { find, places, executable } = machine(t);
  for (const [source, path] of [...places].reverse()) {
    executable(path);
    assert.deepEqual(await find(source === 'TEMPORAL_CLI' ? { TEMPORAL_CLI: path } : {}), { path, source });
  }
});

test('a file that does not run, or is something else, is not taken', async (t) => {
  const { find, places, executable } = machine(t);
  executable(places.get('PATH') ?? '', 'a program of the same name');
  executable(places.get('cache') ?? '');
  assert.equal((await find()).source, 'cache');
});

test('a TEMPORAL_CLI that is not a Temporal CLI is an error, and is not ignored', async (t) => {
  const { find, places, executable, root } = machine(t);
  executable(places.get('cache') ?? '');
  executable(join(root, 'other'), 'something else');
  for (const path of [join(root, 'missing'), join(root, 'other'), root, 'temporal']) {
    await assert.rejects(find({ TEMPORAL_CLI: path }), { code: 'config_invalid', message: /TEMPORAL_CLI/ });
  }
});

test('a missing CLI is fetched, by the next way when one fails, and is in the cache afterwards', async (t) => {
  const { find, places, executable, said } = machine(t);
  const fetchers = [
    { what: 'A', fetch: async () => 'host out of reach' },
    { what: 'B: from elsewhere', fetch: async (target: string) => void executable(target) },
  ];
  assert.deepEqual(await find({}, fetchers), { path: places.get('cache'), source: 'B' });
  assert.match(said.join('\n'), /host out of reach[^]*B: from elsewhere/);
  assert.equal((await find()).source, 'cache');
});

test('when nothing works the error says what was tried and what to do', async (t) => {
  const { find } = machine(t);
  const fetchers = [
    { what: 'A', fetch: async () => 'host out of reach' },
    { what: 'B', fetch: async () => undefined },
  ];
  await assert.rejects(find({}, fetchers), {
    code: 'local_stack_failed',
    message: /A: host out of reach; B: it does not run on this machine.*Install it.*TEMPORAL_CLI/,
  });
});

test('without a home it goes into the clone', async (t) => {
  const { find, executable, root } = machine(t);
  const fetch = async (target: string): Promise<undefined> => executable(target);
  for (const HOME of [undefined, '/nonexistent']) {
    const { path } = await find({ HOME }, [{ what: 'A', fetch }]);
    assert.ok(path.startsWith(join(root, '.tools')) && existsSync(path), path);
  }
});

/** A machine of our own: a clone, a home and a PATH in a temporary folder. */
function machine(t: TestContext) {
  const folder = tempFolder(t);
  const [root, home, bin] = ['clone', 'home', 'bin'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [root, home, bin]) mkdirSync(path);
  const places = new Map([
    ['TEMPORAL_CLI', join(folder, 'named')],
    ['PATH', join(bin, 'temporal')],
    ['.tools/bin', join(root, '.tools', 'bin', 'temporal')],
    ['cache', join(home, '.cache', 'phasegate', `temporal-${process.platform}-${process.arch}`)],
  ]);
  const said: string[] = [];
  const find = (env: NodeJS.ProcessEnv = {}, fetchers: readonly Fetcher[] = []) =>
    findTemporalCli({ root, env: { HOME: home, PATH: bin, ...env }, say: (line) => said.push(line), fetchers });
  const executable = (path: string, words = VERSION): undefined => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${words}'\n`, { mode: 0o755 });
  };
  return { root, places, said, find, executable };
}
