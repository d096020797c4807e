import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findGroups, isLimited } from '../../src/sandbox/cgroups/find-groups.js';
import { makeGroup } from '../../src/sandbox/cgroups/group.js';
import { inGroup } from '../../src/sandbox/host/process-control.js';

const LIMITS = { memoryBytes: 2 ** 30, processes: 3, diskBytes: 2 ** 30 };
const REAL = findGroups();

/** Folders as the kernel shows groups; each has the files that matter. */
function groups(t: TestContext, folders: Record<string, Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'phasegate-groups-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, files] of Object.entries(folders)) {
    mkdirSync(join(root, name), { recursive: true });
    for (const [file, text] of Object.entries({ 'cgroup.procs': '', ...files }))
      writeFileSync(join(root, name, file), text);
  }
  return root;
}
const mount = (type: string, root: string, options = 'rw') =>
  `30 23 0:26 / ${root} rw,nosuid - ${type} cgroup ${options}\n`;
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

test('version 2: the unit that systemd delegated, and no group of somebody else', (t) => {
  const unit = {
    'cgroup.type': 'domain',
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'cgroup.subtree_control': '',
  };
  const root = groups(t, {
    '.': { 'cgroup.controllers': 'cpu memory pids\n' },
    'system.slice': unit,
    'system.slice/worker.service': unit,
    'system.slice/worker.service/worker': unit,
    'no/x.service': { ...unit, 'cgroup.controllers': '' },
    'no/x.service/worker': unit,
  });
  const found = (path: string) => findGroups(`0::${path}\n`, mount('cgroup2', root));
  const [parent, ...others] = found('/system.slice/worker.service/worker');
  assert.deepEqual(
    [parent, others],
    [{ folder: join(root, 'system.slice/worker.service'), version: 2, controllers: ['memory', 'pids', 'cpu'] }, []],
  );
  assert.equal(read(root, 'system.slice/worker.service/cgroup.subtree_control'), '+memory +pids +cpu');
  // the group of a service that is not delegated has its processes in itself, and the slice above is systemd's
  assert.deepEqual(found('/system.slice/worker.service'), []);
  assert.deepEqual(found('/no/x.service/worker'), []);
  assert.equal(found('/')[0]?.folder, root);
  const group = makeGroup([parent!], LIMITS);
  const folder = dirname(group.join[0] ?? '');
  assert.deepEqual(
    ['pids.max', 'memory.max', 'memory.swap.max', 'memory.oom.group', 'cpu.weight'].map((file) => read(folder, file)),
    ['7', String(2 ** 30), '0', '1', '12'],
  );
  assert.equal(group.passed(), null);
  writeFileSync(join(folder, 'memory.events'), 'low 0\nmax 70\noom 1\noom_kill 1\n');
  assert.equal(group.passed(), 'out_of_memory');
  writeFileSync(join(folder, 'pids.events'), 'max 2\n');
  assert.equal(group.passed(), 'too_many_processes');
});

test('version 1: a controller whose root is our own, and none that somebody manages', (t) => {
  const root = groups(t, { pids: {}, memory: {}, cpu: {} });
  const mounts = ['pids', 'memory', 'cpu'].map((name) => mount('cgroup', join(root, name), `rw,${name}`)).join('');
  const found = findGroups('9:pids:/\n8:memory:/docker/1\n7:cpu,cpuacct:/\n0::/\n', mounts);
  assert.deepEqual(
    found.map(({ folder, controllers }) => [folder, controllers]),
    [
      [join(root, 'pids'), ['pids']],
      [join(root, 'cpu'), ['cpu']],
    ],
  );
  assert.deepEqual([isLimited({ groups: found }, 'pids'), isLimited({ groups: found }, 'memory')], [true, false]);
  const folder = dirname(makeGroup(found, LIMITS).join[1] ?? '');
  assert.equal(read(folder, 'cpu.shares'), '128');
  assert.deepEqual(findGroups('', ''), []);
  assert.deepEqual(findGroups('garbage\n1:\n::::', 'garbage - \n - cgroup2'), []);
});

const none = isLimited({ groups: REAL }, 'pids') ? false : 'this machine has no group for processes that we may make';
test(
  'the kernel lets a command have no more processes, counts that it wanted them, and the group goes',
  { skip: none },
  async () => {
    const group = makeGroup(REAL, LIMITS);
    const [file = '', ...args] = [
      ...inGroup(group),
      '/bin/sh',
      '-c',
      'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2 & done; wait',
    ];
    const { stderr } = spawnSync(file, args, { encoding: 'utf8' });
    assert.match(stderr, /fork/i);
    assert.equal(group.passed(), 'too_many_processes');
    await group.remove();
    for (const path of group.join) assert.ok(!existsSync(dirname(path)), path);
  },
);
