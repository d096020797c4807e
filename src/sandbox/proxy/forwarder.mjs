// @ts-check
// Runs inside a sandbox that has no network: it listens on a port there, and hands each connection to the proxy's
// socket, which is bound in. Then it starts the command, waits for it, and ends as it ended.
// node forwarder.mjs SOCKET PORT COMMAND …
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { connect, createServer } from 'node:net';

const [socket = '', port = '', file = '', ...args] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true }, (client) => {
  const proxy = connect({ path: socket, allowHalfOpen: true });
  client.pipe(proxy).pipe(client);
  client.on('error', () => proxy.destroy());
  proxy.on('error', () => client.destroy());
  client.on('close', () => proxy.destroy());
  proxy.on('close', () => client.destroy());
});
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(file, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`${file}: ${error.message}`);
    process.exit('code' in error && error.code === 'EACCES' ? 126 : 127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
});
