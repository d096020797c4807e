import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { withoutTakenAddresses } from '../../src/local/free-addresses.js';
import { freePort } from '../../src/local/processes/ports.js';

test('an address whose port is taken is left out and told, and a free one stays', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const said: string[] = [];
  const env = {
    PHASEGATE_METRICS_ADDRESS: `127.0.0.1:${port}`,
    PHASEGATE_HEALTH_ADDRESS: `127.0.0.1:${await freePort()}`,
    OTHER: 'x',
  };
  const replaced = await withoutTakenAddresses(env, (line) => said.push(line));
  server.close();
  assert.deepEqual(replaced, { PHASEGATE_METRICS_ADDRESS: '' });
  assert.deepEqual(said, [
    `PHASEGATE_METRICS_ADDRESS: something listens on 127.0.0.1:${port} already, so the worker starts without it.`,
  ]);
  assert.deepEqual(await withoutTakenAddresses({ OTHER: 'x' }, () => assert.fail()), {});
});
