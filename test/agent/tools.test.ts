import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { AgentTool } from '../../src/agent/tools/agent-tool.js';
import { MAX_RESULT_BYTES } from '../../src/agent/tools/share-room.js';
import { deleteFile } from '../../src/agent/tools/files/delete-file.js';
import { editFile } from '../../src/agent/tools/files/edit-file.js';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { ls } from '../../src/agent/tools/search/ls.js';
import { moveFile } from '../../src/agent/tools/files/move-file.js';
import { readFile as readFileTool } from '../../src/agent/tools/files/read-file.js';
import { writeFile as writeFileTool } from '../../src/agent/tools/files/write-file.js';
import { editText } from '../../src/offload/lines/edit-text.js';
import { readPage } from '../../src/offload/lines/read-page.js';
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

test('read_file: numbered lines, some lines, and beyond the end', async (t) => {
  const { use } = await toolBench(t, { 'repo/a.txt': 'one\ntwo\nthree\nfour', 'repo/empty': '', 'repo/nl': '\n' });
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt' }),
    '     1\tone\n     2\ttwo\n     3\tthree\n     4\tfour',
  );
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt', offset: '1', limit: 2 }),
    '     2\ttwo\n     3\tthree\n[lines 2 to 3 of 4; read on with offset 3]',
  );
  assert.equal(await use(readFileTool, { path: 'repo/a.txt', offset: 3 }), '     4\tfour\n[line 4 of 4]');
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt', offset: 9, limit: null }),
    '[past the end: the file has only 4 lines]',
  );
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt', offset: -3, limit: 1e9 }),
    await use(readFileTool, { path: 'repo/a.txt' }),
  );
  assert.equal(await use(readFileTool, { path: 'repo/empty' }), '(empty file)');
  assert.equal(await use(readFileTool, { path: 'repo/nl' }), '     1\t');
});

test('read_file: several files and ranges by one call; one that is missing does not cost the others', async (t) => {
  const { use } = await toolBench(t, {
    'repo/a.txt': 'one\ntwo\nthree\n',
    'repo/b.txt': 'b\n',
    'repo/big': 'x'.repeat(70).concat('\n').repeat(2_000),
  });
  const more = [{ offset: 2, limit: 1 }, { path: 'repo/none' }, { path: 'b.txt' }];
  assert.equal(
    await use(readFileTool, { path: 'repo/a.txt', limit: 1, more }),
    [
      '== repo/a.txt',
      '     1\tone',
      '[line 1 of 3; read on with offset 1]',
      '== repo/a.txt',
      '     3\tthree',
      '[line 3 of 3]',
      '== repo/none',
      'Error: there is no file repo/none',
      '== b.txt',
      '[this is repo/b.txt]',
      '     1\tb',
    ].join('\n'),
  );
  await assert.rejects(use(readFileTool, { path: 'repo/x', more: [{ path: 'repo/y' }] }), refused);
  // each gets its share, and says how to read on
  const shared = await use(readFileTool, { path: 'repo/big', limit: 2_000, more: [{}, {}, { path: 'repo/b.txt' }] });
  assert.ok(Buffer.byteLength(shared) < MAX_RESULT_BYTES);
  assert.equal(shared.match(/\[lines 1 to \d+ of 2000; read on with offset \d+\]/g)?.length, 3);
  assert.ok(shared.endsWith('== repo/b.txt\n     1\tb'));
  const many = await use(readFileTool, { path: 'repo/b.txt', more: Array.from({ length: 50 }, () => ({})) });
  assert.match(many, /\[31 more were not read: one call reads 20\]$/);
});

