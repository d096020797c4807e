import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

/** A copy of this tree as a clone would have it, with the packages of the original. */
export interface CopiedClone {
  root: string;
  /** Runs a command in it, with an empty HOME and nothing of phasegate's in the environment. */
  run(
    command: string[],
    options?: { onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void },
  ): Promise<{ code: number | null; output: string }>;
  /** Processes that still live in it. */
  leftBehind(): string[];
  remove(): void;
}

export function copyClone(): CopiedClone {
  const folder = mkdtempSync(path.join(tmpdir(), 'phasegate-clone-'));
  const [root, home] = [path.join(folder, 'a clone'), path.join(folder, 'home')];
  mkdirSync(home);
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(Boolean);
  for (const file of files)
    if (existsSync(path.join(PACKAGE_ROOT, file))) cpSync(path.join(PACKAGE_ROOT, file), path.join(root, file));
  symlinkSync(path.join(PACKAGE_ROOT, 'node_modules'), path.join(root, 'node_modules'));
  cpSync(path.join(PACKAGE_ROOT, 'src/generated'), path.join(root, 'src/generated'), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: folder, TEMPORAL_CLI: process.env.TEMPORAL_CLI };
  return {
    root,
    run: ([program = '', ...args], { onLine } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        const take = (chunk: Buffer) => {
          output += chunk.toString();
          for (const line of chunk.toString().split('\n')) onLine?.(line, (signal) => void child.kill(signal));
        };
        child.stdout.on('data', take);
        child.stderr.on('data', take);
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, output }));
      }),
    leftBehind: () => processesIn(folder),
    remove: () => {
      const location = path.join(root, '.phasegate/postgres-data-location');
      const elsewhere = existsSync(location)
        ? /\/var\/tmp\/phasegate-[\w-]+/.exec(readFileSync(location, 'utf8'))?.[0]
        : undefined;
      // a test that failed may leave a stack: its worker would take the tasks of the next one on the same port
      for (const place of [folder, ...(elsewhere ? [elsewhere] : [])]) {
        for (const pid of pidsIn(place)) kill(pid);
        rmSync(place, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

function pidsIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && belongs(pid, folder))
    .map(Number);
}

function processesIn(folder: string): string[] {
  return pidsIn(folder).flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

function belongs(pid: string, folder: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    );
  } catch {
    return false;
  }
}
