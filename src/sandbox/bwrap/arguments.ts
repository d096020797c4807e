import { existsSync } from 'node:fs';
import { baseVariables } from '../host/base-variables.js';
import type { CommandTask, SandboxSetup } from '../host/messages.js';
import { FORWARDER, FORWARDER_AT, NODE_AT, PROXY_SOCKET_AT, proxyVariables } from '../proxy/inside.js';
import { SYSTEM_FILES } from './system-files.js';

/** Where the command finds its folder. */
const REPO_AT = '/work/repo';
const HOME_AT = '/home/agent';
/** Memory that files in /dev/shm may take: they belong to no process, so the watcher does not see them. */
const SHARED_MEMORY_BYTES = 256 * 1024 ** 2;

/** The folders and files of one command, outside. */
export interface CommandPlace {
  tmp: string;
  /** The home of a command that was given none. */
  home: string;
  /** Changes that are thrown away, and what the overlay needs beside them: for the folder, and for the home. */
  changes: { upper: string; work: string };
  homeChanges: { upper: string; work: string };
  /** Small files for /etc. */
  etc: string;
  /** Files with the texts of the git folder that the command sees, in their order. */
  gitTexts: readonly string[];
  /** What of the folder is git's own and can't be changed: `.git`, where it is a file or a folder. */
  gitEntry: string | null;
  /** The proxy's socket, when hosts are named. */
  proxySocket: string | null;
}

/**
 * The arguments of bubblewrap for a command, without the command itself. Order matters: what comes later is put on top
 * of what came before.
 */
export function bwrapArguments(setup: SandboxSetup, command: CommandTask, place: CommandPlace): string[] {
  const { network } = command;
  return [
    // no part of the machine's process table, network, IPC, names; no namespace below this one
    ...['user', 'pid', 'ipc', 'uts'].map((name) => `--unshare-${name}`),
    '--unshare-cgroup-try',
    ...(network === 'host' ? [] : ['--unshare-net']),
    '--disable-userns',
    // the first process is our shell, which bubblewrap waits for: then nothing is left when bubblewrap ends
    '--as-pid-1',
    '--die-with-parent',
    // a terminal of the worker can't be typed into (TIOCSTI)
    '--new-session',
    ...['--hostname', 'sandbox', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL', '--clearenv'],
    ...variables(setup, command).flatMap(([name, value]) => ['--setenv', name, value]),
    ...SYSTEM_FILES.flatMap(({ flag, path, at }) => [flag, path, at ?? path]),
    ...[...ETC_FILES, ...(network === 'host' ? [] : ['hosts'])].flatMap((name) => [
      '--ro-bind',
      `${place.etc}/${name}`,
      `/etc/${name}`,
    ]),
    ...(network === 'host' ? HOST_NETWORK_FILES.flatMap((path) => ['--ro-bind-try', path, path]) : []),
    ...PROC,
    ...['--dev', '/dev', '--size', String(SHARED_MEMORY_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--bind', place.tmp, '/tmp'],
    ...(command.home?.access === 'throw_away'
      ? overlay(setup, command.home.folder, place.homeChanges, HOME_AT)
      : ['--bind', command.home?.folder ?? place.home, HOME_AT]),
    ...setup.readOnly.flatMap(({ path, at }) => ['--ro-bind', path, at]),
    ...gitFolder(command, place),
    ...repository(setup, command, place),
    ...(place.proxySocket === null
      ? []
      : [
          ...['--ro-bind', place.proxySocket, PROXY_SOCKET_AT],
          ...['--ro-bind', FORWARDER, FORWARDER_AT],
          ...['--ro-bind', process.execPath, NODE_AT],
        ]),
    // what is left of these is kept in memory
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', REPO_AT],
  ];
}

/** Files that are made for each command: names of users, and what git may read. */
export const ETC_CONTENTS: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\nagent:x:1000:1000:agent:${HOME_AT}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: 'root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n',
  // the repository may belong to another user of the machine
  gitconfig: '[safe]\n\tdirectory = *\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
};
const ETC_FILES = ['passwd', 'group', 'gitconfig'];
const HOST_NETWORK_FILES = ['/etc/hosts', '/etc/resolv.conf', '/etc/host.conf'];

/**
 * /proc of the sandbox's own processes. What in it belongs to the whole machine can't be written: for a worker that runs
 * as root the kernel would take `core_pattern`, and run it as root, outside. Nor can the machine's keys be listed.
 */
const HIDDEN_IN_PROC = ['kcore', 'keys', 'key-users', 'mtrr', 'kmsg', 'timer_list', 'sched_debug', 'latency_stats'];
const PROC = [
  ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
  ...['sysrq-trigger', 'irq', 'bus', 'fs', 'acpi', 'scsi', 'asound', 'pressure'].flatMap((name) => [
    '--ro-bind-try',
    `/proc/${name}`,
    `/proc/${name}`,
  ]),
  ...HIDDEN_IN_PROC.map((name) => `/proc/${name}`)
    .filter((path) => existsSync(path))
    .flatMap((path) => ['--ro-bind', '/dev/null', path]),
];

function variables(setup: SandboxSetup, { env, network }: CommandTask): [string, string][] {
  return Object.entries({
    ...baseVariables(setup, { home: HOME_AT, tmp: '/tmp' }),
    ...(Array.isArray(network) ? proxyVariables() : {}),
    ...env,
  });
}

/** An empty folder in the place of the repository's, and in it what may be read. */
function gitFolder({ git }: CommandTask, { gitTexts }: CommandPlace): string[] {
  if (git === null) return [];
  return [
    ...['--perms', '0755', '--tmpfs', git.commonDir],
    ...git.paths.flatMap((path) => ['--ro-bind-try', path, path]),
    ...git.texts.flatMap(({ at }, index) => ['--ro-bind', gitTexts[index] ?? '/dev/null', at]),
    ...['--remount-ro', git.commonDir],
  ];
}

function repository(setup: SandboxSetup, command: CommandTask, place: CommandPlace): string[] {
  const { folder } = command;
  if (command.access === 'throw_away') return overlay(setup, folder, place.changes, REPO_AT);
  if (command.access === 'read') return ['--ro-bind', folder, REPO_AT];
  // else a later git of the worker or of a person could be led to a repository of the command's own
  const git = place.gitEntry === null ? [] : ['--ro-bind', place.gitEntry, `${REPO_AT}/.git`];
  return ['--bind', folder, REPO_AT, ...git];
}

function overlay(setup: SandboxSetup, folder: string, { upper, work }: CommandPlace['changes'], at: string): string[] {
  const changes = setup.overlayOnDisk ? ['--overlay', upper, work, at] : ['--tmp-overlay', at];
  return ['--overlay-src', folder, ...changes];
}
