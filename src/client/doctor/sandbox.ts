import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../config.js';
import { SANDBOX_SETTINGS } from '../../sandbox/common-setup.js';
import { openSandbox } from '../../sandbox/open-sandbox.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { bounded, ok, warn, type CheckResult } from './check.js';

const NOTHING_IS_RUN = 'runs go on without set-up and checks; set PHASEGATE_SANDBOX=bwrap where a sandbox can be had';

/** The sandbox for commands: it starts one, and tells which limits hold. */
export async function checkSandbox(): Promise<CheckResult[]> {
  return bounded('sandbox', 'see docs/deploying.md', async () => {
    const sandbox = await startOne();
    if (sandbox === null) return [warn('sandbox: off, no command is run', NOTHING_IS_RUN)];
    const { what, holds, lacks } = sandbox.about;
    const held = ok(`sandbox: ${what}; it holds: ${holds.join('; ')}`);
    const notHeld = `sandbox: it does not hold: ${lacks.join('; ')}`;
    if (sandbox.kind === 'bwrap') return [held, ...(lacks.length > 0 ? [ok(notHeld)] : [])];
    return [held, warn(notHeld, 'use PHASEGATE_SANDBOX=none only on a machine that may be thrown away')];
  });
}

async function startOne(): Promise<Sandbox | null> {
  const config = readConfig(process.env, SANDBOX_SETTINGS);
  if (existsSync(config.workspaceRoot)) return openSandbox(config, process.env);
  // doctor makes no workspace: another line of its says that there is none
  const workspaceRoot = await mkdtemp(join(tmpdir(), 'phasegate-doctor-'));
  try {
    return await openSandbox({ ...config, workspaceRoot }, process.env);
  } finally {
    await rm(workspaceRoot, { recursive: true, force: true });
  }
}
