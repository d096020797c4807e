// @ts-check
// A small process that starts other processes for the worker. To start a process, the system copies the page tables of
// its parent. In a worker of hundreds of megabytes that stops the only thread for 8 to 20 ms; here it stops nothing but
// this process. It is JavaScript and not TypeScript, so that it begins in 40 ms, without a compiler.
import { spawn } from 'node:child_process';

/** @typedef {import('./process-messages.js').HostRequest} HostRequest */
/** @typedef {import('./process-messages.js').HostReply} HostReply */
/** @typedef {import('./process-messages.js').StopReason} StopReason */

const STDERR_LIMIT = 8 * 1024;
const KILL_AFTER_MS = 2_000;

/** What runs, by the number of its request: how to stop it. @type {Map<number, (why: StopReason) => void>} */
const running = new Map();
let abandoned = false;

process.on('message', (/** @type {HostRequest} */ request) => {
  if (!('file' in request)) return running.get(request.id)?.('aborted');
  try {
    start(request);
  } catch (error) {
    refuse(request.id, error);
  }
});
// the worker is gone, for whatever reason: nobody needs the programs that it started
process.on('disconnect', () => {
  abandoned = true;
  for (const stop of running.values()) stop('aborted');
  leaveWhenDone();
});
// the worker says when to end; a signal to the whole group or container must not stop the git of a call that the worker
// still finishes
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

/** @param {Extract<HostRequest, { file: string }>} request */
function start({ id, file, args, cwd, env, input, timeoutMs, maxOutputBytes }) {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const chunks = [];
  let [size, stderr] = [0, ''];
  /** @type {StopReason | null} */
  let stopped = null;
  /** @type {NodeJS.Timeout | undefined} */
  let killTimer;

  const stop = (/** @type {StopReason} */ why) => {
    if (stopped !== null) return;
    stopped = why;
    killGroup(child.pid, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
  };
  const timer = setTimeout(() => stop('timeout'), timeoutMs);
  const cleanUp = () => {
    clearTimeout(timer);
    clearTimeout(killTimer);
    running.delete(id);
  };
  running.set(id, stop);

  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    size += chunk.length;
    if (size > maxOutputBytes) stop('output');
    else chunks.push(chunk);
  });
  child.stderr
    .setEncoding('utf8')
    .on('data', (/** @type {string} */ text) => (stderr = (stderr + text).slice(0, STDERR_LIMIT)));
  // when a program ends without reading its input, that is not a failure of its own
  child.stdin.on('error', (error) => codeOf(error) === 'EPIPE' || stop('aborted'));
  child.stdin.end(input);
  child.on('error', (error) => (cleanUp(), refuse(id, error)));
  child.on(
    'close',
    (code) => (cleanUp(), answer({ id, end: { code, stdout: Buffer.concat(chunks), stderr, stopped } })),
  );
}

/** @param {number} id @param {unknown} error */
function refuse(id, error) {
  answer({ id, error: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) } });
}

/** @param {HostReply} reply */
function answer(reply) {
  // the callback takes the error when the worker has just gone
  if (!abandoned) process.send?.(reply, undefined, undefined, () => {});
  leaveWhenDone();
}

function leaveWhenDone() {
  if (abandoned && running.size === 0) process.exit(0);
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
