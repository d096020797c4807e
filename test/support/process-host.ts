import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

/** Kills the process that starts git for a worker, by default for the one in this process. */
export function killProcessHost(worker = process.pid): void {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const hosts = table
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === worker && args.some((arg) => arg.endsWith('process-host.mjs')));
  assert.ok(hosts.length > 0, 'there is a process host');
  for (const [pid] of hosts) process.kill(Number(pid), 'SIGKILL');
}
