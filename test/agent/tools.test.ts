import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { AgentTool } from '../../src/agent/tools/agent-tool.js';
import { editFile } from '../../src/agent/tools/files/edit-file.js';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { ls } from '../../src/agent/tools/search/ls.js';
import { readFile as readFileTool } from '../../src/agent/tools/files/read-file.js';
import { writeFile as writeFileTool } from '../../src/agent/tools/files/write-file.js';
import { editText } from '../../src/offload/edit-text.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';

interface ToolBench {
  root: string;
  wrote: string[];
  use: (tool: AgentTool, args: unknown) => Promise<string>;
}

async function toolBench(t: TestContext, files: Record<string, string | Buffer> = {}): Promise<ToolBench> {
  const root = await mkdtemp(join(tmpdir(), 'phasegate-tools-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ 'artifacts/.keep': '', 'repo/README.md': '# Orchard\n', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const wrote: string[] = [];
  const context = {
    folder: openConfinedFolder(root, { mayWrite: () => null }),
    signal: new AbortController().signal,
    wrote: (path: string) => void wrote.push(path),
  };
  return { root, wrote, use: (tool, args) => tool.run(args, context) };
}

const refused = { name: /ToolRefusal|PathRefused/ };

test('ls: folders, links and files with their size', async (t) => {
  const { use, root } = await toolBench(t, { 'repo/src/a.ts': 'a', 'repo/b.txt': 'bb' });
  await symlink('/etc', join(root, 'repo', 'link'));
  assert.equal(await use(ls, {}), 'artifacts/\nrepo/');
  assert.equal(await use(ls, { path: 'repo' }), 'README.md  10\nb.txt  2\nlink@\nsrc/');
  await assert.rejects(use(ls, { path: 'repo/nowhere' }), refused);
});

test('read_file: all of it, some lines, and beyond the end', async (t) => {
  const { use } = await toolBench(t, { 'repo/a.txt': 'one\ntwo\nthree\nfour', 'repo/empty': '' });
  assert.equal(await use(readFileTool, { path: 'repo/a.txt' }), 'one\ntwo\nthree\nfour');
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt', offset: '1', limit: 2 }),
    'two\nthree\n[lines 2 to 3 of 4; use offset to read on]',
  );
  assert.equal(await use(readFileTool, { path: 'repo/a.txt', offset: 9, limit: null }), '[the file has only 4 lines]');
  assert.equal(await use(readFileTool, { path: 'repo/empty' }), '(empty file)');
});

test('read_file: a file that is not text, or is too large, is refused with its size', async (t) => {
  const { use } = await toolBench(t, {
    'repo/nul': 'a\0b',
    'repo/latin1': Buffer.from([0x66, 0xfc]),
    'repo/huge': Buffer.alloc(5 * 1024 * 1024, 'x'),
  });
  await assert.rejects(use(readFileTool, { path: 'repo/nul' }), { ...refused, message: /not UTF-8 text \(3 bytes\)/ });
  await assert.rejects(use(readFileTool, { path: 'repo/latin1' }), refused);
  await assert.rejects(use(readFileTool, { path: 'repo/huge' }), { ...refused, message: /5242880 bytes/ });
  await assert.rejects(use(readFileTool, { path: 'repo' }), refused);
});

test('write_file: text, objects as JSON, and the path it reports', async (t) => {
  const { use, root, wrote } = await toolBench(t);
  assert.equal(await use(writeFileTool, { path: './repo//x/y.txt', content: 'é' }), 'Wrote 2 bytes to repo/x/y.txt.');
  assert.match(await use(writeFileTool, { path: 'repo/x/y.txt', content: ['a'] }), /replaced/);
  assert.equal(await readFile(join(root, 'repo/x/y.txt'), 'utf8'), '[\n  "a"\n]\n');
  assert.deepEqual(wrote, ['repo/x/y.txt', 'repo/x/y.txt']);
  await assert.rejects(use(writeFileTool, { path: '../out', content: '' }), refused);
  await assert.rejects(use(writeFileTool, { path: 'repo/a', content: 5 }), { ...refused, message: /content: / });
  assert.equal(wrote.length, 2);
});

test('edit_file: one exact place, all places, and refusals that say why', async (t) => {
  const { use, root } = await toolBench(t, { 'repo/a.txt': 'x = 1\ny = 1\n' });
  await assert.rejects(use(editFile, { path: 'repo/a.txt', oldText: '= 1', newText: '= 2' }), { message: /2 times/ });
  await use(editFile, { path: 'repo/a.txt', oldText: 'x = 1', newText: 'x = $&' });
  await use(editFile, { path: 'repo/a.txt', oldText: ' = ', newText: ': ', replaceAll: true });
  assert.equal(await readFile(join(root, 'repo/a.txt'), 'utf8'), 'x: $&\ny: 1\n');
  await assert.rejects(use(editFile, { path: 'repo/a.txt', oldText: 'z', newText: 'w' }), {
    message: /not in the file/,
  });
  await assert.rejects(use(editFile, { path: 'repo/a.txt', oldText: '', newText: 'w' }), refused);
});

const CRLF_FILES = {
  'repo/crlf': '\uFEFFone\r\ntwo\r\nthree\r\n',
  'repo/mixed': 'one\ntwo\r\nthree\rfour',
  'repo/cr': 'one\rtwo\rthree',
};

test('files with CRLF, CR, both, and a BOM: agents see and search lines, whatever they end with', async (t) => {
  const { use } = await toolBench(t, CRLF_FILES);
  assert.equal(await use(readFileTool, { path: 'repo/crlf' }), 'one\ntwo\nthree\n');
  assert.equal(
    await use(readFileTool, { path: 'repo/mixed', offset: 1, limit: 2 }),
    'two\nthree\n[lines 2 to 3 of 4; use offset to read on]',
  );
  assert.equal(
    await use(grep, { pattern: '^(one|two|three)$', path: 'repo/crlf' }),
    'repo/crlf:1: one\nrepo/crlf:2: two\nrepo/crlf:3: three',
  );
  assert.equal(await use(grep, { pattern: 'e$', path: 'repo/cr' }), 'repo/cr:1: one\nrepo/cr:3: three');
});

test('edit_file: line ends make no difference, and those of the file stay', async (t) => {
  const { use, root } = await toolBench(t, CRLF_FILES);
  const edit = async (name: string, oldText: string, newText: string): Promise<string> => {
    await use(editFile, { path: `repo/${name}`, oldText, newText });
    return readFile(join(root, 'repo', name), 'utf8');
  };
  assert.equal(await edit('crlf', 'one\ntwo', 'one\n1.5\ntwo'), '\uFEFFone\r\n1.5\r\ntwo\r\nthree\r\n');
  assert.equal(await edit('crlf', '1.5\r\n', ''), '\uFEFFone\r\ntwo\r\nthree\r\n');
  assert.equal(await edit('crlf', 'one', 'zero\none'), '\uFEFFzero\r\none\r\ntwo\r\nthree\r\n');
  assert.equal(await edit('mixed', 'one\ntwo\nthree', 'a\nb\nc\nd'), 'a\nb\r\nc\r\nd\rfour');
  assert.equal(await edit('mixed', 'd', 'd\ne'), 'a\nb\r\nc\r\nd\r\ne\rfour');
  assert.equal(await edit('cr', 'two\nthree', '2\n3\n'), 'one\r2\r3\r');
});

test('edit_file: what is outside the edit stays, byte for byte, whatever its line ends', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n', '\r\n'), maxLength: 8 });
  fc.assert(
    fc.property(piece, piece, fc.boolean(), (before, after, bom) => {
      const [head, tail] = [`${bom ? '\uFEFF' : ''}${before}`, after];
      // a CR before the part and a LF behind it would be one line end
      fc.pre(!head.endsWith('\r') && !tail.startsWith('\n'));
      const edited = editText(`${head}<old>${tail}`, '<old>', '<new>', false);
      assert.deepEqual(edited, { text: `${head}<new>${tail}`, changed: true });
    }),
    { numRuns: 1_000 },
  );
});

