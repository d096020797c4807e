import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PhasegateError, type FailureCode } from '../../../src/domain/failures.js';
import { PROCESS_CHANNEL } from '../../../src/workspace/git/run-process.js';
import { findRemote } from '../../../src/workspace/push/find-remote.js';
import { forgetPushed, pushBranch } from '../../../src/workspace/push/push-branch.js';
import type { RemoteAccess } from '../../../src/workspace/push/remote-git.js';
import { bareRepositoryAt } from '../../support/forge/bare-repository.js';
import { startGitOverHttp } from '../../support/forge/git-over-http.js';
import { gitRepository, temporaryFolder, type TestRepository } from '../../support/git-repository.js';

const RUN = '0c8d4dd4-0000-4000-8000-000000000001';
const BRANCH = 'phasegate/w';
const TOKEN = 'forge-secret-token-1234567890';
const PLAIN: RemoteAccess = { token: null, env: {} };

interface Place {
  repository: TestRepository;
  bare: TestRepository;
  base: string;
  push(access?: RemoteAccess): ReturnType<typeof pushBranch>;
}

/** A repository with a run's branch of one commit, and a bare repository as its remote `origin`. */
function place(t: TestContext): Place {
  const repository = gitRepository(t);
  const bare = bareRepositoryAt(join(temporaryFolder(t), 'remote.git'));
  repository.git('remote', 'add', 'origin', bare.path);
  const base = repository.git('rev-parse', 'HEAD');
  repository.git('switch', '--quiet', '-c', BRANCH);
  repository.commit({ 'new.txt': 'new\n' }, 'work');
  repository.git('switch', '--quiet', 'main');
  const push = async (access = PLAIN) =>
    pushBranch({
      remote: await findRemote(repository.path, 'origin'),
      runId: RUN,
      branch: BRANCH,
      baseCommit: base,
      access,
    });
  return { repository, bare, base, push };
}

/** What a hook of this name leaves behind when it runs. */
function trap(folder: string, name: string): string {
  mkdirSync(join(folder, 'hooks'), { recursive: true });
  const proof = join(folder, `${name}-ran`);
  writeFileSync(join(folder, 'hooks', name), `#!/bin/sh\ntouch '${proof}'\n`);
  chmodSync(join(folder, 'hooks', name), 0o755);
  return proof;
}

const failsWith = (code: FailureCode, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PhasegateError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  assert.ok(!error.message.includes(TOKEN) && !error.message.includes(Buffer.from(TOKEN).toString('base64')));
  return true;
};

test('only the branch of the run is pushed, once; no hook of either repository runs', async (t) => {
  const { repository, bare, push } = place(t);
  repository.git('tag', 'a-tag', BRANCH);
  repository.git('branch', 'other', BRANCH);
  const proofs = [
    trap(join(repository.path, '.git'), 'pre-push'),
    trap(join(repository.path, '.git'), 'reference-transaction'),
    trap(join(bare.path, '.git'), 'pre-receive'),
    trap(join(bare.path, '.git'), 'post-receive'),
  ];
  const sha = repository.git('rev-parse', BRANCH);
  assert.deepEqual(await push(), { remote: 'origin', url: bare.path, branch: BRANCH, sha, how: 'created' });
  assert.equal(bare.git('for-each-ref', '--format=%(refname) %(objectname)'), `refs/heads/${BRANCH} ${sha}`);
  assert.equal((await push()).how, 'none');
  assert.deepEqual(
    proofs.filter((proof) => existsSync(proof)),
    [],
  );
  // a person's git runs it
  rmSync(join(repository.path, '.git/hooks/reference-transaction'));
  repository.git('switch', '--quiet', BRANCH);
  const next = repository.commit({ 'more.txt': 'x\n' }, 'more');
  assert.equal((await push()).how, 'forwarded');
  assert.equal(bare.git('rev-parse', BRANCH), next);
});

test('what this run pushed before is replaced after a reset; what somebody else pushed never is', async (t) => {
  const { repository, bare, base, push } = place(t);
  await push();
  repository.git('switch', '--quiet', BRANCH);
  repository.git('reset', '--hard', '--quiet', base);
  const again = repository.commit({ 'other.txt': 'another try\n' }, 'another try');
  assert.equal((await push()).how, 'forced');
  assert.equal(bare.git('rev-parse', BRANCH), again);

  const clone = gitRepository(t);
  clone.git('fetch', '--quiet', bare.path, BRANCH);
  clone.git('switch', '--quiet', '--detach', 'FETCH_HEAD');
  const theirs = clone.commit({ 'theirs.txt': 'x\n' }, 'theirs');
  clone.git('push', '--quiet', bare.path, `HEAD:${BRANCH}`);
  await assert.rejects(push(), failsWith('remote_branch_moved', new RegExp(theirs)));
  repository.commit({ 'mine.txt': 'x\n' }, 'mine');
  await assert.rejects(push(), failsWith('remote_branch_moved', new RegExp(theirs)));
  assert.equal(bare.git('rev-parse', BRANCH), theirs);
  await forgetPushed(join(repository.path, '.git'), RUN);
  assert.equal(repository.git('for-each-ref', 'refs/phasegate'), '');
});

test('a run without a commit of its own, and a branch that is gone, have nothing to deliver', async (t) => {
  const { repository, base, push } = place(t);
  repository.git('branch', '-f', BRANCH, base);
  await assert.rejects(push(), failsWith('nothing_to_deliver', /no commit beside/));
  repository.git('branch', '-D', BRANCH);
  await assert.rejects(push(), failsWith('nothing_to_deliver', /is not in the repository/));
});

