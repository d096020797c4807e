import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

const SERVER = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(workerData.status, { 'content-type': 'application/json' });
    response.end(workerData.body);
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/**
 * A model server in a thread of its own, whose work does not count where the event loop is measured. It gives the same
 * answer to every request.
 *
 * @returns its base URL
 */
export async function fixedAnswer(t: TestContext, body: string, status = 200): Promise<string> {
  const server = new Worker(SERVER, { eval: true, workerData: { body, status } });
  t.after(() => server.terminate());
  const [port] = (await once(server, 'message')) as [number];
  return `http://127.0.0.1:${port}/v1`;
}
