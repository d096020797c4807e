import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What a group of the kernel's limits for all processes in it together. */
export type Controller = 'memory' | 'pids' | 'cpu';

/** A folder of the kernel in which the worker may make groups for its commands. */
export interface GroupParent {
  folder: string;
  version: 1 | 2;
  controllers: readonly Controller[];
}

const CONTROLLERS: readonly Controller[] = ['memory', 'pids', 'cpu'];
const UNITS = /\.(?:service|scope)$/;

/**
 * Where this process may make groups. It takes only what is its own: with version 2 the unit that systemd delegated to it
 * (`Delegate=yes` and `DelegateSubgroup=worker`), or the root; with version 1 the root of a controller. A group that
 * somebody else manages is left alone.
 *
 * @param groups - text of /proc/self/cgroup
 * @param mounts - text of /proc/self/mountinfo
 * @returns an empty list where there is none; no controller is in two of them
 */
export function findGroups(
  groups = read('/proc/self/cgroup'),
  mounts = read('/proc/self/mountinfo'),
): readonly GroupParent[] {
  const own = new Map(
    groups.split('\n').flatMap((line): [string, string][] => {
      const [, names = '', ...path] = line.split(':');
      return path.length === 0 ? [] : names.split(',').map((name) => [name, path.join(':')]);
    }),
  );
  const found: GroupParent[] = [];
  const missing = (): Controller[] =>
    CONTROLLERS.filter((name) => !found.some(({ controllers }) => controllers.includes(name)));
  for (const { type, point, options } of mountsIn(mounts)) {
    if (type === 'cgroup2') found.push(...delegated(point, own.get('') ?? '/', missing()));
    const controllers = missing().filter((name) => options.includes(name) && own.get(name) === '/');
    if (type === 'cgroup' && controllers.length > 0 && isWritable(point))
      found.push({ folder: point, version: 1, controllers });
  }
  return found;
}

/** Whether the kernel limits this for all processes of a command together. */
export function isLimited({ groups }: { groups: readonly GroupParent[] }, name: Controller): boolean {
  return groups.some(({ controllers }) => controllers.includes(name));
}

function delegated(point: string, path: string, wanted: readonly Controller[]): GroupParent[] {
  const own = resolve(point, `.${path}`);
  const unit = dirname(own);
  // only a root may have processes beside groups
  const folder = !existsSync(join(own, 'cgroup.type')) ? own : UNITS.test(unit) ? unit : null;
  if (folder === null || !isWritable(folder)) return [];
  const there = read(join(folder, 'cgroup.controllers')).trim().split(' ');
  const controllers = wanted.filter((name) => there.includes(name));
  try {
    if (controllers.length > 0)
      writeFileSync(join(folder, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '));
  } catch {
    return [];
  }
  return controllers.length === 0 ? [] : [{ folder, version: 2, controllers }];
}

function mountsIn(text: string): { type: string; point: string; options: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type = '', , options = ''] = after.split(' ');
    return type.startsWith('cgroup') ? [{ type, point: before.split(' ')[4] ?? '', options: options.split(',') }] : [];
  });
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