test('over http the token is in the header for that host alone, and in no argument, file or message', async (t) => {
  const { repository, bare, push } = place(t);
  const expected = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`;
  const server = await startGitOverHttp(join(bare.path, '..'), expected);
  t.after(() => server.stop());
  bare.git('config', 'http.receivepack', 'true');
  const url = server.url('remote.git/.git').replace('http://', 'http://someone:old-password@');
  repository.git('remote', 'set-url', 'origin', url);
  const started: string[] = [];
  const note = (message: unknown): void => void started.push(JSON.stringify(message));
  channel(PROCESS_CHANNEL).subscribe(note);
  t.after(() => channel(PROCESS_CHANNEL).unsubscribe(note));
  const access: RemoteAccess = { token: { user: 'x-access-token', value: TOKEN }, env: {} };
  const pushed = await push(access);
  assert.equal(pushed.how, 'created');
  assert.equal(bare.git('rev-parse', BRANCH), pushed.sha);
  assert.deepEqual([...new Set(server.authorizations)], [expected]);
  assert.ok(started.some((line) => line.includes('push')));
  for (const line of [...started, JSON.stringify(pushed), readFileSync(join(repository.path, '.git/config'), 'utf8')])
    assert.ok(!line.includes(TOKEN) && !line.includes(expected.slice(6)), line);
  assert.ok(!JSON.stringify(pushed).includes('old-password'));

  await assert.rejects(push({ ...access, token: null }), failsWith('remote_auth_failed', /terminal prompts|Username/));
  const wrong = { ...access, token: { user: 'x-access-token', value: `${TOKEN}x` } };
  await assert.rejects(push(wrong), failsWith('remote_auth_failed', /Authentication failed|Username/));
  const table: [status: number, body: string, code: FailureCode, words: RegExp][] = [
    [403, 'no', 'remote_auth_failed', /403/],
    [404, 'no', 'remote_not_found', /not found|404/],
    [500, 'no', 'remote_unreachable', /500/],
    [429, 'no', 'remote_unreachable', /429/],
  ];
  for (const [status, body, code, words] of table) {
    server.refusal = { status, body };
    await assert.rejects(push(access), failsWith(code, words));
  }
  server.refusal = { status: 301, headers: { location: 'http://127.0.0.1:1/elsewhere.git' } };
  await assert.rejects(push(access), failsWith('remote_not_found', /301|redirect/i));
  server.refusal = null;
  await server.stop();
  await assert.rejects(push(access), failsWith('remote_unreachable', /connect|refused/i));
});

test("a rule of the remote is told in the remote's words", async (t) => {
  const { repository, bare, push } = place(t);
  const expected = `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`;
  const server = await startGitOverHttp(join(bare.path, '..'), expected);
  t.after(() => server.stop());
  bare.git('config', 'http.receivepack', 'true');
  const hook = join(bare.path, '.git/hooks/pre-receive');
  mkdirSync(join(hook, '..'), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho "GH006: Protected branch update failed" >&2\nexit 1\n');
  chmodSync(hook, 0o755);
  repository.git('remote', 'set-url', 'origin', server.url('remote.git/.git'));
  const access: RemoteAccess = { token: { user: 'x', value: TOKEN }, env: {} };
  await assert.rejects(push(access), failsWith('remote_rejected', /GH006: Protected branch update failed/));
});

test('ssh goes by the worker’s own ssh, with its words', async (t) => {
  const { repository, bare, push } = place(t);
  const folder = temporaryFolder(t);
  const ssh = join(folder, 'ssh');
  // what a server does with the command, without the network
  writeFileSync(ssh, '#!/bin/sh\n[ "$1" = -G ] && exit 0\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c "$1"\n');
  chmodSync(ssh, 0o755);
  repository.git('remote', 'set-url', 'origin', `git@host.test:${bare.path}`);
  const env = { GIT_SSH_COMMAND: ssh, HOME: folder };
  assert.equal((await push({ token: null, env })).how, 'created');
  assert.equal(bare.git('rev-parse', BRANCH), repository.git('rev-parse', BRANCH));
  writeFileSync(ssh, '#!/bin/sh\necho "git@host.test: Permission denied (publickey)." >&2\nexit 255\n');
  await assert.rejects(push({ token: null, env }), failsWith('remote_auth_failed', /publickey/));
});

test('no setting of the repository leads a push elsewhere, and no helper is run', async (t) => {
  const { repository, bare, push } = place(t);
  const proof = join(temporaryFolder(t), 'ran');
  const evil = `ext::sh -c touch% ${proof}`;
  repository.git('remote', 'set-url', 'origin', evil);
  await assert.rejects(push(), failsWith('remote_refused', /characters that no URL has|helper/));
  repository.git('remote', 'set-url', 'origin', `ext::${proof}`);
  await assert.rejects(push(), failsWith('remote_refused', /helper/));
  repository.git('remote', 'set-url', 'origin', bare.path);
  // what a push by the remote's name would take
  repository.git('config', 'remote.origin.receivepack', `touch ${proof};`);
  repository.git('config', 'remote.origin.vcs', 'evil');
  repository.git('config', 'core.sshCommand', `touch ${proof};`);
  repository.git('config', 'push.gpgSign', 'true');
  assert.equal((await push()).how, 'created');
  repository.git('config', `url.ext::touch ${proof}.pushInsteadOf`, bare.path);
  await assert.rejects(push(), failsWith('remote_refused', /./));
  assert.ok(!existsSync(proof));
  await assert.rejects(findRemote(repository.path, 'upstream'), failsWith('remote_not_found', /there are: origin/));
});
