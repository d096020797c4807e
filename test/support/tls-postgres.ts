import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../src/local/postgres/postgres.js';
import { Reaper } from '../../src/local/processes/reaper.js';

export interface TlsPostgres {
  /** Of the database, by a name that the certificate has. */
  url: string;
  /** The authority's own certificate, and another authority's. */
  authority: string;
  stranger: string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL with TLS for `localhost`, that lets the user `tlsonly` in over TLS alone; `poor` may make nothing. Needs
 * openssl.
 */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'phasegate-tls-'));
  chmodSync(dir, 0o755);
  const reaper = new Reaper();
  reaper.removeFolder(dir);
  const authority = authorityIn(dir, 'authority');
  const stranger = authorityIn(dir, 'stranger');
  const options = { dir, reaper, log: join(dir, 'log'), port: 0, database: 'phasegate', settings: { fsync: 'off' } };
  const plain = await startPostgres(options);
  if (plain.place.elsewhere) reaper.removeFolder(plain.place.spare);
  const { data } = plain.place;
  certificateIn(dir, data);
  appendFileSync(join(data, 'postgresql.auto.conf'), 'ssl = on\n');
  const rules = [
    'hostssl all tlsonly all scram-sha-256',
    'host all postgres all scram-sha-256',
    'host all poor all scram-sha-256',
  ];
  writeFileSync(join(data, 'pg_hba.conf'), `${rules.join('\n')}\n`);
  const admin = new pg.Client({ connectionString: plain.url });
  await admin.connect();
  for (const role of ['tlsonly', 'poor']) await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  const url = new URL(plain.url);
  url.hostname = 'localhost';
  return { url: url.href, authority, stranger, stop: () => reaper.finish() };
}

function openssl(dir: string, args: string): void {
  execFileSync('openssl', args.split(' '), { cwd: dir, stdio: 'ignore' });
}

function authorityIn(dir: string, name: string): string {
  openssl(dir, `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`);
  return join(dir, `${name}.pem`);
}

function certificateIn(dir: string, data: string): void {
  openssl(dir, 'req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr');
  writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost\n');
  openssl(
    dir,
    'x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.crt',
  );
  const { uid, gid } = statSync(data);
  for (const name of ['server.key', 'server.crt']) {
    const file = join(data, name);
    writeFileSync(file, readFileSync(join(dir, name)), { mode: 0o600 });
    chownSync(file, uid, gid);
  }
}
