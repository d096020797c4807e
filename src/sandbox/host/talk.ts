import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { StartPlace } from './started.js';

/** Connects to the socket on which the worker talks with a command. */
export async function connectTalk(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  // the worker has gone, or no longer listens: how the command ends tells the rest
  socket.on('error', () => socket.destroy());
  return socket;
}

/** Standard input, output and error of a command. */
export function standardStreams({ talk, writer }: StartPlace): ['ignore', number, number] | ['pipe', 'pipe', number] {
  return talk === null ? ['ignore', writer, writer] : ['pipe', 'pipe', writer];
}

/** Joins a command with its socket. Neither is read faster than the other takes it. */
export function joinTalk({ stdin, stdout }: ChildProcess, { talk }: StartPlace): void {
  if (talk === null || stdin === null || stdout === null) return;
  for (const stream of [stdin, stdout]) stream.on('error', () => undefined);
  talk.pipe(stdin);
  stdout.pipe(talk);
}