test('edit_file: the same edit again leaves the file as it is (a killed step is repeated)', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 });
  let made = 0;
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 30 });
  fc.assert(
    fc.property(text, piece, piece, fc.boolean(), (before, oldText, newText, all) => {
      const edit = (from: string): string | null => {
        const edited = editText(from, oldText, newText, all);
        return 'text' in edited ? edited.text : null;
      };
      const once = edit(before);
      if (once === null) return true;
      made += Number(once !== before);
      // a refusal leaves the file as it is, too
      return (edit(once) ?? once) === once;
    }),
    { numRuns: 2_000 },
  );
  assert.ok(made > 100, `${made} edits were made`);
});

test('glob: names everywhere, paths from the workspace, hidden files, and a bounded answer', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`repo/many/${index}.log`, '']));
  const { use } = await toolBench(t, {
    'repo/src/a.ts': '',
    'repo/src/deep/b.ts': '',
    'repo/.hidden/c.ts': '',
    ...many,
  });
  assert.deepEqual((await use(glob, { pattern: '*.ts' })).split('\n').toSorted(), [
    'repo/.hidden/c.ts',
    'repo/src/a.ts',
    'repo/src/deep/b.ts',
  ]);
  assert.equal(await use(glob, { pattern: '/repo/src/*.{ts,js}' }), 'repo/src/a.ts');
  assert.equal(await use(glob, { pattern: '*.ts', path: 'repo/src/deep' }), 'repo/src/deep/b.ts');
  assert.equal(await use(glob, { pattern: '*.py' }), 'no file matches');
  const answer = (await use(glob, { pattern: '*.log' })).split('\n');
  assert.deepEqual([answer.length, answer.at(-1)], [501, '[only the first 500 matches]']);
});

