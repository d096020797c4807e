import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { readConfig } from '../../../src/config.js';
import type { CommandResult, Sandbox, SandboxCommand } from '../../../src/sandbox/sandbox.js';
import { SANDBOX_SETTINGS, type SandboxConfig } from '../../../src/sandbox/common-setup.js';
import { openSandbox } from '../../../src/sandbox/open-sandbox.js';

/** A sandbox, with folders of its own that are removed after the tests of the file. */
export interface TestSandbox {
  sandbox: Sandbox;
  config: SandboxConfig;
  /** A new folder for commands. */
  folder(): string;
  /** Runs a command in a new folder, or in the one that is given. */
  run(run: SandboxCommand['run'], more?: Partial<SandboxCommand>): Promise<CommandResult>;
}

/** Why there is no isolation on this machine, or false. */
export const SKIP = await whyNone();

/** A test that needs isolation. Where the machine has none, it is skipped and says why. */
export function isolated(name: string, run: (t: TestContext) => Promise<void>): void {
  void test(name, { skip: SKIP }, run);
}

async function whyNone(): Promise<string | false> {
  const root = mkdtempSync(join(tmpdir(), 'phasegate-sandbox-'));
  try {
    await openSandbox(configOf(root), process.env);
    return false;
  } catch (error) {
    return `no sandbox on this machine: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function configOf(workspaceRoot: string, variables: Record<string, string> = {}): SandboxConfig {
  const bwrap = process.env.PHASEGATE_TEST_BWRAP;
  return {
    ...readConfig(
      { PHASEGATE_WORKSPACE_ROOT: workspaceRoot, ...(bwrap && { PHASEGATE_BWRAP: bwrap }), ...variables },
      SANDBOX_SETTINGS,
    ),
  };
}

/**
 * Opens a sandbox for the tests of a file.
 *
 * @param variables - settings other than the defaults
 */
export async function openTestSandbox(variables: Record<string, string> = {}): Promise<TestSandbox> {
  const root = mkdtempSync(join(tmpdir(), 'phasegate-sandbox-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const config = configOf(join(root, 'workspace'), variables);
  const sandbox = await openSandbox(config, process.env);
  if (sandbox === null) throw new Error('the test has PHASEGATE_SANDBOX=off');
  let count = 0;
  const folder = (): string => {
    const path = join(root, `folder-${++count}`);
    mkdirSync(path);
    return path;
  };
  const run: TestSandbox['run'] = (what, more = {}) =>
    sandbox.run({
      run: what,
      folder: more.folder ?? folder(),
      access: 'write',
      git: null,
      network: 'none',
      env: {},
      secrets: [],
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      ...more,
    });
  return { sandbox, config, folder, run };
}
