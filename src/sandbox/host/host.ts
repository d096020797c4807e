// The process that runs commands for a worker. It starts them from its one thread: Linux ends a sandbox when the thread
// that started it ends. It reads their output, so that output without end takes nothing of the worker's one thread. When
// the worker is gone, for whatever reason, it ends all commands, removes their folders, and ends.
import { closeInherited } from './inherited.js';
import type { HostReply, HostRequest } from './messages.js';
import { RefusedSandbox } from './refused.js';
import { runCommand } from './run-command.js';
import { removeOwnFolders } from './scratch.js';

const running = new Map<number, AbortController>();
let isAbandoned = false;

closeInherited();

process.on('message', (request: HostRequest) => {
  if ('stop' in request) return running.get(request.id)?.abort();
  void answer(request);
});
process.on('disconnect', () => {
  isAbandoned = true;
  for (const stop of running.values()) stop.abort();
  void leaveWhenDone();
});
// the worker says when to end; a signal to the whole group must not stop commands of a call that the worker still waits
// for
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function answer({ id, setup, command }: Extract<HostRequest, { setup: unknown }>): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  let reply: HostReply;
  try {
    reply = { id, result: await runCommand(setup, command, stop.signal) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { id, error: { message, isRefusal: error instanceof RefusedSandbox } };
  }
  running.delete(id);
  // the callback takes the error when the worker has just gone
  if (!isAbandoned) process.send?.(reply, undefined, undefined, () => undefined);
  await leaveWhenDone();
}

async function leaveWhenDone(): Promise<void> {
  if (!isAbandoned || running.size > 0) return;
  await removeOwnFolders();
  process.exit(0);
}
