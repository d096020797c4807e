import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asDatabaseFailure, isNoSuchParent } from '../../src/mirror/postgres-error.js';

/** An error as node-postgres makes one of what the server says. */
const said = (code: string, message = 'words of the server'): Error =>
  Object.assign(new Error(message), { code, severity: 'ERROR' });
/** The same as Prisma hands it on: its own code outside, the driver's inside. */
const byPrisma = (kind: string, more: object = {}): Error =>
  Object.assign(new Error('\nInvalid `prisma.run.findMany()` invocation in\n/src/x.ts:1:1'), {
    code: 'P2010',
    meta: { driverAdapterError: { cause: { kind, ...more } } },
  });

const PASSES: [string, Error][] = [
  ['nobody listens', said('ECONNREFUSED')],
  ['the connection is cut', said('ECONNRESET')],
  ['no such host', said('ENOTFOUND')],
  ['one of several addresses', new AggregateError([said('EHOSTUNREACH')])],
  ['connection class', said('08006')],
  ['serialization', said('40001')],
  ['deadlock', said('40P01')],
  ['too many connections', said('53300')],
  ['disk full', said('53100')],
  ['lock not available', said('55P03')],
  ['statement time-out', said('57014')],
  ['shutdown', said('57P01')],
  ['crash', said('57P02')],
  ['starting', said('57P03')],
  ['disk broken', said('58030')],
  ['internal', said('XX000')],
  ['standby', said('25006')],
  ['slept in a transaction', said('25P03')],
  ['transaction time-out', said('25P04')],
  ['pool is full', new Error('timeout exceeded when trying to connect')],
  ['connect time-out', new Error('timeout expired')],
  ['cut', new Error('Connection terminated unexpectedly')],
  ['silence', new Error('PostgreSQL gave no answer for 60 s')],
  [
    'by Prisma: conflict',
    byPrisma('TransactionWriteConflict', { originalCode: '40P01', originalMessage: 'deadlock detected' }),
  ],
  ['by Prisma: unreachable', byPrisma('DatabaseNotReachable')],
  ['by Prisma: any state', byPrisma('postgres', { originalCode: '57014', originalMessage: 'canceling statement' })],
];

const REFUSED: [string, Error, RegExp][] = [
  ['password', said('28P01', 'password authentication failed for user "x"'), /user "x".*DATABASE_URL/],
  ['password, PgBouncer', said('08P01', 'SASL authentication failed'), /password in DATABASE_URL/],
  [
    'password, Prisma',
    byPrisma('AuthenticationFailed', {
      user: 'x',
      originalCode: '28P01',
      originalMessage: 'password authentication failed for user "x"',
    }),
    /correct the user/,
  ],
  [
    'no password',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    /put it into DATABASE_URL/,
  ],
  [
    'pg_hba.conf',
    said('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", SSL encryption'),
    /pg_hba\.conf/,
  ],
  [
    'TLS wanted',
    said('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", no encryption'),
    /sslmode=verify-full/,
  ],
  ['no TLS', new Error('The server does not support SSL connections'), /sslmode=disable/],
  ['self-signed', said('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'), /sslrootcert/],
  [
    'another host',
    said('ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"),
    /another host/,
  ],
  ['too old', said('CERT_HAS_EXPIRED', 'certificate has expired'), /new certificate/],
  ['TLS, Prisma', byPrisma('TlsConnectionError', { reason: 'self-signed certificate' }), /sslrootcert/],
  ['no database', said('3D000', 'database "y" does not exist'), /CREATE DATABASE/],
  ['no right', said('42501', 'permission denied for schema public'), /GRANT/],
  ['pooler', said('08P01', 'unsupported startup parameter: options'), /take it out/],
  ['no schema', said('3F000', 'schema "public" does not exist'), /CREATE SCHEMA public/],
  ['a setting', said('42704', 'unrecognized configuration parameter "x"'), /DATABASE_URL/],
  ['a value', said('22023', 'invalid value for parameter "work_mem": "x"'), /DATABASE_URL/],
];

test('an error that passes is mirror_unavailable, in one line', () => {
  for (const [name, error] of PASSES) {
    const failure = asDatabaseFailure(error);
    assert.equal(failure?.code, 'mirror_unavailable', name);
    assert.doesNotMatch(failure.message, /\n|prisma/);
  }
});

test('what a person must mend is database_refused, with what to do', () => {
  for (const [name, error, words] of REFUSED) {
    const failure = asDatabaseFailure(error);
    assert.equal(failure?.code, 'database_refused', name);
    assert.match(failure.message, words, name);
  }
});

test('missing tables, columns, functions, schemas are mirror_not_migrated; a bug stays what it is', () => {
  for (const code of ['42P01', '42703', '42883', 'P2021', 'P2022'])
    assert.equal(asDatabaseFailure(said(code))?.code, 'mirror_not_migrated', code);
  for (const error of [
    said('23505'),
    said('22021'),
    said('42601'),
    new Error('password'),
    new TypeError('x is not a function'),
    'text',
    null,
    undefined,
  ])
    assert.equal(asDatabaseFailure(error), null);
});

test('neither the cause nor the text of an error that is told holds what the driver knew', () => {
  const secret = Object.assign(said('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), {
    connectionString: 'postgresql://u:s3cret@h/d',
  });
  const failure = asDatabaseFailure(secret);
  assert.equal(failure?.cause, undefined);
  assert.doesNotMatch(JSON.stringify(failure) + String(failure?.stack), /s3cret/);
});

test("a row whose parent is missing is known by Prisma's code and by PostgreSQL's", () => {
  assert.ok(
    isNoSuchParent(said('P2003')) &&
      isNoSuchParent(said('23503')) &&
      isNoSuchParent(byPrisma('ForeignKeyConstraintViolation', { originalCode: '23503' })),
  );
  assert.ok(!isNoSuchParent(said('23505')));
});

test('an error that is its own cause is read without an endless loop', () => {
  const error = new Error('round');
  error.cause = error;
  assert.equal(asDatabaseFailure(error), null);
});
