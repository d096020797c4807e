import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { findBwrap, findProgram } from './bwrap/find-bwrap.js';
import { capProbe, possibleCaps } from './bwrap/process-cap.js';
import { isLimited, type Controller } from './cgroups/find-groups.js';
import { commonSetup, type SandboxConfig } from './common-setup.js';
import { runInHost } from './host-client.js';
import type { SandboxSetup } from './host/messages.js';
import type { CommandResult, Sandbox, SandboxCommand } from './sandbox.js';
import { sandboxUnavailable } from './why-unavailable.js';

const PROBE_MS = 30_000;

/**
 * Opens the sandbox that PHASEGATE_SANDBOX names. It really starts one, with an overlay, since only that tells whether
 * the system lets us.
 *
 * @param env - the worker's environment: its PATH says where bubblewrap and languages are
 * @returns null for `off`
 * @throws PhasegateError `sandbox_unavailable` with what to do
 */
export async function openSandbox(config: SandboxConfig, env: NodeJS.ProcessEnv): Promise<Sandbox | null> {
  if (config.sandbox === 'off') return null;
  const setup = commonSetup(config, env);
  await mkdir(setup.scratch, { recursive: true, mode: 0o700 });
  return config.sandbox === 'none' ? openPlain(setup, env) : await openIsolated(setup, config.bwrap, env);
}

async function openIsolated(base: SandboxSetup, wanted: string, env: NodeJS.ProcessEnv): Promise<Sandbox> {
  if (process.platform !== 'linux') throw sandboxUnavailable(`this is ${process.platform}.`);
  const found = await findBwrap(wanted, env['PATH'] ?? '');
  if ('why' in found) throw sandboxUnavailable(`${found.why}.`);
  const wished: SandboxSetup = { ...base, kind: 'bwrap', bwrap: found.path };
  const setup = await withCap(
    await firstThatWorks([wished, { ...wished, groups: [] }, { ...wished, groups: [], overlayOnDisk: false }]),
    findProgram('nsenter', [env['PATH'], '/usr/bin', '/bin'].join(delimiter)),
  );
  const lacks = [
    ...(setup.prlimit === null ? ['memory of one process: there is no prlimit (util-linux); the watcher remains'] : []),
    ...(setup.overlayOnDisk
      ? []
      : [`disk: changes that are thrown away are kept in memory, since overlays can't be in ${setup.scratch}`]),
  ];
  return {
    kind: 'bwrap',
    about: {
      what: `bubblewrap ${found.version} (${found.path})`,
      holds: [
        'files, processes and network of the machine are out of reach',
        ...limitsThatHold(setup),
        ...(setup.prlimit === null ? [] : ['memory of one process, at once']),
      ],
      lacks: [...lacks, ...notExact(setup)],
    },
    run: (command) => runInHost(setup, command),
  };
}

function openPlain(setup: SandboxSetup, env: NodeJS.ProcessEnv): Sandbox {
  const path = env['PATH'] || setup.path;
  return {
    kind: 'none',
    about: {
      what: 'none: commands run without isolation, as the user of the worker',
      holds: [...(process.platform === 'linux' ? limitsThatHold(setup) : []), 'time'],
      lacks: [
        'files, processes, keys and network of the machine: a command reaches all that the worker reaches',
        'named hosts: a command reaches every host',
        ...(process.platform === 'linux' ? notExact(setup) : ['memory, processes, disk']),
      ],
    },
    run: (command) => runInHost({ ...setup, path }, command),
  };
}

/** What is looked at from time to time, where no control group limits it. */
function notExact(setup: SandboxSetup): string[] {
  const looked = [
    ...(isLimited(setup, 'memory') ? [] : ['memory']),
    ...(isLimited(setup, 'pids') ? [] : ['processes']),
  ].map((what) => `${what} five times a second (no control group of the worker's own limits it: docs/deploying.md)`);
  const words = [...looked, 'disk twice a second'].map(
    (what) => `exactly: it looks at ${what}, and a command can use more for so long`,
  );
  return isLimited(setup, 'pids') || setup.processCap !== null
    ? words
    : [...words, 'a fork bomb at once: nothing of the kernel caps processes here (docs/deploying.md)'];
}

function cappedBy({ processCap }: SandboxSetup): string {
  if (processCap === null) return '';
  return ` (never more than ${processCap.most} by ${processCap.by === 'rlimit' ? 'RLIMIT_NPROC' : 'their ids'})`;
}

function limitsThatHold(setup: SandboxSetup): string[] {
  const { memoryBytes, processes, diskBytes } = setup.limits;
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
  const by = (name: Controller): string => (isLimited(setup, name) ? ' (by a control group)' : '');
  return [
    `memory ${mib(memoryBytes)}${by('memory')}`,
    `processes ${processes}${by('pids')}${cappedBy(setup)}`,
    `disk ${mib(diskBytes)}`,
    'output 1 MiB',
    ...(isLimited(setup, 'cpu') ? ['less processor time than the worker (by a control group)'] : []),
  ];
}

/** @throws PhasegateError `sandbox_unavailable` with the words of the last one */
async function firstThatWorks(setups: readonly SandboxSetup[]): Promise<SandboxSetup> {
  let words: string | null = null;
  for (const setup of setups) {
    words = await probe(setup);
    if (words === null) return setup;
  }
  throw sandboxUnavailable(words ?? '');
}

/**
 * Finds what caps the processes of a command, where no control group does.
 *
 * @param setup - one that works
 * @param nsenter - absolute path of the program, or null where there is none
 */
export async function withCap(setup: SandboxSetup, nsenter: string | null): Promise<SandboxSetup> {
  if (isLimited(setup, 'pids')) return setup;
  for (const processCap of possibleCaps(setup.limits.processes, nsenter)) {
    const { run, cap } = capProbe(processCap);
    if ((await probe({ ...setup, processCap: cap }, run)) === null) return { ...setup, processCap };
  }
  return setup;
}

/** @returns null when a command ran, or the words of what went wrong */
async function probe(setup: SandboxSetup, run = 'true'): Promise<string | null> {
  const folder = await mkdtemp(join(setup.scratch, 'probe-'));
  const command: SandboxCommand = {
    run,
    folder,
    access: 'throw_away',
    ...{ git: null, network: 'none', env: {}, secrets: [], timeoutMs: PROBE_MS },
    signal: new AbortController().signal,
  };
  try {
    const { exitCode, end, output }: CommandResult = await runInHost(setup, command);
    return exitCode === 0 ? null : `\`${run}\` in a sandbox ended otherwise (${end}, ${exitCode}): ${output.text}`;
  } catch (error) {
    if (error instanceof PhasegateError && error.code === 'sandbox_unavailable') return error.message;
    throw error;
  } finally {
    await rmdir(folder).catch(() => undefined);
  }
}
