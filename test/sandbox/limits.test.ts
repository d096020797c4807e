import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findBwrap, findProgram } from '../../src/sandbox/bwrap/find-bwrap.js';
import { possibleCaps } from '../../src/sandbox/bwrap/process-cap.js';
import { commonSetup } from '../../src/sandbox/common-setup.js';
import { runInHost } from '../../src/sandbox/host-client.js';
import { withCap } from '../../src/sandbox/open-sandbox.js';
import { isolated, openTestSandbox, SKIP } from './support/sandboxes.js';

const LIMITS = {
  PHASEGATE_SANDBOX_MEMORY: '300MiB',
  PHASEGATE_SANDBOX_PROCESSES: '100',
  PHASEGATE_SANDBOX_DISK: '64MiB',
};
const stack = SKIP === false ? await openTestSandbox(LIMITS) : null;
const { run, folder, config } = stack ?? ({} as NonNullable<typeof stack>);

/** Takes memory in steps, so that the watcher sees it before a single process gets no more. */
const GROWS = (mib: number) =>
  `const a = []; const step = () => { if (a.length < ${mib / 10}) { a.push(Buffer.alloc(10 * 2 ** 20, 1)); setTimeout(step, 10); } else setTimeout(() => {}, 60000); }; step();`;

/** Each of its processes starts two; after ten rounds it has about 2,000, so that no failed limit takes the machine down. */
const BOMB =
  'bomb() { [ $1 -gt 0 ] && { bomb $(($1 - 1)) | bomb $(($1 - 1)) & }; exec sleep 60; }; (bomb 10); exec sleep 60';
const UNCAPPED =
  'nothing of the kernel caps processes here: a bomb would only be looked for, which a busy machine may do too late';

const isCapped = stack?.sandbox.about.holds.some((line) => /^processes .*\bby /.test(line));
test(
  'a fork bomb is ended as too many processes',
  { skip: SKIP === false && isCapped !== true ? UNCAPPED : SKIP },
  async () => {
    const { end, exitCode, durationMs } = await run(BOMB);
    assert.deepEqual([end, exitCode], ['too_many_processes', null]);
    assert.ok(durationMs < 30_000, `${durationMs} ms`);
  },
);

isolated('where no control group counts processes, the kernel caps them in another way, if it knows one', async (t) => {
  const found = await findBwrap(config.bwrap, process.env.PATH ?? '');
  if ('why' in found) return assert.fail(found.why);
  const bare = { ...commonSetup(config, process.env), kind: 'bwrap' as const, bwrap: found.path, groups: [] };
  mkdirSync(bare.scratch, { recursive: true });
  const capped = await withCap(bare, findProgram('nsenter', '/usr/bin:/bin'));
  if (capped.processCap === null) return t.skip(UNCAPPED);
  const command = {
    ...{ access: 'throw_away' as const, git: null, network: 'none' as const, env: {}, secrets: [], timeoutMs: 60_000 },
    signal: t.signal,
  };
  // the watcher must not be what ends it: its limits are far away
  const patient = { ...capped, limits: { ...capped.limits, processes: 5_000, memoryBytes: 64 * 1024 ** 3 } };
  const counted = 'for i in $(seq 700); do sleep 60 & done; echo 700 started';
  const { end, exitCode, output } = await runInHost(patient, { ...command, run: counted, folder: folder() });
  assert.deepEqual([end, exitCode], ['exited', 2], output.text);
  assert.match(output.text, /fork/i);
  const bomb = await runInHost(capped, { ...command, run: BOMB, folder: folder() });
  assert.equal(bomb.end, 'too_many_processes');
  const few = await runInHost(capped, {
    ...command,
    run: 'for i in $(seq 60); do sleep 0.1 & done; wait',
    folder: folder(),
  });
  assert.deepEqual([few.end, few.exitCode], ['exited', 0], few.output.text);
  const left = await runInHost(capped, { ...command, run: 'ls -l /proc/self/fd | grep -c socket', folder: folder() });
  assert.equal(left.output.text.trim(), '0', 'a descriptor of the engine is open in the command');
});

