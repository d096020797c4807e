import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { WRITES_IDX_MAP } from '@langchain/langgraph-checkpoint';
import type { RunnableConfig } from '@langchain/core/runnables';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';
import { columnsOf, joinRows, type CheckpointRows } from './checkpoint-rows.js';
import { configAfter, type CheckpointWrite, type Put, type PutWrites, type WritesTogether } from './checkpoint-write.js';

/** LangGraph's tables live in a schema of their own, next to the mirror's. */
export const CHECKPOINT_SCHEMA = 'langgraph';

// any number will do, as long as every worker uses the same: "phasegate checkpoints"
const SETUP_LOCK = 7_264_018_311;
// made before LangGraph's set-up, which would else meet an error in its transaction
const BEFORE_SETUP = ['CREATE SCHEMA IF NOT EXISTS langgraph', 'CREATE TABLE IF NOT EXISTS langgraph.checkpoint_migrations (v INTEGER PRIMARY KEY)'];
const TABLES = ['checkpoint_writes', 'checkpoint_blobs', 'checkpoints'];

const WRITE_ALL = `
  WITH blobs AS (
    INSERT INTO langgraph.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])
    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING),
  added AS (
    INSERT INTO langgraph.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
    SELECT * FROM unnest($13::text[], $14::text[], $15::text[], $16::text[], $17::int[], $18::text[], $19::text[], $20::bytea[])
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO NOTHING),
  replaced AS (
    INSERT INTO langgraph.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
    SELECT * FROM unnest($21::text[], $22::text[], $23::text[], $24::text[], $25::int[], $26::text[], $27::text[], $28::bytea[])
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
    DO UPDATE SET channel = EXCLUDED.channel, type = EXCLUDED.type, blob = EXCLUDED.blob)
  INSERT INTO langgraph.checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[])
  ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id) DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata`;

/** Where conversations are kept. */
export interface ConversationDatabase {
  readonly pool: pg.Pool;
  /** Does something with the database; a failure of PostgreSQL gets its code, everything else stays as it is. */
  whileThere<T>(query: () => Promise<T>): Promise<T>;
}

/**
 * A PostgresSaver whose every method fails with a code when PostgreSQL can't be used, and which writes any number of
 * checkpoints in one statement instead of a transaction with one for each channel: a step of an agent took 8 to 12 of them
 * (measured).
 */
export class Checkpointer extends PostgresSaver implements WritesTogether {
  constructor(private readonly database: ConversationDatabase) {
    super(database.pool, undefined, { schema: CHECKPOINT_SCHEMA });
  }

  private query<R extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<pg.QueryResult<R>> {
    return this.database.whileThere(() => this.database.pool.query<R>(statement, values));
  }

  override getTuple(...[config]: Parameters<PostgresSaver['getTuple']>): ReturnType<PostgresSaver['getTuple']> {
    return this.readerOf(config)();
  }

  readerOf(...[config]: Parameters<PostgresSaver['getTuple']>): () => ReturnType<PostgresSaver['getTuple']> {
    const answers = new Map<string, unknown[]>();
    const query = async (statement: string, values: unknown[]): Promise<{ rows: unknown[] }> => {
      if (!answers.has(statement)) answers.set(statement, (await this.query(statement, values)).rows);
      return { rows: structuredClone(answers.get(statement) ?? []) };
    };
    // PostgresSaver itself makes the tuple: to it, the pool is what remembers the answers
    const reader = Object.create(this, { pool: { value: { query } } }) as PostgresSaver;
    return () => super.getTuple.call(reader, config);
  }

  override async put(...args: Parameters<PostgresSaver['put']>): ReturnType<PostgresSaver['put']> {
    await this.writeAll([{ put: args }]);
    return configAfter(args);
  }

  override putWrites(...args: Parameters<PostgresSaver['putWrites']>): Promise<void> {
    return this.writeAll([{ putWrites: args }]);
  }