test('read_file: a file of one line of 2 MB is read on to its end', async (t) => {
  const line = Array.from({ length: 300_000 }, (_, n) => `é${n}🌳`).join('');
  const { use } = await toolBench(t, { 'repo/one': line });
  let [text, column, calls] = ['', 0, 0];
  for (;;) {
    const answer = await use(readFileTool, { path: 'repo/one', column });
    assert.ok(Buffer.byteLength(answer) <= MAX_RESULT_BYTES);
    const [shown = '', note = ''] = answer.slice(7).split('\n');
    text += shown;
    calls += 1;
    const next = /read on with offset 0, column (\d+)\]$/.exec(note)?.[1];
    if (next === undefined) break;
    column = Number(next);
  }
  assert.ok(text === line, 'nothing is lost and nothing is doubled');
  assert.ok(calls < 80, `${calls} calls`);
  assert.match(
    await use(readFileTool, { path: 'repo/one', column: 1e9 }),
    /^\[past the end: line 1 has only \d+ characters\]$/,
  );
});

test('read_file: whoever follows its notes reads any file whole', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '🌳', '\t'), maxLength: 40 });
  const long = fc.tuple(line, fc.integer({ min: 1, max: 300 })).map(([piece, times]) => piece.repeat(times));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, long), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 40, max: 3_000 }),
      (lines, maxBytes) => {
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        const read: string[] = [];
        for (let [offset, calls] = [0, 0]; offset < lines.length; calls++) {
          assert.ok(calls <= lines.length, 'each call reads at least one line');
          const page = readPage(bytes, { offset, limit: 500, column: 0, maxBytes }) ?? assert.fail();
          const rows = page.split('\n').filter((row) => !/^\[(?:lines?|characters) /.test(row));
          for (const row of rows) {
            const [, number, text = ''] = /^ *(\d+)\t([^]*)$/.exec(row) ?? assert.fail(row);
            const n = Number(number) - 1;
            assert.equal(n, read.length);
            read.push(wholeLine(bytes, n, text, page));
          }
          offset = read.length;
        }
        assert.deepEqual(read, lines);
      },
    ),
    { numRuns: 200 },
  );

  /** Reads on in a line that was cut. */
  function wholeLine(bytes: Buffer, offset: number, shown: string, page: string): string {
    const cutAt = /… \[characters 1 to \d+ of \d+; read on with offset \d+, column (\d+)\]$/.exec(shown);
    let text = cutAt ? shown.slice(0, cutAt.index) : shown;
    const alone = new RegExp(`^\\[characters 1 to (\\d+) of \\d+ of line ${offset + 1}; read on`, 'm').exec(page);
    let column = Number(cutAt?.[1] ?? alone?.[1] ?? 0);
    while (column > 0) {
      const [row = '', note = ''] = (readPage(bytes, { offset, limit: 1, column, maxBytes: 500 }) ?? '').split('\n');
      text += row.slice(7);
      column = Number(/column (\d+)\]$/.exec(note)?.[1] ?? 0);
    }
    return text;
  }
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
  assert.equal(await use(readFileTool, { path: 'repo/crlf' }), '     1\tone\n     2\ttwo\n     3\tthree');
  assert.equal(
    await use(readFileTool, { path: 'repo/mixed', offset: 1, limit: 2 }),
    '     2\ttwo\n     3\tthree\n[lines 2 to 3 of 4; read on with offset 3]',
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
      const edited = editText(`${head}<old>${tail}`, [{ oldText: '<old>', newText: '<new>' }]);
      assert.equal('text' in edited && edited.text, `${head}<new>${tail}`);
    }),
    { numRuns: 1_000 },
  );
});

test('edit_file: the same edits again leave the file as it is (a killed step is repeated)', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 });
  const edit = fc.record({ oldText: piece, newText: piece, replaceAll: fc.boolean() });
  let made = 0;
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 30 });
  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 3 }), (before, edits) => {
      const apply = (from: string): string | null => {
        const edited = editText(from, edits, true);
        return 'text' in edited ? edited.text : null;
      };
      const once = apply(before);
      if (once === null) return true;
      made += Number(once !== before);
      // a refusal leaves the file as it is, too
      return (apply(once) ?? once) === once;
    }),
    { numRuns: 3_000 },
  );
  assert.ok(made > 100, `${made} edits were made`);
});

