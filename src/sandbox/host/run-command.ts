import { lstat, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ETC_CONTENTS, type CommandPlace } from '../bwrap/arguments.js';
import { behindForwarder } from '../proxy/inside.js';
import { startProxy, type Proxy } from '../proxy/proxy.js';
import type { CommandEnd } from '../../domain/check/check-run.js';
import type { CommandResult } from '../sandbox.js';
import { isLimited } from '../cgroups/find-groups.js';
import { makeGroup, type Group } from '../cgroups/group.js';
import { DiskUse } from './disk-use.js';
import { makePipe } from './fifo.js';
import type { CommandTask, SandboxSetup } from './messages.js';
import { Output } from './output.js';
import { endOf } from './outcome.js';
import { RefusedSandbox } from './refused.js';
import { makeScratch, removeTree } from './scratch.js';
import { socketPath } from './socket-path.js';
import { startIsolated } from './start-isolated.js';
import { startPlain } from './start-plain.js';
import { connectTalk } from './talk.js';
import { watch } from './watch.js';

/** What output is read without a pause. After that it is read more slowly: it is only counted. */
const QUICK_BYTES = 16 * 1024 ** 2;
const SLOW_STEP_BYTES = 1024 ** 2;
const PAUSE_MS = 4;
/** How long an output may stay open when everything that had it has been ended. */
const CLOSE_MS = 2_000;

/** Runs a command to its end, and removes all that it left outside of its folder. */
export async function runCommand(setup: SandboxSetup, command: CommandTask, stop: AbortSignal): Promise<CommandResult> {
  const scratch = await makeScratch(setup.scratch, [
    'tmp',
    'home',
    'upper',
    'work',
    'home-upper',
    'home-work',
    'etc',
    'git',
  ]);
  let proxy: Proxy | null = null;
  let group: Group | null = null;
  try {
    const place = await makePlace(scratch, command);
    if (place.proxySocket !== null && Array.isArray(command.network))
      proxy = await startProxy(place.proxySocket, command.network as string[], setup.privateHosts);
    group = groupOf(setup);
    return await run(setup, command, { ...place, group }, scratch, stop);
  } finally {
    proxy?.close();
    await group?.remove();
    await removeTree(scratch);
  }
}

async function makePlace(scratch: string, { folder, access, network, git: view }: CommandTask): Promise<CommandPlace> {
  for (const [name, text] of Object.entries(ETC_CONTENTS)) await writeFile(join(scratch, 'etc', name), text);
  const gitTexts = (view?.texts ?? []).map((_, index) => join(scratch, 'git', String(index)));
  for (const [index, path] of gitTexts.entries()) await writeFile(path, view?.texts[index]?.text ?? '');
  const git = join(folder, '.git');
  // a link could lead anywhere, and bubblewrap would follow it
  const stats = await lstat(git).catch(() => null);
  const isGit = access === 'write' && (stats?.isFile() === true || stats?.isDirectory() === true);
  return {
    tmp: join(scratch, 'tmp'),
    home: join(scratch, 'home'),
    changes: { upper: join(scratch, 'upper'), work: join(scratch, 'work') },
    homeChanges: { upper: join(scratch, 'home-upper'), work: join(scratch, 'home-work') },
    etc: join(scratch, 'etc'),
    gitTexts,
    gitEntry: isGit ? git : null,
    proxySocket: Array.isArray(network) ? socketPath(scratch) : null,
  };
}

async function run(
  setup: SandboxSetup,
  command: CommandTask,
  place: CommandPlace & { group: Group },
  scratch: string,
  stop: AbortSignal,
): Promise<CommandResult> {
  const pipe = await makePipe(join(scratch, 'output'));
  const output = new Output(command.secrets);
  const closed = new Promise<void>((resolve) => pipe.reader.once('close', () => resolve()));
  pipe.reader.on('error', () => undefined);
  pipe.reader.on('data', (chunk: Buffer) => {
    const before = output.bytes;
    output.add(chunk);
    const steps = (bytes: number): number => Math.floor(bytes / SLOW_STEP_BYTES);
    if (output.bytes < QUICK_BYTES || steps(before) === steps(output.bytes)) return;
    pipe.reader.pause();
    setTimeout(() => pipe.reader.resume(), PAUSE_MS);
  });
  const began = performance.now();
  let ended: CommandEnd | null = null;
  let talk: Socket | null = null;
  try {
    talk = command.talk === undefined ? null : await connectTalk(command.talk);
    const argv = argvOf(command, place);
    const start = setup.kind === 'bwrap' ? startIsolated : startPlain;
    const started = await start(setup, command, { ...place, scratch, writer: pipe.writer, talk, argv });
    pipe.closeWriter();
    const endBy = (how: CommandEnd): void => {
      ended ??= how;
      started.kill();
    };
    const timer = setTimeout(() => endBy('timed_out'), Math.min(command.timeoutMs, 2 ** 31 - 1));
    const writable = command.access === 'write' ? command.folder : null;
    const disk = new DiskUse(scratch, writable, setup.limits.diskBytes);
    const { group } = place;
    const isExact = (['memory', 'pids'] as const).every((name) => isLimited(setup, name));
    const unwatch = watch({ root: () => started.root(), limits: setup.limits, group, isExact, disk, passed: endBy });
    const onStop = (): void => started.kill();
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
    try {
      const { code, signal } = await started.ended;
      const durationMs = Math.round(performance.now() - began);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
      return { ...endOf(ended ?? group.passed(), code, signal), durationMs, output: output.result() };
    } catch (error) {
      if (!(error instanceof RefusedSandbox)) throw error;
      throw new RefusedSandbox(`${error.message} ${output.result().text}`.trim());
    } finally {
      clearTimeout(timer);
      unwatch();
      stop.removeEventListener('abort', onStop);
    }
  } finally {
    talk?.destroy();
    pipe.closeWriter();
    pipe.reader.destroy();
  }
}

/** @throws RefusedSandbox when the kernel refuses it now, although it did not when the sandbox was opened */
function groupOf({ groups, limits }: SandboxSetup): Group {
  try {
    return makeGroup(groups, limits);
  } catch (error) {
    throw new RefusedSandbox(
      `a control group can't be made: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function argvOf({ run }: CommandTask, place: CommandPlace): string[] {
  const argv = typeof run === 'string' ? ['/bin/sh', '-c', '--', run] : [...run];
  return place.proxySocket === null ? argv : behindForwarder(argv);
}
