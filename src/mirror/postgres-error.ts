import { cut, PhasegateError } from '../domain/failures.js';

type Code = 'mirror_unavailable' | 'database_refused' | 'mirror_not_migrated';

/**
 * Refusals that last until a person acts: the words by which they are known, and what to do. The first that fits
 * counts.
 */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /^(28P01|P1000|AuthenticationFailed)\b|(password|SASL|cleartext|md5) authentication failed/i,
    'correct the user and the password in DATABASE_URL',
  ],
  [/client password must be a/, 'the server asks for a password: put it into DATABASE_URL'],
  [
    /no encryption|SSL off|(SSL|TLS) (connection is |is )?required/i,
    'the server wants TLS: add ?sslmode=verify-full to DATABASE_URL',
  ],
  [/does not support SSL/i, 'the server has no TLS: take sslmode out of DATABASE_URL, or say sslmode=disable'],
  [
    /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)|match certificate's altnames/,
    'the certificate is for another host: name the server in DATABASE_URL as its certificate does',
  ],
  [/^CERT_HAS_EXPIRED|certificate has expired/, 'the server needs a new certificate'],
  [
    /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO|P1011|TlsConnectionError)|self.signed certificate|valid client certificate/,
    "TLS failed: name the authority of the server's certificate with sslrootcert=FILE, or don't check it with sslmode=no-verify",
  ],
  [/unsupported startup parameter/, 'the pooler does not know it: take it out of DATABASE_URL'],
  [
    /unrecognized configuration parameter|^22023\b.*for parameter/,
    'correct it in DATABASE_URL, or where the role or the database has it',
  ],
  [/^3F000\b/, 'make the schema: CREATE SCHEMA public, with GRANT USAGE, CREATE for this role'],
  [
    /^(3D000|P1003|DatabaseDoesNotExist)\b|no such database/,
    "create it (CREATE DATABASE … ENCODING 'UTF8'), or correct its name in DATABASE_URL",
  ],
  [
    /^(28000|P1010|DatabaseAccessDenied)\b|no such user/,
    'the server does not let this user in from here: look at the role, and at pg_hba.conf',
  ],
  [
    /^42501\b/,
    'the role needs more rights: GRANT CREATE ON DATABASE … and GRANT USAGE, CREATE ON SCHEMA public, or make it the owner',
  ],
  [
    /^SASL|unsupported frontend protocol|authentication (method|type|mechanism|option)/i,
    'the server asks for a log-in that phasegate does not know: use scram-sha-256',
  ],
];

/**
 * Faults that pass. They are of the connection (class 08), of resources (53), by an operator (57), of the system (58),
 * inside the server (XX), by other transactions (40, 55) or by time limits (25P03, 25P04). A standby that takes no
 * writes until the failover is one, too (25006).
 */
const AWAY_STATES = /^(08|40|53|55|57|58|XX)[0-9A-Z]{3}$|^(25006|25P03|25P04)$/;
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOENT',
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ERR_STREAM_DESTROYED',
]);
/** Prisma's own codes for a database that can't be used now. */
const AWAY_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
/** The driver adapter's names for the same: Prisma gives all errors of a statement of ours one code. */
const AWAY_KINDS = new Set([
  'DatabaseNotReachable',
  'SocketTimeout',
  'ConnectionClosed',
  'TransactionWriteConflict',
  'TooManyConnections',
]);
/** node-postgres and its pool tell these only by their words. */
const AWAY_WORDS =
  /connection terminated|connection ended|timeout exceeded|timeout expired|connection error|not queryable|gave no answer|write after end/i;

/** No such table, column or function. */
const NOT_MIGRATED = new Set(['P2021', 'P2022', '42P01', '42703', '42883']);

/**
 * What an error of PostgreSQL means for the caller. It is a failure with a code, or null where the error would come
 * again although the database is well (a bug of ours). This is the only place that knows PostgreSQL's errors.
 *
 * @param error - an error of `pg` or Prisma
 * @returns `mirror_unavailable` (it passes), `database_refused` (it passes when a person has acted), or
 *   `mirror_not_migrated`
 */
export function asDatabaseFailure(error: unknown): PhasegateError | null {
  for (const cause of causesOf(error)) {
    const known = failureOf(cause);
    // no `cause`: it may hold the connection string
    if (known) return new PhasegateError(...known);
  }
  return null;
}

/** Whether a row could not be written because the row that it belongs to is missing. */
export function isNoSuchParent(error: unknown): boolean {
  // Prisma's own code, and PostgreSQL's for a statement of ours
  return causesOf(error).some(({ code }) => code === 'P2003' || code === '23503');
}

/** Whether a row could not be written because another has its key. */
export function isAlreadyThere(error: unknown): boolean {
  return causesOf(error).some(({ code }) => code === 'P2002' || code === '23505');
}

function failureOf({ code = '', kind = '', message }: Cause): [Code, string] | null {
  const told = oneLine([code || kind, message]);
  const refused = REFUSED.find(([words]) => words.test(told) || words.test(message));
  if (refused) return ['database_refused', `PostgreSQL refuses: ${told}; ${refused[1]}`];
  const passes =
    AWAY_STATES.test(code) ||
    AWAY_CODES.has(code) ||
    AWAY_PRISMA_CODES.has(code) ||
    AWAY_KINDS.has(kind) ||
    AWAY_WORDS.test(message);
  if (passes) return ['mirror_unavailable', `PostgreSQL can't be used now: ${told}`];
  if (NOT_MIGRATED.has(code)) return ['mirror_not_migrated', `the database lacks what this version needs: ${told}`];
  return null;
}

interface Cause {
  /** PostgreSQL's state, a code of Prisma's or of Node's. */
  code?: string;
  /** The driver adapter's name for it. */
  kind?: string;
  message: string;
}

/** An error and its causes. Prisma keeps the driver's error in places of its own, and Node keeps several in one. */
function causesOf(error: unknown): Cause[] {
  const seen = new Set<unknown>();
  const found: Cause[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.size > 16 || seen.has(value)) return;
    seen.add(value);
    const it = value as Record<string, unknown>;
    found.push({
      code: textOf(it.originalCode) ?? textOf(it.code) ?? textOf(it.errorCode),
      kind: textOf(it.kind),
      message: textOf(it.originalMessage) ?? textOf(it.message) ?? textOf(it.reason) ?? '',
    });
    look(it.cause);
    look((it.meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError);
    if (Array.isArray(it.errors)) it.errors.forEach(look);
  };
  look(error);
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Prisma's messages have many lines, and quote the code around the call in the first ones. */
function oneLine(parts: string[]): string {
  const text = parts.filter(Boolean).join(' ');
  return cut(text.includes('invocation') ? (parts[0] ?? '') : text.replace(/\s+/g, ' ').trim(), 300);
}
