import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What PgBouncer 1.18 takes in a connection's first message. */
const TAKEN = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
]);
const GREETING = 'K';
const READY = 'Z';

export interface StrictPooler {
  url: string;
  close(): Promise<void>;
}

/**
 * Stands in front of a server as a pooler does: it refuses a connection whose first message has a parameter that
 * PgBouncer doesn't carry, and tells a process number of its own. It pools nothing: `pgbouncer.ts` is the real one,
 * where that is installed.
 */
export async function startStrictPooler(target: string): Promise<StrictPooler> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const keep = (socket: Socket) => void sockets.add(socket.setNoDelay().on('error', () => undefined));
    keep(near);
    near.once('data', (first: Buffer) => {
      const unknown = parametersOf(first).find((name) => !TAKEN.has(name.toLowerCase()));
      if (unknown !== undefined) return void near.end(refusal(`unsupported startup parameter: ${unknown}`));
      const far = connect(Number(port || 5432), hostname, () => far.write(first));
      keep(far);
      near.pipe(far);
      far.on('close', () => near.destroy());
      near.on('close', () => far.destroy());
      passOn(far, near);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Names in a first message: its length, the protocol's version, then names and values that end with 0. */
function parametersOf(message: Buffer): string[] {
  return message
    .toString('latin1', 8)
    .split('\0')
    .filter((_, index) => index % 2 === 0)
    .filter(Boolean);
}

function refusal(words: string): Buffer {
  const body = Buffer.from(`SFATAL\0C08P01\0M${words}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Passes on what the server says, up to the end of its greeting message by message, to change the number in it. */
function passOn(far: Socket, near: Socket): void {
  let waiting = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let isReady = false; waiting.length >= 5 && waiting.length > waiting.readInt32BE(1);) {
      const message = Buffer.from(waiting.subarray(0, waiting.readInt32BE(1) + 1));
      waiting = waiting.subarray(message.length);
      const type = String.fromCharCode(message[0] ?? 0);
      if (type === GREETING) message.writeInt32BE(0x7fffffff, 5);
      isReady = type === READY;
      near.write(message);
      if (!isReady) continue;
      far.off('data', look);
      near.write(waiting);
      far.pipe(near);
      return;
    }
  };
  far.on('data', look);
}
