import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended } from '../support/ended.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { clientOf } from '../client/support.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('short', [{ key: 'note', timeout: '2s', attempts: 1 }]);
  await stack.template('few-calls', [{ key: 'note', maxModelCalls: 1 }]);
  repositoryAt(stack.repoPath).commit({ '.gitignore': 'build/\n', '.gitattributes': '*.bin filter=lfs\n' });
});
after(() => stack.stop());

const write = (file: string) => ({ name: 'write_file', args: { path: `repo/${file}`, content: 'x\n' } });
const IGNORED = 'ignored by .gitignore (build/)';

test('a file that an agent was told is written and that is in no commit is told to the agent, recorded, reported and never pruned', async () => {
  const handle = await stack.start(
    'one',
    [{ tools: [write('build/only.txt'), write('a.bin'), write('ok.txt')] }],
    {},
    { repoAccess: 'write' },
  );
  const { events, report, temporal } = await ended(stack, handle);
  assert.equal(temporal, 'COMPLETED');
  const answers = JSON.stringify(stack.model.requests.at(-1)?.body ?? '');
  assert.match(
    answers,
    /Wrote 2 bytes to repo\/build\/only\.txt\. It will not be committed: ignored by \.gitignore \(build\/\)\./,
  );
  assert.match(answers, /Error: repo\/a\.bin is behind the attribute filter=lfs/);
  assert.match(answers, /Wrote 2 bytes to repo\/ok\.txt\.[^ ]/);
  const left = events.filter(({ type }) => type === 'files_not_committed');
  assert.deepEqual(
    left.map(({ phaseKey, payload }) => [phaseKey, payload.files, payload.more]),
    [['note', [{ path: 'build/only.txt', why: IGNORED }], 0]],
  );
  assert.match(
    report.unresolved.find(({ kind }) => kind === 'not_committed')?.text ?? '',
    /in no commit: build\/ \(ignored by \.gitignore \(build\/\)\)$/,
  );
  assert.deepEqual(
    report.commits.map(({ filesChanged }) => filesChanged),
    [1],
  );
  const { stdout } = await clientOf(stack)('prune', '--older-than', '0s', '--json');
  const [looked] = (JSON.parse(stdout) as { workspaces: { kept: string | null }[] }).workspaces;
  assert.match(
    looked?.kept ?? '',
    /1 file in repo\/ is in no commit: build\/only\.txt \(ignored by \.gitignore \(build\/\)\)/,
  );
  assert.ok(existsSync(path.join(stack.config.workspaceRoot, report.runId, 'repo/build/only.txt')));
  const { stdout: again } = await clientOf(stack)('prune', '--older-than', '0s', '--ignored-too');
  assert.match(again, /1 removed, 0 kept/);
});

const ONLY = { tools: [write('build/only.txt'), write('ok.txt')] };
const ENDS: readonly [template: string, behaviours: Behaviour[], code: string, attempts: number[]][] = [
  ['one', [ONLY, invalidArtifacts(2)], 'artifact_invalid_after_repair', [1, 2]],
  ['one', [ONLY, { fault: 'text_only', times: 5 }], 'artifact_missing', [1]],
  ['short', [ONLY, { fault: 'stall_body' }], 'artifact_timeout_exhausted', [1]],
  ['few-calls', [ONLY], 'model_call_limit', [1]],
  ['one', [ONLY, { fault: 'refusal' }], 'model_content_refused', [1]],
];
for (const [template, behaviours, code, attempts] of ENDS) {
  const last = Object.keys(behaviours.at(-1) ?? {})[0] === 'fault' ? behaviours.at(-1)?.fault : 'its last call';
  test(`what no commit can have is recorded of an attempt that fails before its commit: ${template}, ${last}`, async () => {
    const end = await ended(stack, await stack.start(template, behaviours, {}, { repoAccess: 'write' }));
    assert.equal(end.code, code);
    const left = end.events
      .filter(({ type }) => type === 'files_not_committed')
      .map(({ payload }) => [payload.attempt, payload.files]);
    assert.deepEqual(
      left,
      attempts.map((attempt) => [attempt, [{ path: 'build/only.txt', why: IGNORED }]]),
    );
  });
}
