// Ends the processes of a local stack, and outlives the process that started them: when its standard input ends (its
// parent closed it, or was killed, even by SIGKILL), it stops the registered process groups stage by stage and exits.
// Plain JavaScript, no packages: it must start fast, and work when node_modules is just being replaced.
// One JSON message a line: {"add": {pid, signal, stage, graceMs}}, {"gone": pid}, {"stop": pid}, {"removeFolder":
// path}.
// SIGTERM to this process means: end everything at once.
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** @type {Map<number, {pid: number, signal: NodeJS.Signals, stage: number, graceMs: number}>} */
const groups = new Map();
const folders = new Set();
let hurry = false;

process.on('SIGTERM', () => {
  hurry = true;
});
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  if (message.add) groups.set(message.add.pid, message.add);
  if (message.gone) groups.delete(message.gone);
  if (message.removeFolder) folders.add(message.removeFolder);
  const asked = groups.get(message.stop);
  if (asked) void end(asked);
});
lines.on('close', async () => {
  const stages = [...new Set([...groups.values()].map((group) => group.stage))].sort((a, b) => a - b);
  for (const stage of stages) {
    await Promise.all([...groups.values()].filter((group) => group.stage === stage).map(end));
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function end(group) {
  signalGroup(group.pid, group.signal);
  const deadline = Date.now() + group.graceMs;
  while (isAlive(group.pid)) {
    if (hurry || Date.now() > deadline) signalGroup(group.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (Date.now() > deadline + 5_000) break;
  }
  signalGroup(group.pid, 'SIGKILL'); // what its leader left behind
  groups.delete(group.pid);
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // it is gone already
  }
}

function isAlive(pid) {
  try {
    process.kill(-pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return !isZombie(pid);
}

// Where nobody reaps orphans (a container whose first process is not an init), a dead leader can still be seen as a
// zombie.
function isZombie(pid) {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
