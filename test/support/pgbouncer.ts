import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { until } from './until.js';

/** Why there is no real PgBouncer for a test; false where there is one. Debian's package puts it into /usr/sbin. */
export function pgbouncerMissing(): string | false {
  return spawnSync('pgbouncer', ['--version'], { env: pathWithSbin() }).status === 0
    ? false
    : 'no pgbouncer on the PATH';
}

/** A PgBouncer with few connections in front of a server. @returns its URL for the same database */
export async function startPgbouncer(
  target: string,
  mode: 'session' | 'transaction',
  poolSize: number,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = new URL(target);
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'phasegate-pgbouncer-'));
  await chmod(folder, 0o755);
  const file = path.join(folder, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
* = host=127.0.0.1 port=${server.port} user=${server.username} password=${decodeURIComponent(server.password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
auth_type = any
unix_socket_dir =
pool_mode = ${mode}
default_pool_size = ${poolSize}
`,
  );
  // it refuses to run as root
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', [...user, file], { stdio: 'ignore', env: pathWithSbin() });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = new URL(target);
  [url.port, url.password] = [String(port), ''];
  await until(() => answers(url.href), 20_000);
  return {
    url: url.href,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  const there = await client
    .connect()
    .then(() => client.query('SELECT 1'))
    .then(
      () => true,
      () => false,
    );
  await client.end().catch(() => undefined);
  return there;
}

function pathWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