test('edit_file: a text that is not there is a miss, also where the new text happens to be in the file', async (t) => {
  const text = 'function a() {\n  return 1;\n}\n';
  const { use, root } = await toolBench(t, { 'repo/a.ts': text });
  const miss = { path: 'repo/a.ts', oldText: '  retrun 1;\n}', newText: '}' };
  await assert.rejects(use(editFile, miss), { ...refused, message: /oldText is not in the file/ });
  const edits = [
    { oldText: 'return 1', newText: 'return 2' },
    { oldText: 'const nothing = here;', newText: '\n' },
  ];
  await assert.rejects(use(editFile, { path: 'repo/a.ts', edits }), { ...refused, message: /edit 2: oldText is not/ });
  assert.equal(await readFile(join(root, 'repo/a.ts'), 'utf8'), text);
});

test('glob and the glob of grep take paths that begin in the repository or in the folder that is searched', async (t) => {
  const { use } = await toolBench(t, { 'repo/src/a.ts': 'return\n', 'repo/src/b/c.ts': 'return\n' });
  for (const args of [{ pattern: 'src/*.ts' }, { pattern: 'repo/src/*.ts' }, { pattern: 'src/*.ts', path: 'repo' }])
    assert.equal(await use(glob, args), 'repo/src/a.ts', JSON.stringify(args));
  assert.equal(await use(glob, { pattern: 'b/*.ts', path: 'repo/src' }), 'repo/src/b/c.ts');
  assert.equal(await use(grep, { pattern: 'return', glob: 'src/*.ts' }), 'repo/src/a.ts:1: return');
  assert.equal(
    await use(grep, { pattern: 'return', glob: 'src/**/*.ts', output: 'files' }),
    'repo/src/a.ts\nrepo/src/b/c.ts',
  );
});

test('grep finds what stands far behind in a long line, and shows it', async (t) => {
  const { use } = await toolBench(t, {
    'repo/a.js': `${'x'.repeat(5_000)}needle`,
    'repo/b.js': `${'y'.repeat(400_000)}needle${'y'.repeat(1_000)}`,
  });
  const found = await use(grep, { pattern: 'needle', path: 'repo' });
  assert.equal(found.match(/needle/g)?.length, 2, found);
  assert.match(found, /^repo\/a\.js:1: …x+needle$/m);
  assert.match(await use(grep, { pattern: 'needle', path: 'repo', output: 'counts' }), /a\.js.*1[^]*b\.js.*1/);
  assert.equal(await use(grep, { pattern: 'needle$', path: 'repo', output: 'files' }), 'repo/a.js');
  assert.equal(await use(grep, { pattern: '^needle', path: 'repo' }), 'no line matches');
});

test('edit_file: several edits are made at once, each on the text as it was, or none is', async (t) => {
  const { use, root } = await toolBench(t, { 'repo/a.txt': 'a\r\nb\r\nc\r\nd\r\n' });
  const text = (): Promise<string> => readFile(join(root, 'repo/a.txt'), 'utf8');
  const swap = [
    { oldText: 'a', newText: 'a-b' },
    { oldText: 'c\n', newText: '' },
    { oldText: 'd', newText: 'x\ny' },
  ];
  assert.equal(
    await use(editFile, { path: 'a.txt', edits: swap }),
    'Wrote 14 bytes to repo/a.txt (replaced the old file).\n' +
      'Changed, as it is now: line 1, 3 to 4\n     1\ta-b\n     2\tb\n     3\tx\n     4\ty',
  );
  assert.equal(await text(), 'a-b\r\nb\r\nx\r\ny\r\n');
  const bad = { path: 'repo/a.txt', oldText: 'b\n', newText: 'B\n', edits: [{ oldText: 'zz', newText: '' }] };
  await assert.rejects(use(editFile, bad), { ...refused, message: /nothing was changed\. edit 1: .*2 times|edit 2/ });
  const overlap = [
    { oldText: 'x\ny', newText: '1' },
    { oldText: 'y', newText: '2' },
  ];
  await assert.rejects(use(editFile, { path: 'repo/a.txt', edits: overlap }), {
    message: /edit 1: it overlaps edit 2/,
  });
  await assert.rejects(use(editFile, { path: 'repo/a.txt' }), { message: /give oldText and newText, or edits/ });
  await assert.rejects(use(editFile, { path: 'repo/a.txt', oldText: 'x' }), { message: /newText is missing/ });
  assert.equal(await text(), 'a-b\r\nb\r\nx\r\ny\r\n');
});