  async writeAll(writes: readonly CheckpointWrite[]): Promise<void> {
    const parts = await Promise.all(writes.map((write) => ('put' in write ? this.rowsOfPut(...write.put) : this.rowsOfWrites(...write.putWrites))));
    const { checkpoints, blobs, added, replaced } = joinRows(parts);
    const values = [...columnsOf(checkpoints, 6), ...columnsOf(blobs, 6), ...columnsOf(added, 8), ...columnsOf(replaced, 8)];
    await this.query(WRITE_ALL, values);
  }

  private async rowsOfPut(...[config, checkpoint, metadata, newVersions]: Put): Promise<Partial<CheckpointRows>> {
    const { thread_id, checkpoint_ns = '', checkpoint_id = null } = threadOf(config);
    const blobs = await this._dumpBlobs(thread_id, checkpoint_ns, checkpoint.channel_values, newVersions);
    const json = [this._dumpCheckpoint(checkpoint), await this._dumpMetadata(metadata)].map((value) => JSON.stringify(value));
    return { checkpoints: [[thread_id, checkpoint_ns, checkpoint.id, checkpoint_id, ...json]], blobs };
  }

  private async rowsOfWrites(...[config, writes, taskId]: PutWrites): Promise<Partial<CheckpointRows>> {
    const { thread_id, checkpoint_ns = '', checkpoint_id = '' } = threadOf(config);
    const rows = await this._dumpWrites(thread_id, checkpoint_ns, checkpoint_id, taskId, writes);
    // what is no value of a channel but an error or an interrupt has a place of its own, and replaces what is there
    return writes.every(([channel]) => channel in WRITES_IDX_MAP) ? { replaced: rows } : { added: rows };
  }

  /** Whether a conversation has begun. */
  async hasThread(threadId: string): Promise<boolean> {
    const { rowCount } = await this.query('select from langgraph.checkpoints where thread_id = $1 limit 1', [threadId]);
    return rowCount === 1;
  }

  override deleteThread(threadId: string) {
    return this.database.whileThere(() => super.deleteThread(threadId));
  }

  /** Like `deleteThread`, for many: one statement a table, each by its primary key. */
  async deleteThreads(ids: readonly string[]): Promise<void> {
    for (const table of TABLES) {
      await this.query(`delete from ${CHECKPOINT_SCHEMA}.${table} where thread_id = any($1)`, [ids]);
    }
  }
}

/**
 * Opens LangGraph's checkpoints and makes their tables where they are missing. Workers may do it at the same time.
 *
 * @param database - stays the caller's to close; the set-up has a connection of its own
 * @throws PhasegateError as `whileThere` of the database
 */
export async function openCheckpointer(database: ConversationDatabase): Promise<Checkpointer> {
  const client = new pg.Client(database.pool.options);
  // a lost connection shows in the next query; without a listener it would end the process
  client.on('error', () => undefined);
  try {
    await database.whileThere(async () => {
      await client.connect();
      await client.query('BEGIN');
      // PostgresSaver's set-up can't run twice at once. A lock of the transaction: one of the session would stay with a pooler's connection
      await client.query('select pg_advisory_xact_lock($1)', [SETUP_LOCK]);
      for (const statement of BEFORE_SETUP) await client.query(statement);
      await setUpOver(client);
      await client.query('COMMIT');
    });
  } finally {
    await client.end().catch(() => undefined);
  }
  return new Checkpointer(database);
}

/** The set-up takes a connection out of a pool and gives it back. */
function setUpOver(client: pg.Client): Promise<void> {
  const lent = { query: client.query.bind(client), release: () => undefined };
  const pool = { connect: () => Promise.resolve(lent) };
  return new PostgresSaver(pool as unknown as pg.Pool, undefined, { schema: CHECKPOINT_SCHEMA }).setup();
}

function threadOf({ configurable }: RunnableConfig): { thread_id: string; checkpoint_ns?: string; checkpoint_id?: string } {
  if (configurable?.thread_id === undefined) throw new PhasegateError('internal_error', 'a checkpoint needs the id of its thread');
  return configurable as { thread_id: string };
}
