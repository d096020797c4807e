import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';
import { isolated, openTestSandbox, SKIP } from './support/sandboxes.js';

const stack = SKIP === false ? await openTestSandbox() : null;
const { folder, config } = stack ?? ({} as NonNullable<typeof stack>);
const WORKER = fileURLToPath(new URL('./support/command-worker.js', import.meta.url));
/** It and what it started ignore all signals that can be ignored, and beat. */
const STUBBORN = `trap '' TERM INT HUP; setsid sh -c "trap '' TERM INT HUP; echo > begun; while :; do echo x >> beats; sleep 0.02; done" & sleep 1000`;

for (const access of ['write', 'throw_away'] as const)
  isolated(`kill -9 of the worker ends its command (${access}), and its folders are removed`, async () => {
    for (let round = 0; round < 5; round++) {
      const place = folder();
      const worker = start(place, access);
      // in the middle of its start, too
      if (round === 0) await until(() => commandsOf(place).length > 0);
      else await until(() => (access === 'write' ? existsSync(join(place, 'beats')) : commandsOf(place).length > 2));
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await until(
        () => commandsOf(place).length === 0,
        5_000,
        () => commandsOf(place).join('\n'),
      );
    }
    await until(() => readdirSync(join(config.workspaceRoot, '.sandbox')).every((name) => isInUse(name)));
  });

isolated('when the process that runs commands is killed, too, they end all the same', async () => {
  const place = folder();
  const worker = start(place, 'write');
  await until(() => existsSync(join(place, 'beats')));
  const [host = ''] = processes().filter(
    (pid) => fileOf(pid, 'cmdline').includes('host-entry.mjs') && parentOf(pid) === String(worker.pid),
  );
  worker.kill('SIGKILL');
  process.kill(Number(host), 'SIGKILL');
  await until(
    () => commandsOf(place).length === 0,
    5_000,
    () => commandsOf(place).join('\n'),
  );
  const before = readFileSync(join(place, 'beats'), 'utf8').length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(readFileSync(join(place, 'beats'), 'utf8').length, before);
});

function start(place: string, access: string) {
  const args = [WORKER, config.workspaceRoot, config.bwrap, place, access, `: ${place}; ${STUBBORN}`];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

/** The processes of a folder's command: its name is in their arguments. */
function commandsOf(place: string): string[] {
  return processes().filter((pid) => {
    const line = fileOf(pid, 'cmdline');
    return line.includes(`: ${place};`) && !line.includes('command-worker');
  });
}

/** Those of this process and of others that still run. */
function isInUse(name: string): boolean {
  return readdirSync(join(config.workspaceRoot, '.sandbox', name)).length === 0 || name.startsWith('probe-');
}

function processes(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function parentOf(pid: string): string {
  const stat = fileOf(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

function fileOf(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
