import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { PhasegateError, type FailureCode } from '../../src/domain/failures.js';
import type { Forge } from '../../src/forge/forge.js';
import { openForge } from '../../src/forge/open-forge.js';
import { FakeGithub } from '../support/forge/fake-github.js';
import { FakeGitlab } from '../support/forge/fake-gitlab.js';

const BRANCH = 'phasegate/w';
const WANTED = {
  title: 'A title',
  body: 'A body',
  branch: BRANCH,
  base: 'main',
  draft: true,
  labels: [],
  reviewers: [],
};
const SHA = 'c'.repeat(40);

async function github(t: TestContext, fake = new FakeGithub()): Promise<{ fake: FakeGithub; forge: Forge }> {
  await fake.start();
  t.after(() => fake.stop());
  const { host, apiUrl, repository, token } = fake;
  return { fake, forge: openForge({ provider: 'github', host, apiUrl, repository, token }) };
}

async function gitlab(t: TestContext, fake = new FakeGitlab()): Promise<{ fake: FakeGitlab; forge: Forge }> {
  await fake.start();
  t.after(() => fake.stop());
  const { host, apiUrl, project, token } = fake;
  return { fake, forge: openForge({ provider: 'gitlab', host, apiUrl, repository: project, token }) };
}

const failsWith = (code: FailureCode, words: RegExp, token: string) => (error: unknown) => {
  assert.ok(error instanceof PhasegateError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  assert.ok(!error.message.includes(token));
  return true;
};

test('a pull request is opened once, found again, changed, and made ready', async (t) => {
  for (const { fake, forge } of [await github(t), await gitlab(t)]) {
    assert.equal(await forge.find(BRANCH, null), null);
    const opened = await forge.open(WANTED);
    assert.deepEqual([opened.number, opened.draft, opened.state, opened.notes], [1, true, 'open', []]);
    const again = await forge.open(WANTED);
    assert.deepEqual([again.number, again.url], [opened.number, opened.url]);
    assert.deepEqual((await forge.find(BRANCH, null))?.number, 1);
    await forge.update(1, { title: 'Another', body: 'New words' });
    assert.equal((await forge.find(BRANCH, null))?.draft, true, 'a new title does not end the draft');
    await forge.makeReady(1);
    assert.equal((await forge.find(BRANCH, null))?.draft, false);
    const [kept] = fake instanceof FakeGithub ? fake.pulls : fake.requests;
    assert.equal(kept?.title, 'Another');
    assert.equal((await forge.repository()).defaultBranch, 'main');
  }
});

test('each answer of a forge that is a failure has its code, the words of the forge, and never the token', async (t) => {
  const table: [status: number, body: object, headers: Record<string, string>, code: FailureCode, words: RegExp][] = [
    [401, { message: 'Bad credentials' }, {}, 'forge_auth_failed', /401 Bad credentials/],
    [
      403,
      { message: 'Resource not accessible' },
      { 'x-oauth-scopes': 'repo:status', 'x-accepted-oauth-scopes': 'repo' },
      'forge_forbidden',
      /403 Resource not accessible .*"repo:status".*"repo" is needed/,
    ],
    [403, { message: 'Repository was archived so is read-only.' }, {}, 'forge_archived', /archived/],
    [404, { message: 'Not Found' }, {}, 'forge_not_found', /404 Not Found/],
    [
      422,
      { message: 'Validation Failed', errors: [{ field: 'base', code: 'invalid' }] },
      {},
      'forge_rejected',
      /base is invalid/,
    ],
    [422, { message: { title: ['is too long'] } }, {}, 'forge_rejected', /title is too long/],
    [500, { message: 'oops' }, {}, 'forge_unavailable', /500 oops/],
    [502, {}, {}, 'forge_unavailable', /502/],
  ];
  for (const { fake, forge } of [await github(t), await gitlab(t)]) {
    for (const [status, body, headers, code, words] of table) {
      fake.faults.push({ on: /^GET/, status, body: { ...body, echo: fake.token }, headers });
      await assert.rejects(forge.find(BRANCH, null), failsWith(code, words, fake.token));
    }
    fake.faults.push({ on: /^GET/, drop: true });
    await assert.rejects(forge.find(BRANCH, null), failsWith('forge_unavailable', /did not answer/, fake.token));
    fake.archived = true;
    await assert.rejects(forge.repository(), failsWith('forge_archived', /is archived/, fake.token));
  }
});

test('a wrong token and a hidden repository are told apart', async (t) => {
  const { fake } = await github(t);
  const { host, apiUrl } = fake;
  const place = { provider: 'github', host, apiUrl } as const;
  const wrong = openForge({ ...place, repository: fake.repository, token: 'another-token' });
  await assert.rejects(wrong.find(BRANCH, null), failsWith('forge_auth_failed', /401/, 'another-token'));
  const hidden = openForge({ ...place, repository: 'acme/hidden', token: fake.token });
  await assert.rejects(hidden.repository(), failsWith('forge_not_found', /404/, fake.token));
});

test('a limit of requests says how long to wait, whichever way the forge tells it', async (t) => {
  const { fake, forge } = await github(t);
  const pauseFor = async (status: number, headers: Record<string, string>): Promise<number> => {
    fake.faults.push({ on: /^GET/, status, body: { message: 'You have exceeded a secondary rate limit' }, headers });
    const error: unknown = await forge.find(BRANCH, null).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof PhasegateError);
    assert.equal(error.code, 'forge_unavailable', 'it is not a missing scope');
    return error.details['retryAfterMs'] as number;
  };
  assert.equal(await pauseFor(403, { 'retry-after': '17' }), 17_000);
  assert.equal(await pauseFor(429, {}), 60_000);
  const reset = String(Math.floor(Date.now() / 1_000) + 600);
  const untilReset = await pauseFor(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });
  assert.ok(untilReset > 500_000 && untilReset <= 600_000, String(untilReset));
  assert.equal(await pauseFor(429, { 'retry-after': '999999' }), 3_600_000, 'at most an hour');
  const date = new Date(Date.now() + 30_000).toUTCString();
  const untilDate = await pauseFor(503, { 'retry-after': date });
  assert.ok(untilDate > 25_000 && untilDate <= 30_000, String(untilDate));
});

