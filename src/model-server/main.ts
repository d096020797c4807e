import { parseArgs } from 'node:util';
import { startModelServer } from './server.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'delay-ms': { type: 'string', default: '0' },
  },
});

const server = await startModelServer({
  port: Number(values.port),
  host: values.host,
  delayMs: Number(values['delay-ms']),
});
console.log(`scripted model server (no model is behind it): ${server.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
