import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import type { Reaper } from '../../src/local/processes/reaper.js';
import { STAGES } from '../../src/local/processes/reaper.js';
import type { Bench } from '../bench.js';
import { plainEnvironment } from '../contender-process.js';

/**
 * A copy of this tree as somebody's clone, with the packages of the original: builds and starts there disturb nobody
 * here.
 */
export interface Clone {
  root: string;
  env: NodeJS.ProcessEnv;
}

let made: Clone | undefined;

/** Makes the copy when it is first asked for. It is removed together with the bench's folder. */
export function makeClone({ surroundings: { folder, temporalCli }, session }: Bench): Clone {
  if (made) return made;
  const root = join(folder, 'clone');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(Boolean);
  for (const file of files)
    if (existsSync(join(PACKAGE_ROOT, file)) && !file.startsWith('bench/'))
      cpSync(join(PACKAGE_ROOT, file), join(root, file));
  symlinkSync(join(PACKAGE_ROOT, 'node_modules'), join(root, 'node_modules'));
  cpSync(join(PACKAGE_ROOT, 'src/generated'), join(root, 'src/generated'), { recursive: true });
  const home = join(folder, 'home');
  mkdirSync(home);
  // where PostgreSQL may not run as root its data is kept elsewhere: below this folder too
  session.reaper.removeFolder(root);
  made = { root, env: { ...plainEnvironment(), HOME: home, TEMPORAL_CLI: temporalCli } };
  return made;
}

let built: Promise<void> | undefined;

/** Makes what `npm run build` makes in the copy, once. */
export function buildOnce(bench: Bench): Promise<void> {
  built ??= build(makeClone(bench), bench.session.reaper);
  return built;
}

async function build(clone: Clone, reaper: Reaper): Promise<void> {
  const command = startIn(clone, ['npm', 'run', '--silent', 'build'], clone.env, reaper);
  if ((await command.ended) !== 0) throw new Error(`npm run build failed:\n${command.output()}`);
}

/** A command that is under way. */
export interface Running {
  pid: number;
  output(): string;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
}

/**
 * Starts a command in a group of its own, so that npm and all below it end together.
 *
 * @param onLine - told of each line of its output
 */
export function startIn(
  { root }: Clone,
  [file = '', ...args]: string[],
  env: NodeJS.ProcessEnv,
  reaper: Reaper,
  onLine: (line: string) => void = () => {},
): Running {
  const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const pid = child.pid ?? 0;
  reaper.add({ pid, signal: 'SIGTERM', stage: STAGES.worker, graceMs: 15_000 });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    chunk.toString().split('\n').forEach(onLine);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      reaper.gone(pid);
      resolve(code);
    });
  });
  return { pid, output: () => output, ended };
}
