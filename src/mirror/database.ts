import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { databaseAway } from '../domain/database-away.js';
import { PhasegateError } from '../domain/failures.js';
import { PrismaClient } from '../generated/prisma/client.js';

/** Longest a statement may take: a mirror that hangs must not hang a run. */
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Prisma's own codes for a database that can't be used now. */
const AWAY_PRISMA_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
/** The same as the driver adapter calls it: Prisma gives a statement of ours one code, whatever was wrong. */
const AWAY_KINDS = new Set([
  'AuthenticationFailed', 'DatabaseNotReachable', 'DatabaseDoesNotExist', 'SocketTimeout', 'ConnectionClosed', 'TransactionWriteConflict', 'TooManyConnections',
]);
// no such table, column or function
const NOT_MIGRATED = new Set(['P2021', 'P2022', '42P01', '42703', '42883']);
// 57014: the statement timeout; 40001 and 40P01: another transaction was in the way
const PASSING_STATES = new Set(['57014', '40001', '40P01', '55P03']);

export type { PrismaClient } from '../generated/prisma/client.js';

/** One pool of connections, for Prisma and for LangGraph's checkpoints. */
export interface Database {
  pool: pg.Pool;
  prisma: PrismaClient;
  close: () => Promise<void>;
}

/**
 * Opens the database; connections are made when they are needed.
 *
 * @param url - `postgresql://…`
 * @param max - most connections at once
 */
export function openDatabase(url: string, max = 10): Database {
  const pool = new pg.Pool({ connectionString: url, max, statement_timeout: STATEMENT_TIMEOUT_MS, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // a lost connection shows in the next query; without a listener it would end the process, also between two statements of a transaction
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false }),
    transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: STATEMENT_TIMEOUT_MS },
  });
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
  };
  return { pool, prisma, close };
}

/**
 * Does something with the database; a fault that passes becomes `mirror_unavailable`, missing tables and
 * functions become `mirror_not_migrated`, everything else (a bug of ours) stays as it is.
 */
export async function whileThere<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw classify(error);
  }
}

function classify(error: unknown): unknown {
  for (const cause of causes(error)) {
    const code = codeOf(cause);
    const kind = kindOf(cause);
    const passes = code !== undefined && (AWAY_PRISMA_CODES.has(code) || PASSING_STATES.has(code));
    const away = databaseAway(cause) ?? (passes ? code : kind !== undefined && AWAY_KINDS.has(kind) ? kind : null);
    // no `cause`: it may hold the connection string
    if (away !== null) return new PhasegateError('mirror_unavailable', `PostgreSQL can't be used now: ${away}`);
    if (code !== undefined && NOT_MIGRATED.has(code)) return new PhasegateError('mirror_not_migrated', `the database lacks what this version needs (${code})`);
  }
  return error;
}

/** Whether a row could not be written for the lack of the one that it belongs to. */
export function isNoSuchParent(error: unknown): boolean {
  // Prisma's own code, and PostgreSQL's for a statement of ours
  return causes(error).some((cause) => ['P2003', '23503'].includes(codeOf(cause) ?? ''));
}

/** An error and what it was caused by; Prisma keeps the driver's error in its own places. */
function causes(error: unknown): Error[] {
  const found: Error[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || found.length > 8 || found.includes(value as Error)) return;
    const { meta, cause, message } = value as { meta?: { driverAdapterError?: unknown }; cause?: unknown; message?: unknown };
    found.push(value instanceof Error ? value : Object.assign(new Error(typeof message === 'string' ? message : ''), value));
    look(cause);
    look(meta?.driverAdapterError);
  };
  look(error);
  return found;
}

function codeOf(error: Error): string | undefined {
  const { originalCode, code } = error as { originalCode?: unknown; code?: unknown };
  return typeof originalCode === 'string' ? originalCode : typeof code === 'string' ? code : undefined;
}

function kindOf(error: Error): string | undefined {
  const { kind } = error as { kind?: unknown };
  return typeof kind === 'string' ? kind : undefined;
}
