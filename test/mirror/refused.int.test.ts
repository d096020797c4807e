import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { startable } from '../../src/local/startable.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { startTlsPostgres, type TlsPostgres } from '../support/tls-postgres.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { clientEnv } from '../client/support.js';

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl, which makes the certificates';

interface Called {
  code: number;
  output: string;
}

/** What a person calls, with a connection URL of its own. */
function call(stack: TestStack, file: string, url: string, ...args: string[]): Promise<Called> {
  const env = { ...clientEnv(stack), DATABASE_URL: url, NODE_NO_WARNINGS: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [...startable(file), ...args], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 99) : 0, output: stdout + stderr }),
    );
  });
}

describe('what PostgreSQL refuses is said in one sentence, with what to do', { skip, concurrency: 2 }, () => {
  let server: TlsPostgres;
  let stack: TestStack;
  before(async () => {
    [server, stack] = await Promise.all([startTlsPostgres(), startTestStack({}, { worker: 'own' })]);
  });
  after(async () => {
    killWorkers();
    await Promise.all([server.stop(), stack.stop()]);
  });

  const url = (change: (url: URL) => void): string => {
    const made = new URL(server.url);
    change(made);
    return made.href;
  };
  const as = (user: string, password: string, query = ''): string =>
    url((made) => Object.assign(made, { username: user, password, search: query }));
  const own = (query: string, host = 'localhost'): string =>
    url((made) => Object.assign(made, { search: query, hostname: host }));

  const refusals: Record<string, [() => string, RegExp]> = {
    'a wrong password': [
      () => as('postgres', 's3cret'),
      /database_refused: .*password authentication failed for user "postgres".*correct the user and the password/,
    ],
    'no password': [() => as('postgres', ''), /database_refused: .*put it into DATABASE_URL/],
    'no such role': [() => as('nobody-of-ours', 's3cret'), /database_refused: .*pg_hba\.conf/],
    'no such database': [
      () => url((made) => (made.pathname = '/none')),
      /database_refused: .*database "none" does not exist.*CREATE DATABASE/,
    ],
    'a server that wants TLS': [() => as('tlsonly', 'pw'), /database_refused: .*wants TLS.*sslmode=verify-full/],
    'an authority that nobody knows': [() => own('?sslmode=verify-full'), /database_refused: .*sslrootcert=FILE/],
    'another authority': [
      () => own(`?sslmode=verify-full&sslrootcert=${server.stranger}`),
      /database_refused: .*sslrootcert=FILE/,
    ],
    'a certificate for another host': [
      () => own(`?sslmode=verify-full&sslrootcert=${server.authority}`, '127.0.0.1'),
      /database_refused: .*another host/,
    ],
    'a server without TLS': [
      () => `${stack.config.databaseUrl}?sslmode=verify-full`,
      /database_refused: .*has no TLS.*sslmode=disable/,
    ],
  };

  for (const [name, [where, words]] of Object.entries(refusals)) {
    test(`${name}: migrate and doctor`, async () => {
      const [migrate, doctor] = await Promise.all([
        call(stack, 'migrate.ts', where()),
        call(stack, 'client.ts', where(), 'doctor'),
      ]);
      assert.equal(migrate.code, 1);
      assert.match(migrate.output, words);
      assert.match(doctor.output, new RegExp(words.source.replace('database_refused: ', 'FAIL +PostgreSQL: ')));
      for (const { output } of [migrate, doctor]) {
        assert.doesNotMatch(output, /\n +at |s3cret|postgresql:\/\//, output);
        assert.doesNotMatch(output, new RegExp(decodeURIComponent(new URL(where()).password) || 's3cret'), 'no secret');
        assert.doesNotMatch(output, /client -- reconcile\n/, 'reconciling mends no connection');
      }
    });
  }

  test('no right to create: migrate', async () => {
    const { code, output } = await call(stack, 'migrate.ts', as('poor', 'pw'));
    assert.equal(code, 1);
    assert.match(output, /database_refused: .*permission denied.*GRANT CREATE/);
    assert.doesNotMatch(output, /\n +at /);
  });

  test('a worker that is refused ends with the reason, and does not wait for ever', async () => {
    for (const name of [
      'a wrong password',
      'no such database',
      'a server that wants TLS',
      'an authority that nobody knows',
    ]) {
      const [where, words] = refusals[name]!;
      const worker = startWorkerProcess(stack, { DATABASE_URL: where(), NODE_NO_WARNINGS: '1' });
      assert.equal(await worker.ended, 1, name);
      // a line of JSON
      const said = worker.output().replaceAll('\\"', '"');
      assert.match(said, words);
      assert.doesNotMatch(said, /\n +at |s3cret|postgresql:\/\//);
    }
  });

  /** As docs/deploying.md has it. */
  const modes: [string, 'plain' | 'tls' | 'refused'][] = [
    ['', 'plain'],
    ['?sslmode=disable', 'plain'],
    ['?sslmode=no-verify', 'tls'],
    ...['prefer', 'require', 'verify-ca', 'verify-full'].flatMap((mode): [string, 'tls' | 'refused'][] => [
      [`?sslmode=${mode}&sslrootcert=AUTHORITY`, 'tls'],
      [`?sslmode=${mode}`, 'refused'],
    ]),
    ['?sslmode=require&uselibpqcompat=true', 'tls'],
    ['?sslmode=prefer&uselibpqcompat=true', 'tls'],
    ['?sslmode=verify-ca&uselibpqcompat=true&sslrootcert=AUTHORITY', 'tls'],
    ['?sslmode=verify-full&uselibpqcompat=true&sslrootcert=AUTHORITY', 'tls'],
  ];

  test('each sslmode does what docs/deploying.md says', async () => {
    const { openMirror } = await import('../../src/mirror/mirror.js');
    for (const [query, expected] of modes) {
      const mirror = openMirror(own(query.replace('AUTHORITY', server.authority)));
      try {
        const asked = mirror.whileThere(() =>
          mirror.pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
        );
        if (expected === 'refused') await assert.rejects(asked, { code: 'database_refused' }, query);
        else assert.equal((await asked).rows[0]?.ssl, expected === 'tls', query);
      } finally {
        await mirror.close();
      }
    }
  });
});