test('glob and grep: patterns that take exponential time are stopped, and the event loop lives', async (t) => {
  const { use } = await toolBench(t, { [`repo/${'a'.repeat(200)}`]: `${'a'.repeat(200)}!\n` });
  for (const [tool, pattern] of [
    [grep, '(a+)+$'],
    [grep, '(a|aa)+$'],
    [glob, `${'*a'.repeat(12)}*b`],
  ] as const) {
    const start = performance.now();
    await assert.rejects(use(tool, { pattern }), { ...refused, message: /the pattern took longer than 2 s/ });
    assert.ok(performance.now() - start < 20_000);
  }
  assert.match(await use(grep, { pattern: '(a+)+$', literal: true }), /no line matches/);
});

test('grep: lines with their place; literal, case, glob; binary and large files are counted', async (t) => {
  const { use } = await toolBench(t, {
    'repo/a.ts': 'const one = 1;\nlet two = one + 1; // One?\n',
    'repo/b.md': 'one\r\n',
    'repo/bin': 'one\0',
    'repo/huge': Buffer.alloc(1024 * 1024 + 1, 'one '),
  });
  const skipped = '[2 files were not searched: binary, or over 1 MiB]';
  assert.equal(
    await use(grep, { pattern: '\\bone\\b', glob: '*.ts' }),
    'repo/a.ts:1: const one = 1;\nrepo/a.ts:2: let two = one + 1; // One?',
  );
  assert.equal(await use(grep, { pattern: '^one$', path: 'repo/b.md' }), 'repo/b.md:1: one');
  assert.equal(
    await use(grep, { pattern: 'one?', literal: true, ignoreCase: true }),
    `repo/a.ts:2: let two = one + 1; // One?\n${skipped}`,
  );
  await assert.rejects(use(grep, { pattern: '(' }), { ...refused, message: /not a regular expression/ });
});

test('grep: many matches and long lines are bounded', async (t) => {
  const { use } = await toolBench(t, { 'repo/a': 'hit\n'.repeat(1_000), 'repo/long': `${'x'.repeat(5_000)}hit` });
  const lines = (await use(grep, { pattern: 'hit' })).split('\n');
  assert.deepEqual([lines.length, lines.at(-1)], [201, '[only the first 200 matches]']);
  assert.match(await use(grep, { pattern: 'x', path: 'repo/long' }), /^repo\/long:1: x{299}…$/);
});

test('no arguments of any shape make a tool throw anything but a refusal', async (t) => {
  const { use } = await toolBench(t);
  const names = fc.constantFrom(
    'path',
    'content',
    'oldText',
    'newText',
    'pattern',
    'limit',
    'offset',
    'glob',
    'literal',
    'replaceAll',
  );
  const args = fc.oneof(fc.dictionary(names, fc.jsonValue({ maxDepth: 1 })), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(ls, readFileTool, writeFileTool, editFile, glob, grep),
      args,
      async (tool, given) => {
        await use(tool, given).catch((error: Error) => assert.match(error.name, refused.name));
      },
    ),
    { numRuns: 400 },
  );
});
