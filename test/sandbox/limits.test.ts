import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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

isolated('a fork bomb is ended as too many processes', async () => {
  const { end, exitCode, durationMs } = await run('bomb() { bomb | bomb & }; bomb; sleep 100');
  assert.deepEqual([end, exitCode], ['too_many_processes', null]);
  assert.ok(durationMs < 30_000, `${durationMs} ms`);
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
