import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReconcileResult } from '../../src/domain/record/reconcile.js';
import type { TestStack } from '../support/stack.js';
import { startable } from '../../src/local/startable.js';

export interface Called {
  code: number;
  stdout: string;
  stderr: string;
  ms: number;
}

/** What a person's terminal has in it when it talks to a test's stack. */
export function clientEnv({ config }: TestStack): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: config.workspaceRoot,
    TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL,
    DATABASE_URL: config.databaseUrl,
    PHASEGATE_WORKSPACE_ROOT: config.workspaceRoot,
    PHASEGATE_TASK_QUEUE: config.taskQueue,
    PHASEGATE_TEMPLATES: config.templates,
    PHASEGATE_PERSONAS: config.personas,
    PHASEGATE_SCHEMAS: config.schemas,
    PHASEGATE_BACKENDS: config.backends,
    // a machine without bubblewrap runs the tests, too
    PHASEGATE_SANDBOX: process.env.PHASEGATE_TEST_BWRAP ? config.sandbox : 'off',
    PHASEGATE_BWRAP: process.env.PHASEGATE_TEST_BWRAP,
    TEST_KEY: 'k3y',
  };
}

/** The client as a person calls it. */
export function clientOf(stack: TestStack, more: NodeJS.ProcessEnv = {}): (...args: string[]) => Promise<Called> {
  const env = { ...clientEnv(stack), ...more };
  return (...args) => {
    const began = Date.now();
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [...startable('client.ts'), ...args],
        { env, maxBuffer: 2 ** 26 },
        (error, stdout, stderr) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr, ms: Date.now() - began }),
      );
    });
  };
}

/** A reconciling pass that leaves nothing alone because it is young, by a client of {@link clientOf}. */
export async function reconcilePass(client: ReturnType<typeof clientOf>, ...args: string[]): Promise<ReconcileResult> {
  const { stdout, stderr } = await client('reconcile', '--settle', '0s', '--json', ...args);
  return JSON.parse(stdout || assert.fail(stderr)) as ReconcileResult;
}

/** A file with requirements. */
export async function requirementsFile({ config }: TestStack): Promise<string> {
  const file = path.join(config.workspaceRoot, 'what.md');
  await writeFile(file, 'Do it.');
  return file;
}