test('edit_file: a miss names the nearest place and what differs; a hit shows its lines with three around', async (t) => {
  const code = [
    'import x;',
    '',
    'function add(a, b) {',
    '\treturn a + b;',
    '}',
    '',
    'function sub(a, b) {',
    '\treturn a - b;',
    '}',
  ];
  const { use } = await toolBench(t, { 'repo/a.ts': `${code.join('\n')}\n`, 'repo/b': 'nothing alike\n' });
  const miss = async (oldText: string, path = 'repo/a.ts'): Promise<string> => {
    const error: Error = await use(editFile, { path, oldText, newText: 'new' }).then(assert.fail, (e: Error) => e);
    assert.match(error.message, /^oldText is not in the file\. /);
    return error.message.slice('oldText is not in the file. '.length);
  };
  assert.equal(
    await miss('function sub(a, b) {\n    return a - b;\n}'),
    'The nearest place is lines 7 to 9; what differs (only in white space) is line 8: the file has "\\treturn a - b;", oldText has "    return a - b;".',
  );
  assert.match(
    await miss('function Add(a, b) {'),
    /^The nearest place is line 3; what differs \(only in upper and lower case\)/,
  );
  assert.match(
    await miss('function add(a, b, c) {\n\treturn a + b;'),
    /^The nearest place is lines 3 to 4; what differs is line 3/,
  );
  assert.match(await miss('     4\t\treturn a + b;\n     5\t}'), /line numbers that read_file shows/);
  assert.match(await miss('completely different', 'repo/b'), /Nothing in the file is much like it/);
  assert.equal(
    await use(editFile, { path: 'repo/a.ts', oldText: 'a + b', newText: 'b + a' }),
    'Wrote 88 bytes to repo/a.ts (replaced the old file).\nChanged, as it is now: line 4\n' +
      code
        .slice(0, 7)
        .map((line, n) => `     ${n + 1}\t${line.replace('a + b', 'b + a')}`)
        .join('\n'),
  );
  await assert.rejects(use(editFile, { path: 'repo/a.ts', oldText: 'return', newText: 'yield' }), {
    message: /2 times \(lines 4, 8\)/,
  });
});

test('edit_file: whatever is not there, the refusal is short and names a line of the file', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '\t', '\n', '(', 'é'), maxLength: 200 });
  fc.assert(
    fc.property(text, text, (file, oldText) => {
      fc.pre(oldText !== '' && !file.includes(oldText));
      const edited = editText(file, [{ oldText, newText: `${oldText}!` }]);
      if (!('problem' in edited)) return;
      assert.ok(edited.problem.length < 800, edited.problem);
      const line = Number(/nearest place is lines? (\d+)/.exec(edited.problem)?.[1] ?? 1);
      assert.ok(line >= 1 && line <= file.split('\n').length, edited.problem);
    }),
    { numRuns: 500 },
  );
});

test('delete_file and move_file: files go, and nothing is overwritten', async (t) => {
  const { use, root, wrote } = await toolBench(t, { 'repo/a.txt': 'a', 'repo/b.txt': 'b', 'repo/.git': 'gitdir: x' });
  await symlink('/etc/passwd', join(root, 'repo', 'link'));
  assert.equal(
    await use(moveFile, { from: 'a.txt', to: 'repo/new/deep/c.txt' }),
    'Moved repo/a.txt to repo/new/deep/c.txt.',
  );
  assert.equal(await readFile(join(root, 'repo/new/deep/c.txt'), 'utf8'), 'a');
  assert.deepEqual(wrote, ['repo/new/deep/c.txt']);
  await assert.rejects(use(moveFile, { from: 'repo/b.txt', to: 'repo/new/deep/c.txt' }), {
    ...refused,
    message: /is there already: nothing was moved/,
  });
  assert.equal(await use(deleteFile, { path: 'b.txt' }), 'Deleted repo/b.txt.');
  await assert.rejects(use(deleteFile, { path: 'repo/b.txt' }), {
    ...refused,
    message: /there is no file repo\/b\.txt/,
  });
  for (const path of [
    'repo',
    'repo/new',
    'repo/link',
    'repo/.git',
    'repo/.GIT/x',
    '../x',
    '/etc/passwd',
    'artifacts',
    '',
  ])
    await assert.rejects(use(deleteFile, { path }), refused, path);
  for (const to of ['repo', 'repo/new', 'repo/link', 'repo/.git', 'repo/x/.git/hooks', '../x', '/tmp/x', 'x.txt'])
    await assert.rejects(use(moveFile, { from: 'repo/README.md', to }), refused, to);
  assert.equal(await readFile(join(root, 'repo/README.md'), 'utf8'), '# Orchard\n');
});

