import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { before, after, type TestContext } from 'node:test';
import { build } from 'esbuild';
import { openServer, type OpenServer } from '../../src/agent/mcp/open-server.js';
import { PhasegateError } from '../../src/domain/failures.js';
import type { LocalMcpServer } from '../../src/domain/template/mcp.js';
import { converse } from '../../src/sandbox/converse.js';
import { endHost } from '../../src/sandbox/host-client.js';
import type { SandboxCommand } from '../../src/sandbox/sandbox.js';
import { isolated, openTestSandbox, type TestSandbox } from '../sandbox/support/sandboxes.js';

const NEVER = new AbortController().signal;
const TOKEN = 's3cret-t0ken';
const SERVER = fileURLToPath(new URL('./support/local-mcp.mjs', import.meta.url));

let bundle: string;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phasegate-mcp-'));
  bundle = join(folder, 'server.mjs');
  await build({ entryPoints: [SERVER], bundle: true, platform: 'node', format: 'esm', outfile: bundle });
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await endHost();
});

interface Opened {
  server: OpenServer;
  repo: string;
  call(tool: string, args?: Record<string, string>): Promise<string>;
}

async function open(
  t: TestContext,
  { sandbox, folder: newFolder }: TestSandbox,
  more: Partial<LocalMcpServer> = {},
  access: SandboxCommand['access'] = 'read',
): Promise<Opened> {
  const repo = newFolder();
  writeFileSync(join(repo, 'server.mjs'), readFileSync(bundle));
  writeFileSync(join(repo, 'note'), 'old');
  const wanted: LocalMcpServer = {
    name: 'notes',
    command: ['node', 'server.mjs'],
    tools: ['look', 'read', 'write', 'ask', 'flood', 'die', 'hang'],
    ...more,
  };
  const server = await openServer(
    wanted,
    {
      env: { NOTES_TOKEN: TOKEN, OTHER_TOKEN: 'another-s3cret' },
      signal: NEVER,
      start: async (run, env, signal) => {
        const secrets = Object.values(env);
        const command = { run, folder: repo, access, git: null, network: 'none' as const, env, secrets, signal };
        const { stream, ended, stop } = await converse(sandbox, command);
        return { stream, ended: ended.then((end) => end?.output.text ?? 'stopped'), stop };
      },
    },
    { openMs: 60_000, callMs: 15_000 },
  );
  t.after(() => server.close());
  const call = async (tool: string, args: Record<string, string> = {}): Promise<string> => {
    const found = server.tools.find(({ name }) => name === `notes__${tool}`);
    const answer = await found!.call(args, NEVER);
    return 'text' in answer ? answer.text : `refused: ${'failed' in answer ? answer.failed : answer.refused}`;
  };
  return { server, repo, call };
}

isolated(
  'a local server has its folder and the variables that are named, and nothing else of the machine',
  async (t) => {
    const { call, repo } = await open(t, await openTestSandbox(), { env: ['NOTES_TOKEN'] });
    const { env, cwd } = JSON.parse(await call('look')) as { env: Record<string, string>; cwd: string };
    assert.equal(cwd, '/work/repo');
    assert.equal(env['NOTES_TOKEN'], '***', 'it has the value, and nobody is told of it');
    assert.deepEqual(
      Object.keys(env).filter((name) => /OTHER|KEY|DATABASE|PHASEGATE/.test(name)),
      [],
    );
    assert.match(await call('ask', { url: 'http://127.0.0.1:1/' }), /refused/);
    assert.match(await call('read', { path: join(folder, 'server.mjs') }), /refused/);
    // it sees what the agent changes, and can change nothing itself
    writeFileSync(join(repo, 'note'), 'new');
    assert.equal(await call('read', { path: 'note' }), 'new');
    assert.match(await call('write', { path: 'note' }), /refused.*(EROFS|read-only)/i);
    assert.equal(readFileSync(join(repo, 'note'), 'utf8'), 'new');
  },
);

isolated('where the persona may change the repository, its local server may, too; a close ends it', async (t) => {
  const sandboxed = await openTestSandbox();
  const { call, repo, server } = await open(t, sandboxed, {}, 'write');
  assert.equal(await call('write', { path: 'note' }), 'written');
  assert.equal(readFileSync(join(repo, 'note'), 'utf8'), 'changed');
  await server.close();
  assert.match(await call('look'), /refused/);
});

isolated('a local server that floods, dies or is no server is told as such, without its secrets', async (t) => {
  const sandboxed = await openTestSandbox();
  const flooding = await open(t, sandboxed);
  assert.match(await flooding.call('flood'), /refused: .*more than 1048576 bytes/);
  const dying = await open(t, sandboxed, { env: ['NOTES_TOKEN'] });
  assert.match(await dying.call('die'), /refused: .*out of luck: \*\*\*/s);
  assert.match(await dying.call('look'), /refused/);
  const fails = (words: RegExp, opening: Promise<unknown>): Promise<void> =>
    assert.rejects(
      opening,
      (error) => error instanceof PhasegateError && error.code === 'mcp_unavailable' && words.test(error.message),
    );
  await fails(/no-such-program/, open(t, sandboxed, { command: ['no-such-program'] }));
  await fails(/it needs MISSING_TOKEN/, open(t, sandboxed, { env: ['MISSING_TOKEN'] }));
});
