import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';
import { databaseAway } from '../domain/database-away.js';

/** LangGraph's tables live in a schema of their own, next to the mirror's. */
export const CHECKPOINT_SCHEMA = 'langgraph';

// any number will do, as long as every worker uses the same: "phasegate checkpoints"
const SETUP_LOCK = 7_264_018_311;
const TABLES = ['checkpoint_writes', 'checkpoint_blobs', 'checkpoints'];

/** A PostgresSaver whose every method says `mirror_unavailable` when PostgreSQL is away. */
export class Checkpointer extends PostgresSaver {
  constructor(private readonly database: pg.Pool) {
    super(database, undefined, { schema: CHECKPOINT_SCHEMA });
  }

  override getTuple(...args: Parameters<PostgresSaver['getTuple']>) {
    return whileThere(() => super.getTuple(...args));
  }

  override put(...args: Parameters<PostgresSaver['put']>) {
    return whileThere(() => super.put(...args));
  }

  override putWrites(...args: Parameters<PostgresSaver['putWrites']>) {
    return whileThere(() => super.putWrites(...args));
  }

  override deleteThread(threadId: string) {
    return whileThere(() => super.deleteThread(threadId));
  }

  /** Like `deleteThread`, for many: one statement a table, each by its primary key. */
  async deleteThreads(ids: readonly string[]): Promise<void> {
    for (const table of TABLES) {
      await whileThere(() => this.database.query(`delete from ${CHECKPOINT_SCHEMA}.${table} where thread_id = any($1)`, [ids]));
    }
  }
}

/**
 * Opens LangGraph's checkpoints and makes their tables where they are missing. Workers may do it at the same time.
 *
 * @param pool - stays the caller's to end; needs no connection beyond one at a time
 * @throws PhasegateError `mirror_unavailable`
 */
export async function openCheckpointer(pool: pg.Pool): Promise<Checkpointer> {
  const checkpointer = new Checkpointer(pool);
  // PostgresSaver's set-up can't run twice at once; the lock is held on a connection of its own, since a pool of one would wait for itself
  const keeper = new pg.Client(pool.options);
  // a lost connection shows in the next query; without a listener it would end the process
  keeper.on('error', () => undefined);
  try {
    await whileThere(() => keeper.connect());
    await whileThere(() => keeper.query('select pg_advisory_lock($1)', [SETUP_LOCK]));
    await whileThere(() => checkpointer.setup());
  } finally {
    await keeper.end().catch(() => undefined);
  }
  return checkpointer;
}

async function whileThere<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    const reason = databaseAway(error);
    if (reason === null) throw error;
    throw new PhasegateError('mirror_unavailable', `LangGraph's checkpoints can't be reached: ${reason}`, {}, { cause: error });
  }
}
