import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, Sandbox, SandboxCommand } from './sandbox.js';

/** A program in the sandbox whose standard input and output are here. */
export interface Conversation {
  /** Written: its standard input. Read: its standard output. */
  stream: Socket;
  /** How it ended by itself, with its standard error. It never rejects; null: it was stopped. */
  ended: Promise<CommandResult | null>;
  /** Ends all that it started, and resolves when nothing of it is left. */
  stop: () => Promise<void>;
}

/** More than a program's life: who started it stops it. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/**
 * Starts a program in the sandbox, to talk with it.
 *
 * @param command - its signal ends the program, too
 * @throws what the signal was aborted with
 * @throws PhasegateError `sandbox_unavailable` when this program got no sandbox
 */
export async function converse(
  sandbox: Sandbox,
  command: Omit<SandboxCommand, 'talk' | 'timeoutMs'>,
): Promise<Conversation> {
  // a short path: the system takes no long one for a socket
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-'));
  const talk = join(folder, 'talk.sock');
  // the end of what it says must not end what it is told, nor the other way round
  const server = createServer({ allowHalfOpen: true });
  server.maxConnections = 1;
  const stopped = new AbortController();
  const signal = AbortSignal.any([command.signal, stopped.signal]);
  let running: Promise<CommandResult> | undefined;
  try {
    server.listen(talk);
    await once(server, 'listening');
    running = sandbox.run({ ...command, talk, timeoutMs: NO_LIMIT_MS, signal });
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const [stream] = await Promise.race([connected, running.then(neverConnected)]);
    stream.on('error', () => stream.destroy());
    const ended = running.catch(() => null);
    const stop = async (): Promise<void> => {
      stopped.abort(new Error('no longer needed'));
      await ended;
      stream.destroy();
    };
    return { stream, ended, stop };
  } catch (error) {
    stopped.abort(error);
    await running?.catch(() => undefined);
    throw error;
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function neverConnected(): never {
  throw new Error('the program ended before it could be talked with');
}
