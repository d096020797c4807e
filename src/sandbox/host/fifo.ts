import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/**
 * A pipe for standard output and error together, in the order in which they were written. What Node gives a process as
 * a pipe is a socket, and `echo > /dev/stderr` fails on a socket.
 */
export interface Pipe {
  reader: Socket;
  /** The descriptor that the command gets. */
  writer: number;
  /** Closes the descriptor here, so that the reader sees the end. */
  closeWriter(): void;
}

/** @param path - where the pipe is made; nothing is there afterwards */
export async function makePipe(path: string): Promise<Pipe> {
  await promisify(execFile)('mkfifo', ['-m', '600', '--', path]);
  // in this order neither waits for the other
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  unlinkSync(path);
  let isOpen = true;
  const closeWriter = (): void => {
    if (isOpen) closeSync(writer);
    isOpen = false;
  };
  return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer, closeWriter };
}
