import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.js';
import { CONNECT_TIMEOUT_MS, connectionOptions } from './connection.js';
import { asDatabaseFailure } from './postgres-error.js';
import { ownSession, STATEMENT_TIMEOUT_MS } from './session.js';

export type { PrismaClient } from '../generated/prisma/client.js';

/** One pool of connections, which Prisma uses. */
export interface Database {
  pool: pg.Pool;
  prisma: PrismaClient;
  close: () => Promise<void>;
}

/**
 * Opens the database. Connections are made when they are needed, and have settings of our own.
 *
 * @param url - `postgresql://…`
 * @param max - most connections at once
 * @throws PhasegateError `config_invalid`
 */
export function openDatabase(url: string, max = 10): Database {
  // the pool waits for the promise, although its types do not say so
  const onConnect = ownSession as (client: pg.ClientBase) => void;
  const pool = new pg.Pool({ ...connectionOptions(url), max, onConnect });
  // a lost connection shows in the next query; without a listener the error would end the process, also between two
  // statements of a transaction
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
 * Does something with the database. A failure of PostgreSQL gets its code (see {@link asDatabaseFailure}). Any other
 * error (a bug of ours) stays as it is.
 */
export async function whileThere<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw asDatabaseFailure(error) ?? error;
  }
}
