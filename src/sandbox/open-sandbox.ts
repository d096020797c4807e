import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Config } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { SANDBOX_FOLDER } from '../domain/names.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { findBwrap, findProgram } from './bwrap/find-bwrap.js';
import { findGroups, isLimited, type Controller } from './cgroups/find-groups.js';
import { languageFiles } from './bwrap/language-files.js';
import { runInHost } from './host-client.js';
import type { SandboxSetup } from './host/messages.js';
import type { CommandResult, Sandbox, SandboxCommand } from './sandbox.js';
import { sandboxUnavailable } from './why-unavailable.js';

/** The settings that a sandbox is opened with. */
export const SANDBOX_SETTINGS = [
  'sandbox',
  'bwrap',
  'commandsAtOnce',
  'workspaceRoot',
  'sandboxMemory',
  'sandboxProcesses',
  'sandboxDisk',
  'sandboxRead',
  'sandboxPrivateHosts',
] as const satisfies readonly (keyof Config)[];

export type SandboxConfig = Pick<Config, (typeof SANDBOX_SETTINGS)[number]>;

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
  const setup = await firstThatWorks([
    wished,
    { ...wished, groups: [] },
    { ...wished, groups: [], overlayOnDisk: false },
  ]);
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
  return [...looked, 'disk twice a second'].map(
    (what) => `exactly: it looks at ${what}, and a command can use more for so long`,
  );
}

function limitsThatHold(setup: SandboxSetup): string[] {
  const { memoryBytes, processes, diskBytes } = setup.limits;
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
  const by = (name: Controller): string => (isLimited(setup, name) ? ' (by a control group)' : '');
  return [
    `memory ${mib(memoryBytes)}${by('memory')}`,
    `processes ${processes}${by('pids')}`,
    `disk ${mib(diskBytes)}`,
    'output 1 MiB',
    ...(isLimited(setup, 'cpu') ? ['less processor time than the worker (by a control group)'] : []),
  ];
}

function commonSetup(config: SandboxConfig, env: NodeJS.ProcessEnv): SandboxSetup {
  // the clone has the local stack's passwords in it
  const hidden = [config.workspaceRoot, PACKAGE_ROOT];
  const { path, readOnly, variables } = languageFiles(env, process.execPath, hidden, config.sandboxRead);
  return {
    kind: 'none',
    bwrap: '',
    prlimit: findProgram('prlimit', [env['PATH'], '/usr/bin', '/bin'].join(delimiter)),
    scratch: join(config.workspaceRoot, SANDBOX_FOLDER),
    limits: {
      memoryBytes: config.sandboxMemory,
      processes: config.sandboxProcesses,
      diskBytes: config.sandboxDisk,
    },
    groups: process.platform === 'linux' ? findGroups() : [],
    overlayOnDisk: true,
    privateHosts: config.sandboxPrivateHosts,
    ...{ path, readOnly, variables },
  };
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

/** @returns null when a command ran, or the words of what went wrong */
async function probe(setup: SandboxSetup): Promise<string | null> {
  const folder = await mkdtemp(join(setup.scratch, 'probe-'));
  const command: SandboxCommand = {
    run: 'true',
    folder,
    access: 'throw_away',
    ...{ git: null, network: 'none', env: {}, secrets: [], timeoutMs: PROBE_MS },
    signal: new AbortController().signal,
  };
  try {
    const { exitCode, end, output }: CommandResult = await runInHost(setup, command);
    return exitCode === 0 ? null : `\`true\` in a sandbox ended otherwise (${end}, ${exitCode}): ${output.text}`;
  } catch (error) {
    if (error instanceof PhasegateError && error.code === 'sandbox_unavailable') return error.message;
    throw error;
  } finally {
    await rmdir(folder).catch(() => undefined);
  }
}