test('a path without repo/ is taken where the repository has it, and nowhere else', async (t) => {
  const { use, root } = await toolBench(t, {
    'repo/src/a.ts': 'in repo\n',
    'repo/artifacts/x.json': '{}',
    'repo/etc/passwd': 'x',
  });
  await symlink('/etc', join(root, 'repo', 'out'));
  assert.equal(await use(readFileTool, { path: './src//a.ts' }), '[this is repo/src/a.ts]\n     1\tin repo');
  assert.equal(await use(ls, { path: 'src' }), '[this is repo/src]\na.ts  8');
  assert.equal(await use(grep, { pattern: 'in', path: 'src' }), 'repo/src/a.ts:1: in repo');
  assert.match(await use(writeFileTool, { path: 'src/a.ts', content: 'new' }), /to repo\/src\/a\.ts/);
  // what could mean two places is not guessed at, and a new file needs the whole path
  for (const path of ['artifacts/x.json', 'src/new.ts', '/etc/passwd', 'out/passwd', 'src/../a.ts', '~/src/a.ts'])
    await assert.rejects(use(readFileTool, { path }), refused, path);
  await assert.rejects(use(writeFileTool, { path: 'src/new.ts', content: '' }), {
    ...refused,
    message: /begin with repo\//,
  });
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

test('grep: lines around, the files alone, and how many each has', async (t) => {
  const { use } = await toolBench(t, { 'repo/a.txt': 'a\nb\nhit\nc\nd\nhit\nhit\n', 'repo/b.txt': 'hit\n' });
  assert.equal(
    await use(grep, { pattern: 'hit', path: 'repo/a.txt', context: 1 }),
    [
      'repo/a.txt-2- b',
      'repo/a.txt:3: hit',
      'repo/a.txt-4- c',
      '--',
      'repo/a.txt-5- d',
      'repo/a.txt:6: hit',
      'repo/a.txt:7: hit',
    ].join('\n'),
  );
  assert.equal(await use(grep, { pattern: 'hit', output: 'files' }), 'repo/a.txt\nrepo/b.txt');
  assert.equal(
    await use(grep, { pattern: 'hit', output: 'counts' }),
    'repo/a.txt: 3\nrepo/b.txt: 1\n[4 matches in 2 files]',
  );
  assert.equal(await use(grep, { pattern: 'nowhere', output: 'counts' }), 'no line matches');
});

test('grep: many matches and long lines are bounded; a file full of them does not hide the others', async (t) => {
  const { use } = await toolBench(t, {
    'repo/a': 'hit\n'.repeat(1_000),
    'repo/node_modules/b.js': 'hit\n',
    'repo/z.ts': 'the hit\n',
    'repo/long': `${'x'.repeat(5_000)}hit`,
  });
  const lines = (await use(grep, { pattern: 'hit' })).split('\n');
  assert.equal(lines.length, 201);
  assert.match(lines.at(-1) ?? '', /^\[200 of 1003 matches in 4 files; give a path/);
  assert.ok(lines.includes('repo/z.ts:1: the hit'), 'the last file is there');
  assert.equal(lines.at(-2), 'repo/node_modules/b.js:1: hit', 'what others made comes last');
  assert.match(await use(grep, { pattern: 'x', path: 'repo/long' }), /^repo\/long:1: x{299}…$/);
});

test('ls: a depth shows folders with what is in them, and enters neither git nor packages', async (t) => {
  const { use, root } = await toolBench(t, {
    'repo/src/deep/a.ts': 'a',
    'repo/src/b.ts': 'bb',
    'repo/node_modules/x/y.js': '',
    'repo/.git/config': '',
  });
  await symlink('/etc', join(root, 'repo', 'src', 'link'));
  assert.equal(
    await use(ls, { path: 'repo', depth: 2 }),
    '.git/\nREADME.md  10\nnode_modules/\nsrc/\n  b.ts  2\n  deep/\n  link@',
  );
  assert.match(await use(ls, { depth: 99 }), /^ {6}a\.ts {2}1$/m);
  const many = await toolBench(
    t,
    Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`repo/d${n % 7}/f${n}`, ''])),
  );
  const lines = (await many.use(ls, { path: 'repo', depth: 3 })).split('\n');
  assert.ok(lines.length <= 510, `${lines.length} lines`);
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
    'edits',
    'more',
    'column',
    'from',
    'to',
    'context',
    'output',
    'depth',
  );
  const args = fc.oneof(fc.dictionary(names, fc.jsonValue({ maxDepth: 1 })), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(ls, readFileTool, writeFileTool, editFile, deleteFile, moveFile, glob, grep),
      args,
      async (tool, given) => {
        await use(tool, given).catch((error: Error) => assert.match(error.name, refused.name));
      },
    ),
    { numRuns: 400 },
  );
});

