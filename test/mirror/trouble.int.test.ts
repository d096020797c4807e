import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { patientStore } from '../../src/agent/conversation/patient-store.js';
import type { ConversationStore, ConversationWrite } from '../../src/domain/record/conversation.js';
import { PhasegateError } from '../../src/domain/failures.js';
import type { RunRef } from '../../src/domain/run-state.js';
import { openMirror } from '../../src/mirror/mirror.js';
import type { Mirror } from '../../src/mirror/types.js';
import { asAdmin, createTestDatabase } from '../support/database.js';
import { event, newRun } from './support.js';

/** States that the server really raises while a row is written, and what each must be on both sides. */
const STATES: Record<string, string> = {
  '40001': 'mirror_unavailable',
  '40P01': 'mirror_unavailable',
  '53100': 'mirror_unavailable',
  '53200': 'mirror_unavailable',
  '55P03': 'mirror_unavailable',
  '57014': 'mirror_unavailable',
  '57P01': 'mirror_unavailable',
  '58030': 'mirror_unavailable',
  '25006': 'mirror_unavailable',
  XX000: 'mirror_unavailable',
  '08006': 'mirror_unavailable',
  '28P01': 'database_refused',
  '28000': 'database_refused',
  '3D000': 'database_refused',
  '42501': 'database_refused',
  '42P01': 'mirror_not_migrated',
  '42703': 'mirror_not_migrated',
  '42883': 'mirror_not_migrated',
};

interface Sides {
  url: string;
  mirror: Mirror;
  run: RunRef;
  /** The conversation of a phase of the run. */
  store: ConversationStore;
  /** Lets every write of either side fail with a state of PostgreSQL's; null: no more. */
  raise(state: string | null): Promise<void>;
}

async function bothSides(t: TestContext): Promise<Sides> {
  const { url, drop } = await createTestDatabase();
  const mirror = openMirror(url);
  t.after(async () => {
    await mirror.close();
    await drop();
  });
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created')]);
  await mirror.pool.query(`CREATE TABLE raised (state text);
    CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE _state text := (SELECT state FROM public.raised);
    BEGIN IF _state IS NOT NULL THEN RAISE EXCEPTION 'raised for a test' USING ERRCODE = _state; END IF; RETURN NULL; END $$`);
  for (const table of ['run_events', 'conversation_messages'])
    await mirror.pool.query(
      `CREATE TRIGGER raised BEFORE INSERT ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION raise_it()`,
    );
  const raise = async (state: string | null): Promise<void> => {
    await mirror.pool.query('DELETE FROM raised');
    await mirror.pool.query('INSERT INTO raised VALUES ($1)', [state]);
  };
  return { url, mirror, run, store: mirror.conversation(run, 'thread'), raise };
}

/** The message with this number of a conversation. */
function write(ordinal: number): ConversationWrite {
  const message = {
    ordinal,
    id: `m${ordinal}`,
    attempt: 1,
    role: 'assistant' as const,
    message: { role: 'assistant', content: 'x' },
    wrote: [],
    ts: '2026-01-01T00:00:00.000Z',
  };
  return { messages: [message], modelCalls: [], toolCalls: [] };
}

const coded = (code: string) => (error: unknown) => error instanceof PhasegateError && error.code === code;

test('an error of PostgreSQL is the same failure for the mirror and for conversations', async (t) => {
  const { mirror, run, store, raise } = await bothSides(t);
  for (const [state, code] of Object.entries(STATES)) {
    await raise(state);
    await assert.rejects(mirror.appendEvents(run, [event('run_started')]), coded(code), `mirror ${state}`);
    await assert.rejects(store.append(write(1)), coded(code), `conversations ${state}`);
  }
  await raise(null);
  await mirror.appendEvents(run, [event('run_started')]);
  await store.append(write(1));
});

test('a paid reply waits for each of them to pass, and is kept then', async (t) => {
  const { store, raise } = await bothSides(t);
  for (const [index, state] of ['57014', '40P01', '28P01', '42501', '42P01', 'XX000'].entries()) {
    await raise(state);
    let [waits, ended] = [0, 0];
    const waiting = (): void => {
      waits++;
      void raise(null);
    };
    const patient = patientStore(store, new AbortController().signal, { waiting, atRecord: () => () => ended++ });
    await patient.append(write(index + 1));
    assert.deepEqual([waits, ended], [1, 1], state);
  }
});

test('a password that is rotated and given back: both sides say so, wait, and go on', async (t) => {
  const { url } = await bothSides(t);
  const role = `rotated_${new URL(url).pathname.slice(-8)}`;
  const setPassword = (word: string) => asAdmin(url, (client) => client.query(`ALTER ROLE ${role} PASSWORD '${word}'`));
  await asAdmin(url, (client) => client.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'first'`));
  const mine = openMirror(Object.assign(new URL(url), { username: role, password: 'first' }).href);
  t.after(async () => {
    await mine.close();
    // its database has gone
    await asAdmin(process.env.PHASEGATE_TEST_PG!, (client) => client.query(`DROP ROLE ${role}`));
  });
  const run = newRun();
  const store = mine.conversation(run, 'thread');
  await mine.appendEvents(run, [event('run_created')]);
  await setPassword('second');
  await asAdmin(url, (client) =>
    client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]),
  );
  const refused = async (use: () => Promise<unknown>): Promise<void> => {
    // the first statement may still meet the connection that was cut
    await use().catch(() => undefined);
    await assert.rejects(
      use(),
      (error) => coded('database_refused')(error) && /password/.test((error as Error).message),
    );
  };
  await refused(() => mine.appendEvents(run, [event('run_started')]));
  await refused(() => store.append(write(1)));
  const patient = patientStore(store, new AbortController().signal, { waiting: () => void setPassword('first') });
  await patient.append(write(1));
  await mine.appendEvents(run, [event('run_started')]);
});
