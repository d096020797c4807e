import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { lastLines, type Service } from './processes.js';

/**
 * A TCP port on 127.0.0.1 that nothing listens on.
 *
 * @param preferred - given back when it is free; if not, the system chooses one
 */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  try {
    server.listen({ port: preferred, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (preferred === 0) throw error;
    return await freePort();
  } finally {
    server.close();
  }
}

/** Whether something on 127.0.0.1 accepts connections on this port. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * Whether a server has ended because somebody took one of its ports after we had found it free. The last lines of its
 * log show it. Looking at the port would not: by now it may be free again, or the server may have chosen it itself.
 */
export async function hasLostPort(service: Service, ports: readonly number[]): Promise<boolean> {
  if (service.endedWith() === undefined) return false;
  if (/address already in use/i.test(lastLines(service.log))) return true;
  const free = await Promise.all(ports.map((port) => freePort(port)));
  return free.some((port, index) => port !== ports[index]);
}