test('caps of processes are tried only on kernels that count them for each namespace', () => {
  const caps = (kernel: string, nsenter: string | null = '/usr/bin/nsenter') =>
    possibleCaps(100, nsenter, kernel).map(({ by, most }) => `${by} ${most}`);
  assert.deepEqual(caps('5.10.0-30-amd64'), []);
  assert.deepEqual(caps('5.14.0-427.el9.x86_64'), ['rlimit 400']);
  assert.deepEqual(caps('6.8.0'), ['rlimit 400']);
  assert.deepEqual(caps('6.14.0'), ['rlimit 400', 'numbers 400']);
  assert.deepEqual(caps('7.0'), ['rlimit 400', 'numbers 400']);
  assert.deepEqual(caps('6.18.44', null), ['rlimit 400']);
  assert.deepEqual(caps('4.4'), []);
  assert.deepEqual(caps('unknown'), []);
});

isolated('processes that use too much memory together are ended as out of memory', async () => {
  const { end, exitCode } = await run(`node -e '${GROWS(200)}' & node -e '${GROWS(200)}' & wait`);
  assert.deepEqual([end, exitCode], ['out_of_memory', null]);
});

isolated('one process gets no more memory than the limit, and what it shares counts once', async () => {
  const alone = await run(['node', '-e', `Buffer.alloc(2 ** 30, 1); console.log('GOT IT')`]);
  assert.doesNotMatch(alone.output.text, /GOT IT/);
  assert.notEqual(alone.exitCode, 0);
  const shared = await run(
    `/usr/bin/python3 -c "
import os, time
a = bytearray(120 * 2**20)
for n in range(5):
    if os.fork() == 0: time.sleep(1.5); os._exit(0)
for n in range(5): os.wait()
print('done')" || echo done`,
  );
  assert.deepEqual([shared.end, shared.output.text], ['exited', 'done\n']);
});

isolated('files in /tmp, the home, a folder that is thrown away, and the folder itself count to the disk', async () => {
  const fill = (at: string) =>
    `i=0; while :; do i=$((i+1)); dd if=/dev/zero of=${at}/f$i bs=1M count=8 2>/dev/null || exit 9; sleep 0.02; done`;
  for (const at of ['/tmp', '$HOME']) assert.equal((await run(fill(at))).end, 'disk_full', at);
  assert.equal((await run(fill('.'), { access: 'throw_away' })).end, 'disk_full', 'overlay');
  assert.equal((await run(fill('.'))).end, 'disk_full', 'folder');
  const [own = ''] = readdirSync(join(config.workspaceRoot, '.sandbox'));
  assert.deepEqual(readdirSync(join(config.workspaceRoot, '.sandbox', own)), []);
});

isolated('one file can not be larger than the disk limit', async () => {
  const { end, signal } = await run(['dd', 'if=/dev/zero', 'of=/tmp/large', 'bs=1M', 'count=500']);
  assert.deepEqual([end, signal], ['disk_full', 'SIGXFSZ']);
});

isolated('files in memory are limited, too', async () => {
  const { output } = await run(
    'dd if=/dev/zero of=/dev/shm/large bs=1M count=60 2>&1; for i in 1 2 3 4 5; do cp /dev/shm/large /dev/shm/$i; done; du -sm /dev/shm | cut -f1',
  );
  assert.ok(Number(output.text.trim().split('\n').at(-1)) <= 260, output.text);
});

isolated('what was in the folder before does not count', async () => {
  const place = folder();
  await stack?.run('true');
  assert.equal(
    (await run('for i in 1 2 3 4 5 6; do dd if=/dev/zero of=f$i bs=1M count=10 2>/dev/null; done', { folder: place }))
      .end,
    'exited',
  );
  const { end } = await run('dd if=/dev/zero of=g bs=1M count=20 2>/dev/null; sleep 1.5', { folder: place });
  assert.equal(end, 'exited');
});

isolated('output without end is counted, and its head and tail are kept', async () => {
  const { end, output } = await run('echo the head; yes | head -c 100000000; echo the tail');
  assert.equal(end, 'exited');
  assert.equal(output.bytes, 100_000_000 + 18);
  assert.ok(Buffer.byteLength(output.text) <= 2 ** 20, String(output.text.length));
  assert.match(output.text, /^the head\n[^]*\n\[… about \d+ bytes left out …\]\n[^]*the tail\n$/);
  assert.equal((await run('yes', { timeoutMs: 1_000 })).end, 'timed_out');
});