test('a redirect within the host is followed, and another host never gets the token', async (t) => {
  const { fake, forge } = await github(t);
  const to = `http://${fake.host}/api/repos/acme/app`;
  fake.faults.push({ on: /^GET/, status: 301, headers: { location: to }, body: {} });
  assert.equal((await forge.repository()).defaultBranch, 'main');
  const other = await github(t);
  fake.faults.push({ on: /^GET/, status: 302, headers: { location: `${other.fake.apiUrl}/repos/acme/app` }, body: {} });
  await assert.rejects(forge.repository(), failsWith('forge_rejected', /another host.*apiUrl/, fake.token));
  const link = `<${other.fake.apiUrl}/x>; rel="next"`;
  fake.faults.push({ on: /^GET/, status: 200, headers: { link }, body: [] });
  await assert.rejects(forge.find(BRANCH, null), failsWith('forge_rejected', /another host.*apiUrl/, fake.token));
  assert.equal(other.fake.calls.length, 0);
});

test('a branch that the forge does not know yet is asked for again, and one that it never knows fails', async (t) => {
  const { fake, forge } = await github(t);
  fake.lag = 1;
  assert.equal((await forge.open(WANTED)).number, 1);
  assert.equal(fake.count(/^POST .*\/pulls$/), 2);
  const base = await github(t, new FakeGithub('acme/app', (branch) => (branch === 'trunk' ? null : SHA)));
  await assert.rejects(
    base.forge.open({ ...WANTED, base: 'trunk' }),
    failsWith('forge_rejected', /base is invalid/, base.fake.token),
  );
  assert.equal(base.fake.count(/^POST/), 1);
});

test('a repository without drafts gets a pull request that is none; labels and reviewers that can not be had are told', async (t) => {
  const { fake, forge } = await github(t);
  fake.hasDrafts = false;
  const opened = await forge.open({ ...WANTED, labels: ['bot'], reviewers: ['nobody'] });
  assert.equal(opened.draft, false);
  assert.deepEqual(fake.pulls[0]?.labels, ['bot']);
  assert.match(opened.notes.join(), /reviewers could not be set: .*collaborators/);
  const lab = await gitlab(t);
  lab.fake.users['ann'] = { id: 4, level: 30 };
  const made = await lab.forge.open({ ...WANTED, labels: ['a', 'b'], reviewers: ['ann', 'nobody'] });
  assert.deepEqual([lab.fake.requests[0]?.labels, lab.fake.requests[0]?.reviewer_ids], ['a,b', [4]]);
  assert.match(made.notes.join(), /nobody is not known/);
});

