import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Each took a worker minutes to hours on the thread that all runs share. */
const SLOW: [name: string, schema: object, artifact: unknown, message: RegExp][] = [
  [
    'pattern',
    { type: 'object', properties: { text: { type: 'string', pattern: '^(\\w+\\s?)*$' } } },
    { text: `${'a'.repeat(50)}!` },
    /must match pattern/,
  ],
  [
    'unique',
    { type: 'array', uniqueItems: true },
    Array.from({ length: 70_000 }, (_, n) => ({ n })),
    /took longer than 10 s/,
  ],
];
const OTHERS = 10;

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', BUSY_PHASES);
  for (const [name, schema] of SLOW) {
    await writeFile(
      path.join(stack.config.schemas, `${name}.schema.json`),
      JSON.stringify({ $schema: DIALECT, $id: `urn:test:${name}`, ...schema }),
    );
    await stack.template(name, [
      { key: 'note', attempts: 2, artifact: { path: 'artifacts/note.json', schema: `urn:test:${name}` } },
    ]);
  }
});
after(() => stack.stop());

test(
  'S11: a schema with a slow pattern holds up no other run: none of ten loses a heartbeat',
  { timeout: 300_000 },
  async () => {
    const others = await startBusyRuns(stack, 'two', OTHERS);
    await untilRequests(others, OTHERS);
    const slow = await Promise.all(
      SLOW.map(([name, , artifact]) =>
        stack.start(
          name,
          Array.from({ length: 6 }, () => writes(artifact)),
        ),
      ),
    );
    const ends = await Promise.all(slow.map((handle) => ended(stack, handle)));
    const recoverMs = await untilRequests(others, OTHERS);
    others.finish();
    await allComplete(stack, 'a schema with a slow pattern while ten other runs go on', others, { recoverMs });
    for (const [n, end] of ends.entries()) {
      assert.equal(end.code, 'artifact_invalid_after_repair', end.message);
      assert.match(JSON.stringify(end.report), SLOW[n]?.[3] ?? /never/);
    }
    for (const handle of [...others.handles, ...slow]) assert.deepEqual(await heartbeatsLost(handle), []);
  },
);

function writes(artifact: unknown) {
  return { tools: [{ name: 'write_file', args: { path: 'artifacts/note.json', content: JSON.stringify(artifact) } }] };
}

/** Tries of activities that Temporal began anew because it heard nothing of the one before. */
async function heartbeatsLost(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  const failures = (events ?? []).map(
    (event) =>
      event.activityTaskStartedEventAttributes?.lastFailure ?? event.activityTaskTimedOutEventAttributes?.failure,
  );
  return failures.flatMap((failure) => (failure?.timeoutFailureInfo ? [String(failure.message)] : []));
}
