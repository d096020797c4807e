import { execFile } from 'node:child_process';
import { access, constants, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CATALOG_SETTINGS, loadCatalog } from '../../catalog/catalog.js';
import { readConfig } from '../../config.js';
import type { Backend } from '../../domain/template/backends.js';
import { modelsOf } from '../../domain/template/persona.js';
import { bounded, fail, ok, warn, type CheckResult } from './check.js';

const GB = 1024 ** 3;
/** The first version of git that has what our calls need. */
const GIT = [2, 38] as const;

/**
 * What a worker needs on this machine: templates and personas, keys, disk, git. It is of use only on a machine where a
 * worker runs.
 */
export async function checkMachine(): Promise<CheckResult[]> {
  return (await Promise.all([checkCatalog(), checkDisk(), checkGit(), checkNode()])).flat();
}

async function checkCatalog(): Promise<CheckResult[]> {
  return bounded('templates and personas', 'correct the file that is named', async () => {
    const config = readConfig(process.env, CATALOG_SETTINGS);
    const catalog = loadCatalog(config);
    const pool = await catalog.personas();
    const known = await catalog.backends();
    const used = [...new Set(pool.flatMap(modelsOf).map(({ backend }) => backend))];
    return [
      ok(`${pool.length} personas in ${config.personas}`),
      ...used.flatMap((name) => variablesOf(known[name]).map((variable) => keyOf(name, variable))),
    ];
  });
}

/** The variables without which a backend is not available; one that is not known when there is no such backend. */
function variablesOf(backend: Backend | undefined): (string | undefined)[] {
  if (!backend) return [undefined];
  return [...new Set([backend.apiKeyEnv, ...Object.values(backend.headersFromEnv ?? {})])];
}

function keyOf(backend: string, variable: string | undefined): CheckResult {
  if (variable === undefined)
    return fail(
      `backend ${backend} is named by a persona and not in the backends file`,
      'add it, or correct the persona',
    );
  if (process.env[variable]) return ok(`backend ${backend}: ${variable} is set`);
  return warn(
    `backend ${backend}: ${variable} is not set here`,
    'set it where the worker runs, or personas of this backend get no role, and fallbacks are left out',
  );
}

async function checkDisk(): Promise<CheckResult[]> {
  return bounded('workspace', 'set PHASEGATE_WORKSPACE_ROOT to a folder that the worker may write to', async () => {
    const { workspaceRoot } = readConfig(process.env, ['workspaceRoot']);
    await access(workspaceRoot, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(workspaceRoot);
    const free = (bavail * bsize) / GB;
    const text = `workspace ${workspaceRoot}: ${free.toFixed(1)} GB free`;
    if (free < 0.5) return [fail(text, 'make room: runs fail when the disk is full')];
    return [free < 5 ? warn(text, 'make room before the disk is full') : ok(text)];
  });
}

async function checkGit(): Promise<CheckResult[]> {
  return bounded('git', `install git ${GIT.join('.')} or newer`, async () => {
    const { stdout } = await promisify(execFile)('git', ['--version']);
    const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(stdout)?.map(Number) ?? [];
    const isNew = major > GIT[0] || (major === GIT[0] && minor >= GIT[1]);
    return [isNew ? ok(stdout.trim()) : fail(stdout.trim(), `install git ${GIT.join('.')} or newer`)];
  });
}

async function checkNode(): Promise<CheckResult[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return [isNew ? ok(`Node ${process.version}`) : fail(`Node ${process.version}`, 'install Node 20.19 or newer')];
}
