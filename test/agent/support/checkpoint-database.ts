import type { TestContext } from 'node:test';
import pg from 'pg';
import type { ConversationDatabase } from '../../../src/agent/checkpointer.js';
import { whileThere } from '../../../src/mirror/database.js';
import { createTestDatabase } from '../../support/database.js';

/** A database of a test's own, and pools to it that end with the test. */
export interface CheckpointDatabase {
  url: string;
  pool(url?: string, max?: number): pg.Pool;
}

/** Makes the database for one test; it goes with it. */
export async function checkpointDatabase(t: TestContext): Promise<CheckpointDatabase> {
  const database = await createTestDatabase();
  const pools: pg.Pool[] = [];
  t.after(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await database.drop();
  });
  const pool = (url = database.url, max = 4): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 2_000 });
    made.on('error', () => undefined);
    pools.push(made);
    return made;
  };
  return { url: database.url, pool };
}

/** Where a pool keeps conversations, with the classifier that workers use. */
export const conversations = (pool: pg.Pool): ConversationDatabase => ({ pool, whileThere });
