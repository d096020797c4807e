import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDotGit } from '../../src/workspace/confined/agent-path.js';
import { openConfinedFolder, PathRefused, type ConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { sha256 } from '../../src/domain/text/hash.js';
import { failure } from '../support/failure.js';
import { temporaryFolder, writeFiles } from '../support/git-repository.js';
import { prison, SECRET } from './support/prison.js';

async function walked(folder: ConfinedFolder, path: string, limit = 1_000, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for await (const file of folder.walk(path, { limit, signal })) found.push(file.path);
  return found;
}

const NOWHERE: Array<[attack: string, path: string | ((root: string) => string)]> = [
  ['nothing', ''],
  ['blanks', '   '],
  ['an absolute path', '/etc/passwd'],
  ['an absolute path that looks like ours', '/repo/README.md'],
  ['a sibling whose name begins alike', (root) => `${root}-sibling/secret.txt`],
  ['the way up', '../outside/secret.txt'],
  ['the way up from inside', 'repo/../../outside/secret.txt'],
  ['the way up and back', 'repo/../repo/README.md'],
  ['the way up from the absolute path', (root) => `${root}/repo/../../outside/secret.txt`],
  ['the home folder', '~/secret'],
  ['another home folder', '~root/.bashrc'],
  ['backslashes', 'repo\\..\\..\\outside\\secret.txt'],
  ['a NUL', 'repo/README.md\0.txt'],
  ['a line end', 'repo/README.md\n'],
  ['a control character', 'repo/\u0085README.md'],
  ['half a character', 'repo/\ud800'],
  ['a long name', `repo/${'x'.repeat(256)}`],
  ['a long name of few characters', `repo/${'日'.repeat(86)}`],
  ['a long path', `repo/${'x/'.repeat(2_100)}x`],
  ['a link to a folder', 'repo/link-folder/secret.txt'],
  ['a link to a folder, relative', 'repo/src/link-up/secret.txt'],
  ['a link to a file', 'repo/link-file'],
  ['a link to nothing', 'repo/link-dangling'],
  ['a link to a file inside', 'repo/link-inside'],
  ['a link to itself', 'repo/loop'],
  ['a link to the root', 'artifacts/slash/etc/passwd'],
  ['a hard link', 'repo/hard-link'],
  ['a FIFO', 'repo/fifo'],
  ['a socket', 'repo/socket'],
  ['a folder', 'repo/src'],
  ['the folder of the repository', 'repo'],
  ['the whole folder', '.'],
  ['a file as a folder', 'repo/README.md/x'],
  ['the report', 'report.json'],
  ['what is known of the worktree', '.worktree.json'],
  ['an earlier attempt', '.attempts/a.json'],
  ['unfinished files', '.tmp/x'],
  ['another top', 'Repo/README.md'],
];

for (const [attack, path] of NOWHERE) {
  test(`reading and writing lead nowhere: ${attack}`, async (t) => {
    const { root, folder, outside } = await prison(t);
    const [target, before] = [typeof path === 'string' ? path : path(root), outside()];
    const refused = (error: unknown): boolean =>
      error instanceof PathRefused &&
      !error.message.includes(SECRET) &&
      !error.message.includes('/outside/secret.txt: ');
    await assert.rejects(folder.read(target), refused);
    await assert.rejects(folder.write(target, 'overwritten'), refused);
    assert.deepEqual(outside(), before);
    if (target.includes('..')) await assert.rejects(folder.read(target), /\.\. is not allowed|use \/ and not/);
  });
}

test('what belongs to git, in any spelling a disk may take for it, is not written', async (t) => {
  const { folder, root } = await prison(t);
  const names = [
    '.git',
    '.GIT',
    '.Git',
    '.git ',
    '.git.',
    '.git. .',
    'git~1',
    'GIT~2',
    '.git::$INDEX_ALLOCATION',
    '.g\u200cit',
    '.git\u200d',
    '\ufeff.git',
  ];
  for (const name of names) {
    for (const path of [`repo/${name}`, `repo/${name}/config`, `repo/src/${name}/hooks/pre-commit`])
      await assert.rejects(folder.write(path, 'x'), PathRefused, JSON.stringify(path));
  }
  for (const name of ['.gitignore', '.gitattributes', '.github', 'x.git', 'git', 'git~', '.gi', 'git~1x'])
    assert.ok(!isDotGit(name), name);
  await folder.write('repo/.github/workflows/ci.yml', 'on: push');
  assert.match(readFileSync(join(root, 'repo/.git'), 'utf8'), /^gitdir/);
  assert.match((await folder.read('repo/.git')).bytes.toString(), /^gitdir/, 'reading it is allowed');
});

test('a file is written with the folders it needs, and replaced with its mode kept', async (t) => {
  const { folder, root } = await prison(t);
  const path = 'repo/new/folder/ü – 日本.sh';
  assert.deepEqual(await folder.write(path, 'echo é'), { path, bytes: 7, sha256: sha256('echo é'), replaced: false });
  chmodSync(join(root, path), 0o4755);
  assert.deepEqual(await folder.write(`./repo//new/./folder/ü – 日本.sh`, Buffer.from([0, 255, 1])), {
    path,
    bytes: 3,
    sha256: sha256(Buffer.from([0, 255, 1])),
    replaced: true,
  });
  assert.equal(statSync(join(root, path)).mode & 0o7777, 0o755, 'executable still, set-uid no longer');
  assert.deepEqual(
    (await folder.read(join(root, path))).bytes,
    Buffer.from([0, 255, 1]),
    'an absolute path inside means the relative one',
  );
  assert.deepEqual(readdirSync(join(root, '.tmp')), []);
  assert.deepEqual(readdirSync(join(root, 'repo/new/folder')), ['ü – 日本.sh']);
});

test('the policy decides about normalised paths, and its reason is told', async (t) => {
  const asked: string[] = [];
  const { folder, root } = await prison(
    t,
    (path) => (asked.push(path), path.startsWith('artifacts/') ? null : 'the repository is only to be read'),
  );
  await folder.write('./artifacts//b.json', '{}');
  await assert.rejects(
    folder.write(`${root}/repo/README.md`, 'x'),
    (error) => error instanceof PathRefused && error.message === 'the repository is only to be read',
  );
  assert.deepEqual(asked, ['artifacts/b.json', 'repo/README.md']);
});

test('a folder shows names, kinds and sizes; its top shows only what agents may see', async (t) => {
  const { folder } = await prison(t);
  assert.deepEqual((await folder.list('.')).entries, [
    { name: 'artifacts', kind: 'directory' },
    { name: 'repo', kind: 'directory' },
  ]);
  const { entries, truncated } = await folder.list('repo/');
  const kinds = Object.fromEntries(
    entries.map(({ name, kind, size }) => [name, size === undefined ? kind : `${kind} ${size}`]),
  );
  assert.equal(truncated, false);
  assert.deepEqual(
    [kinds['README.md'], kinds['src'], kinds['link-folder'], kinds['fifo'], kinds['socket']],
    ['file 6', 'directory', 'symlink', 'other', 'other'],
  );
  for (const path of [
    'repo/link-folder',
    'repo/README.md',
    'repo/nothing',
    '..',
    '/',
    '/etc',
    'repo/fifo',
    'artifacts/slash',
    '.tmp',
  ]) {
    if (path === '/') assert.equal((await folder.list(path)).entries.length, 2);
    else await assert.rejects(folder.list(path), PathRefused, path);
  }
});

test('a walk gives regular files only, through no link, and nothing of git', async (t) => {
  const { folder, root } = await prison(t);
  writeFiles(root, { 'repo/sub/.git/config': SECRET, 'repo/sub/.GIT/x': '', 'repo/sub/deep/er/f.txt': '' });
  assert.deepEqual(await walked(folder, '.'), [
    'artifacts/a.json',
    'repo/README.md',
    'repo/src/a.txt',
    'repo/sub/deep/er/f.txt',
  ]);
  assert.deepEqual(await walked(folder, 'repo/src/a.txt'), ['repo/src/a.txt']);
  assert.deepEqual(await walked(folder, '.', 2), ['artifacts/a.json', 'repo/README.md']);
  for (const path of ['repo/link-folder', 'repo/nothing', '..'])
    await assert.rejects(walked(folder, path), PathRefused);
  const reason = new Error('cancelled');
  await assert.rejects(walked(folder, 'repo', 10, AbortSignal.abort(reason)), reason);
});

test('a file of 1 GiB and a folder of 20,000 entries cost no more than was asked for', async (t) => {
  const { folder, root } = await prison(t);
  const file = openSync(join(root, 'repo/huge'), 'w');
  ftruncateSync(file, 1 << 30);
  closeSync(file);
  const { bytes, totalBytes } = await folder.read('repo/huge', { maxBytes: 1_000 });
  assert.deepEqual([bytes.length, totalBytes], [1_000, 1 << 30]);
  mkdirSync(join(root, 'repo/many'));
  for (let n = 0; n < 20_000; n++) symlinkSync('x', join(root, 'repo/many', `${n}`));
  writeFileSync(join(root, 'repo/many/file'), '');
  const before = process.cpuUsage().user;
  const { entries, truncated } = await folder.list('repo/many', { limit: 100 });
  assert.deepEqual([entries.length, truncated], [100, true]);
  assert.deepEqual(await walked(folder, 'repo/many'), ['repo/many/file']);
  assert.ok(process.cpuUsage().user - before < 10_000_000, 'microseconds');
  await assert.rejects(
    folder.write('repo/big', Buffer.alloc(17 << 20)),
    (error) => error instanceof PathRefused && error.reason === 'too_large',
  );
});

test('many writes to one file at once leave one of them whole', async (t) => {
  const { folder, root } = await prison(t);
  const contents = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(50_000));
  await Promise.all(contents.map((content) => folder.write('repo/deep/new/x.txt', content)));
  assert.ok(contents.includes(readFileSync(join(root, 'repo/deep/new/x.txt'), 'utf8')));
});

test("a run's folder that is gone fails the run, and is not told to the agent", async (t) => {
  const root = join(temporaryFolder(t), 'run');
  const folder = openConfinedFolder(root, { mayWrite: () => null });
  await assert.rejects(folder.read('repo/x'), failure('workspace_lost'));
  mkdirSync(join(root, 'repo'), { recursive: true });
  await folder.write('repo/x', '');
  rmSync(root, { recursive: true });
  await assert.rejects(folder.write('repo/x', ''), failure('workspace_lost'));
  await assert.rejects(folder.list('.'), failure('workspace_lost'));
});
