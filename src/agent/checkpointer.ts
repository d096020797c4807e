import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { WRITES_IDX_MAP } from '@langchain/langgraph-checkpoint';
import type { RunnableConfig } from '@langchain/core/runnables';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';
import { databaseAway } from '../domain/database-away.js';

/** LangGraph's tables live in a schema of their own, next to the mirror's. */
export const CHECKPOINT_SCHEMA = 'langgraph';

// any number will do, as long as every worker uses the same: "phasegate checkpoints"
const SETUP_LOCK = 7_264_018_311;
const TABLES = ['checkpoint_writes', 'checkpoint_blobs', 'checkpoints'];

const PUT = `
  WITH blobs AS (
    INSERT INTO langgraph.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT $1, $2, b.* FROM unnest($7::text[], $8::text[], $9::text[], $10::bytea[]) AS b
    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING)
  INSERT INTO langgraph.checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id) DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata`;
const ADD_WRITES = `
  INSERT INTO langgraph.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
  SELECT $1, $2, $3, $4, w.* FROM unnest($5::int[], $6::text[], $7::text[], $8::bytea[]) AS w
  ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO NOTHING`;
const REPLACE_WRITES = `
  INSERT INTO langgraph.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
  SELECT $1, $2, $3, $4, w.* FROM unnest($5::int[], $6::text[], $7::text[], $8::bytea[]) AS w
  ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO UPDATE SET channel = EXCLUDED.channel, type = EXCLUDED.type, blob = EXCLUDED.blob`;

/**
 * A PostgresSaver whose every method says `mirror_unavailable` when PostgreSQL is away, and which writes a checkpoint in one
 * statement instead of a transaction with one for each channel: a step of an agent took 8 to 12 of them (measured).
 */
export class Checkpointer extends PostgresSaver {
  constructor(private readonly database: pg.Pool) {
    super(database, undefined, { schema: CHECKPOINT_SCHEMA });
  }

  override getTuple(...args: Parameters<PostgresSaver['getTuple']>) {
    return whileThere(() => super.getTuple(...args));
  }

  override async put(...[config, checkpoint, metadata, newVersions]: Parameters<PostgresSaver['put']>): ReturnType<PostgresSaver['put']> {
    const { thread_id, checkpoint_ns = '', checkpoint_id = null } = threadOf(config);
    const [channels, versions, types, blobs] = columns(await this._dumpBlobs(thread_id, checkpoint_ns, checkpoint.channel_values, newVersions), [2, 3, 4, 5]);
    const values = [thread_id, checkpoint_ns, checkpoint.id, checkpoint_id, this._dumpCheckpoint(checkpoint), await this._dumpMetadata(metadata), channels, versions, types, blobs];
    await whileThere(() => this.database.query(PUT, values));
    return { configurable: { thread_id, checkpoint_ns, checkpoint_id: checkpoint.id } };
  }

  override async putWrites(...[config, writes, taskId]: Parameters<PostgresSaver['putWrites']>): Promise<void> {
    const { thread_id, checkpoint_ns = '', checkpoint_id = '' } = threadOf(config);
    const dumped = await this._dumpWrites(thread_id, checkpoint_ns, checkpoint_id, taskId, writes);
    // what is no value of a channel but an error or an interrupt has a place of its own, and replaces what is there
    const replaces = writes.every(([channel]) => channel in WRITES_IDX_MAP);
    // to replace one place twice in one statement is an error: the last counts, as in statements of their own
    const rows = replaces ? [...new Map(dumped.map((row) => [row[4], row])).values()] : dumped;
    const values = [thread_id, checkpoint_ns, checkpoint_id, taskId, ...columns(rows, [4, 5, 6, 7])];
    await whileThere(() => this.database.query(replaces ? REPLACE_WRITES : ADD_WRITES, values));
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

function threadOf({ configurable }: RunnableConfig): { thread_id: string; checkpoint_ns?: string; checkpoint_id?: string } {
  if (configurable?.thread_id === undefined) throw new PhasegateError('internal_error', 'a checkpoint needs the id of its thread');
  return configurable as { thread_id: string };
}

/** Some columns of rows, each as an array: so a statement's text is the same for any number of rows. */
function columns(rows: readonly (readonly unknown[])[], which: readonly number[]): unknown[][] {
  return which.map((n) => rows.map((row) => row[n]));
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