test('checks are added up over all pages, and red counts more than running', async (t) => {
  const { fake, forge } = await github(t);
  assert.equal((await forge.checks(SHA)).state, 'none');
  fake.perPage = 2;
  fake.checkRuns = Array.from({ length: 5 }, (_, n) => ({ name: `c${n}`, status: 'completed', conclusion: 'success' }));
  assert.deepEqual(await forge.checks(SHA), { state: 'passed', passed: 5, failed: 0, pending: 0, red: [] });
  fake.statuses = [{ context: 'ci/old', state: 'pending' }];
  assert.equal((await forge.checks(SHA)).state, 'pending');
  fake.checkRuns[4] = { name: 'c4', status: 'completed', conclusion: 'timed_out' };
  assert.deepEqual(await forge.checks(SHA), { state: 'failed', passed: 4, failed: 1, pending: 1, red: ['c4'] });
  const lab = await gitlab(t);
  lab.fake.statuses = [
    { name: 'test', status: 'success' },
    { name: 'flaky', status: 'failed', allow_failure: true },
    { name: 'deploy', status: 'manual' },
  ];
  assert.equal((await lab.forge.checks(SHA)).state, 'passed');
  lab.fake.statuses.push({ name: 'lint', status: 'failed' });
  assert.deepEqual((await lab.forge.checks(SHA)).red, ['lint']);
});

test("GitHub's reviews: the newest of each person, with the words at single lines; nothing new costs two 304", async (t) => {
  const { fake, forge } = await github(t);
  await forge.open(WANTED);
  fake.review('ann', 'APPROVED', '', { commit: 'old' });
  fake.review('bob', 'CHANGES_REQUESTED', 'not so', { comments: [{ path: 'a.ts', line: 3, body: 'why?' }] });
  fake.review('ann', 'COMMENTED', 'a remark');
  const first = await forge.reviews(1, {});
  assert.deepEqual(
    first.found?.reviews.map(({ login, kind, text, sha }) => [login, kind, text, sha]),
    [
      ['ann', 'approve', '', 'old'],
      ['bob', 'requestChanges', 'not so\na.ts:3: why?', SHA],
    ],
  );
  const before = fake.calls.length;
  const second = await forge.reviews(1, first.seen);
  assert.equal(second.found, null);
  assert.deepEqual(
    fake.calls.slice(before).map(({ status }) => status),
    [304, 304],
  );
  fake.review('bob', 'APPROVED');
  fake.reviews[0]!.state = 'DISMISSED';
  const third = await forge.reviews(1, second.seen);
  assert.deepEqual(
    third.found?.reviews.map(({ login, kind }) => [login, kind]),
    [
      ['ann', 'withdrawn'],
      ['bob', 'approve'],
    ],
  );
  fake.pulls[0]!.state = 'closed';
  assert.equal((await forge.reviews(1, third.seen)).found?.state, 'closed');
  fake.perPage = 1;
  assert.equal((await forge.reviews(1, {})).found?.reviews.length, 2, 'over all pages');
});

test("GitLab's reviews: by its notes, each of the commit that the merge request was at just then", async (t) => {
  const { fake, forge } = await gitlab(t);
  await forge.open(WANTED);
  fake.note('ann', 'approved this merge request');
  fake.versions.push({ sha: 'd'.repeat(40), at: fake.now() });
  fake.note('bob', 'approved this merge request', false);
  fake.note('carl', 'please add a test', false);
  fake.note('carl', 'requested changes');
  fake.note('dora', 'approved this merge request');
  fake.note('emil', 'approved this merge request');
  fake.note('emil', 'unapproved this merge request');
  // somebody pushes: from now on it is another commit that people look at
  fake.versions.push({ sha: 'e'.repeat(40), at: fake.now() });
  fake.note('fred', 'approved this merge request');
  fake.note('carl', 'and this', false);
  fake.note('carl', 'requested changes');
  // the commit comes back, and is reviewed again; another one comes in the very moment of an approval
  fake.versions.push({ sha: 'd'.repeat(40), at: fake.now() });
  fake.note('gina', 'approved this merge request');
  fake.note('hugo', 'approved this merge request');
  fake.versions.push({ sha: 'f'.repeat(40), at: fake.notes.at(-1)!.at });
  const { found } = await forge.reviews(1, {});
  assert.deepEqual(
    found?.reviews.map(({ login, kind, text, sha }) => [login, kind, text, sha?.[0] ?? null]),
    [
      ['ann', 'approve', '', 'c'],
      ['dora', 'approve', '', 'd'],
      ['emil', 'withdrawn', '', 'd'],
      ['fred', 'approve', '', 'e'],
      ['carl', 'requestChanges', 'and this', 'e'],
      ['gina', 'approve', '', 'd'],
      ['hugo', 'approve', '', null],
    ],
  );
  fake.versions.push({ sha: 'd'.repeat(40), at: 'soon' });
  await assert.rejects(forge.reviews(1, {}), failsWith('forge_unavailable', /does not say when/, fake.token));
});

