import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePatch } from '../../src/domain/change/parse-patch.js';
import { anyText } from '../support/any-text.js';

const head = (path: string): string =>
  `diff --git a/${path} b/${path}\nindex 1..2 100644\n--- a/${path}\n+++ b/${path}\n`;

test('a patch is read file by file, with what git says of modes, renames and binary files', () => {
  const patch = `${head('src/a.ts')}@@ -1,2 +1,3 @@ function f\n a\n-b\n+c\n+d\n\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/x.png b/x.png
new file mode 100755
index 0000000..1
Binary files /dev/null and b/x.png differ
diff --git a/gone b/gone
deleted file mode 100644
index 1..0
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
`;
  assert.deepEqual(
    parsePatch(patch).map(({ path, notes, added, removed, hunks }) => [path, notes, added, removed, hunks.length]),
    [
      ['src/a.ts', [], 2, 1, 1],
      ['new name.txt', ['rename from old name.txt', 'rename to new name.txt'], 0, 0, 0],
      ['x.png', ['new file mode 100755', 'Binary files /dev/null and b/x.png differ'], 0, 0, 0],
      ['gone', ['deleted file mode 100644'], 0, 1, 1],
    ],
  );
});

test('no text of a file is taken for the begin of another file: not behind a carriage return, not as a head of a patch', () => {
  const fake = ['diff --git a/README.md b/README.md', '--- a/README.md', '+++ b/README.md', '@@ -1 +1 @@', '+harmless'];
  const lines = [`steal()\r${fake.join('\r')}`, ...fake, '-- a/README.md', '++ b/README.md'];
  const patch = `${head('x')}@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
  const files = parsePatch(patch);
  assert.deepEqual(
    files.map(({ path, added }) => [path, added]),
    [['x', lines.length]],
  );
  assert.deepEqual(
    files[0]?.hunks[0]?.lines.map(({ text }) => text),
    lines,
  );
});

test('what is put into a patch comes out of it, whatever the lines say', () => {
  const line = fc.tuple(
    fc.constantFrom(' ', '+', '-'),
    fc.oneof(
      anyText({ maxLength: 20 }),
      fc.constantFrom('-- a/x', '++ b/x', '@@ -1 +1 @@', 'diff --git a/x b/x', '\\ No newline', ''),
    ),
  );
  const file = fc.tuple(
    fc.stringMatching(/^[a-z]{1,8}\.ts$/),
    fc.array(
      line.map(([mark, text]) => ({ mark, text: text.replaceAll('\n', ' ') })),
      { minLength: 1, maxLength: 6 },
    ),
  );
  fc.assert(
    fc.property(fc.array(file, { maxLength: 4 }), (files) => {
      const count = (lines: { mark: string }[], gone: string): number =>
        lines.filter(({ mark }) => mark !== gone).length;
      const patch = files
        .map(
          ([path, lines]) =>
            `${head(path)}@@ -1,${count(lines, '+')} +1,${count(lines, '-')} @@\n${lines.map(({ mark, text }) => `${mark}${text}\n`).join('')}`,
        )
        .join('');
      assert.deepEqual(
        parsePatch(patch).map(({ path, hunks }) => [path, hunks.flatMap(({ lines }) => lines)]),
        files.map(([path, lines]) => [path, lines]),
      );
    }),
    { numRuns: 200 },
  );
});

test('any text is read in linear time, and never fails', () => {
  fc.assert(fc.property(anyText(), (text) => void parsePatch(text)));
  const began = performance.now();
  for (const patch of [
    `${head('x')}@@ -0,0 +1,400000 @@\n${'+line\n'.repeat(400_000)}`,
    `${head('x')}@@ -1 +1 @@\n-a\n+b\n`.repeat(40_000),
    `diff --git a/${'a b/'.repeat(1_000_000)}\n--- a/${' '.repeat(1_000_000)}\n`,
    `${head('x')}${'@@ -1 +1 @@\n'.repeat(300_000)}`,
    `${head('x')}@@ -1 +1 @@\n+${'\r'.repeat(3_000_000)}\n`,
  ])
    parsePatch(patch);
  // some hundred milliseconds each
  assert.ok(performance.now() - began < 20_000);
});