test('glob: round brackets belong to names, unless they have alternatives', async (t) => {
  const names = [
    '(group)/page.tsx',
    '@modal/(.)photo/page.tsx',
    '(a)(b)/x.ts',
    'odd(.txt',
    'odd).txt',
    '[id]/p.ts',
    'a/x.js',
    'b/x.js',
  ];
  const { use } = await toolBench(t, Object.fromEntries(names.map((name) => [`repo/${name}`, 'needle'])));
  const found = async (pattern: string): Promise<string[]> => (await use(glob, { pattern })).split('\n').sort();
  for (const name of names) {
    const quoted = name.replace(/[[\]]/g, '\\$&');
    assert.deepEqual(await found(`repo/${quoted}`), [`repo/${name}`], name);
    assert.deepEqual(await found(`repo/${quoted.replace(/[()]/g, '\\$&')}`), [`repo/${name}`], `${name}, quoted`);
  }
  assert.deepEqual(await found('repo/(group)/**'), ['repo/(group)/page.tsx']);
  assert.deepEqual(await found('repo/(*)/*.tsx'), ['repo/(group)/page.tsx']);
  assert.deepEqual(await found('repo/(a|b)/*.js'), ['repo/a/x.js', 'repo/b/x.js']);
  assert.deepEqual(await found('repo/{a,b}/*.js'), ['repo/a/x.js', 'repo/b/x.js']);
  assert.match(await use(grep, { pattern: 'needle', glob: 'repo/(group)/*.tsx' }), /\(group\)\/page\.tsx/);
});

test('read_file: a column within a character begins with the whole of it', async (t) => {
  const { use } = await toolBench(t, { 'repo/a': 'ab😀cd' });
  assert.match(await use(readFileTool, { path: 'repo/a', column: 3 }), /\t😀cd\n\[characters 3 to 6 of 6/);
  assert.match(await use(readFileTool, { path: 'repo/a', column: 4 }), /\tcd\n\[characters 5 to 6 of 6/);
});

test('a new path that ends with a slash is a folder: a file moves into it, and none is written there', async (t) => {
  const { use, root } = await toolBench(t, { 'repo/a.txt': 'a' });
  assert.match(await use(moveFile, { from: 'repo/a.txt', to: 'repo/new/deep/' }), /to repo\/new\/deep\/a\.txt/);
  assert.equal(await readFile(join(root, 'repo/new/deep/a.txt'), 'utf8'), 'a');
  assert.match(await use(moveFile, { from: 'repo/new/deep/a.txt', to: 'repo/new/' }), /to repo\/new\/a\.txt/);
  await assert.rejects(use(writeFileTool, { path: 'repo/other/', content: 'x' }), /names a folder/);
});
