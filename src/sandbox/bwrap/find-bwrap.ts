import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** The first version with overlays. */
const OLDEST = [0, 11] as const;

/** A bubblewrap that was found. */
export interface Bubblewrap {
  path: string;
  /** `0.11.0` */
  version: string;
}

/**
 * Finds bubblewrap 0.11 or newer.
 *
 * @param wanted - its name, which is looked for in PATH, or its absolute path
 * @param path - PATH of the worker
 * @returns the program, or why there is none
 */
export async function findBwrap(wanted: string, path: string): Promise<Bubblewrap | { why: string }> {
  const places = isAbsolute(wanted)
    ? [wanted]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, wanted));
  const found = places.filter(isExecutable);
  if (found.length === 0)
    return { why: isAbsolute(wanted) ? `${wanted} is no program` : `${wanted} is not on the PATH` };
  const old: string[] = [];
  for (const place of found) {
    const version = await versionOf(place);
    if (version !== null && isNew(version)) return { path: place, version };
    old.push(`${place} is ${version === null ? 'no bubblewrap that runs here' : `version ${version}`}`);
  }
  return { why: old.join('; ') };
}

/** The path of a program in PATH, or null. */
export function findProgram(name: string, path: string): string | null {
  const places = path.split(delimiter).filter(isAbsolute);
  return places.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000, env: {} });
    return /^bubblewrap (\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

function isNew(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