test("a pull request from a fork with a branch of the same name is not the run's", async (t) => {
  const { fake, forge } = await github(t);
  await forge.open(WANTED);
  fake.pulls[0]!.from = 'acme/app-fork';
  assert.equal(await forge.find(BRANCH, null), null);
});

test('a pull request into another branch is not the one that is looked for', async (t) => {
  for (const { forge } of [await github(t), await gitlab(t)]) {
    await forge.open(WANTED);
    assert.deepEqual([(await forge.find(BRANCH, 'main'))?.number, await forge.find(BRANCH, 'release')], [1, null]);
  }
});

test('an answer that says nothing is never taken for one that says no', async (t) => {
  const page = '<!doctype html><title>Log in</title>';
  for (const { fake, forge } of [await github(t), await gitlab(t)]) {
    const asks: Record<string, () => Promise<unknown>> = {
      repository: () => forge.repository(),
      hasBranch: () => forge.hasBranch(BRANCH),
      find: () => forge.find(BRANCH, null),
      open: () => forge.open(WANTED),
      checks: () => forge.checks(SHA),
      reviews: () => forge.reviews(1, {}),
      mayWrite: () => forge.mayWrite('ann'),
    };
    for (const [name, ask] of Object.entries(asks))
      for (const body of [page, 'null', name === 'find' ? '{}' : '17']) {
        fake.faults.splice(0);
        for (let again = 0; again < 3; again++) fake.faults.push({ on: /./, body });
        await assert.rejects(ask(), failsWith('forge_unavailable', /the forge answered with/, fake.token), name + body);
      }
    fake.faults.splice(0);
    const ids = fake instanceof FakeGitlab ? [[{ id: 1, username: 'ann' }]] : [];
    for (const body of [...ids, {}]) fake.faults.push({ on: /./, body });
    await assert.rejects(
      forge.mayWrite('ann'),
      failsWith('forge_unavailable', /has no (?:permission|access_level)/, fake.token),
    );
    fake.faults.push({ on: /^POST/, body: {} });
    await assert.rejects(forge.open(WANTED), failsWith('forge_unavailable', /has no (?:number|iid|state)/, fake.token));
    fake.faults.splice(0);
    for (const headers of [{ location: 'http://[' }, { location: 'http://x:y:z' }]) {
      fake.faults.push({ on: /./, status: 302, headers });
      await assert.rejects(forge.find(BRANCH, null), failsWith('forge_unavailable', /redirect/, fake.token));
    }
    fake.faults.push({ on: /./, body: [], headers: { link: '<http://[>; rel="next"' } });
    await assert.rejects(forge.find(BRANCH, null), failsWith('forge_unavailable', /URL/, fake.token));
  }
});

test('a list without an end fails: a part of it could say the opposite', async (t) => {
  const { fake, forge } = await github(t);
  fake.perPage = 1;
  for (let run = 0; run < 101; run++)
    fake.checkRuns.push({ name: `c${run}`, status: 'completed', conclusion: run < 100 ? 'success' : 'failure' });
  await assert.rejects(forge.checks(SHA), failsWith('forge_unavailable', /more than 100 pages/, fake.token));
});

test('who may push is asked of the forge', async (t) => {
  const { fake, forge } = await github(t);
  fake.permissions['ann'] = 'write';
  assert.deepEqual([await forge.mayWrite('ann'), await forge.mayWrite('eve')], [true, false]);
  const lab = await gitlab(t);
  Object.assign(lab.fake.users, { ann: { id: 1, level: 30 }, eve: { id: 2, level: 20 }, guest: { id: 3, level: 0 } });
  for (const [name, may] of Object.entries({ ann: true, eve: false, guest: false, nobody: false }))
    assert.equal(await lab.forge.mayWrite(name), may, name);
});
