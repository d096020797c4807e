import type pg from 'pg';
import { PhasegateError } from '../domain/failures.js';

/** Longest a statement may take: a mirror that hangs must not hang a run. */
export const STATEMENT_TIMEOUT_MS = 30_000;

/** Settings that PgBouncer carries for each client from one server connection to the next, in every mode. */
const CARRIED = { TimeZone: 'UTC', DateStyle: 'ISO, MDY', client_encoding: 'UTF8', standard_conforming_strings: 'on' };

/**
 * Settings for a server connection that is ours alone. Behind a pooler the next user of the connection would have them.
 */
const OWN = {
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  lock_timeout: '0',
  // so a worker that froze does not hold a lock on a run's rows for longer
  idle_in_transaction_session_timeout: '60000',
  // PostgreSQL 17 and newer have it
  transaction_timeout: '0',
  default_transaction_isolation: 'read committed',
  // rows that a policy hides are an error, and not missing without a word
  row_security: 'off',
  // a paid reply that is written is not lost when the server dies; a stricter value stays
  synchronous_commit: 'on',
};

const SET = `
  SELECT set_config(name, value, false)
  FROM unnest($1::text[], $2::text[], $3::bool[]) AS s (name, value, carried)
  WHERE (carried OR pg_backend_pid() = $4) AND current_setting(name, true) IS NOT NULL
    AND (name <> 'synchronous_commit' OR current_setting(name) = 'off')`;

/**
 * Makes a new connection independent of what the server, the database and the role have set. It uses statements,
 * because PgBouncer refuses a connection with a start-up parameter that it does not carry.
 */
export async function ownSession(client: pg.ClientBase): Promise<void> {
  const settings = { ...CARRIED, ...OWN };
  const names = Object.keys(settings);
  await client.query(SET, [names, Object.values(settings), names.map((name) => name in CARRIED), backendOf(client)]);
}

/** The server process that greeted us. A pooler gives a number of its own. */
function backendOf(client: pg.ClientBase): number {
  return (client as { processID?: number | null }).processID ?? 0;
}

interface Session {
  encoding: string;
  zone: string;
  dates: string;
  isolation: string;
  commit: string;
  readOnly: string;
  standby: boolean;
}

const LOOK = `
  SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone, current_setting('DateStyle') AS dates,
    current_setting('default_transaction_isolation') AS isolation, current_setting('synchronous_commit') AS commit,
    current_setting('transaction_read_only') AS "readOnly", pg_is_in_recovery() AS standby`;

/**
 * Checks the settings that a session can't change for itself, or can't change behind a pooler.
 *
 * @param client - after {@link ownSession}
 * @throws PhasegateError `database_unsuitable` with what to do, `mirror_unavailable` for a standby
 */
export async function checkSession(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<Session>(LOOK);
  const { encoding, zone, dates, isolation, commit, readOnly, standby } = rows[0]!;
  if (encoding !== 'UTF8') {
    throw unsuitable(
      `the database holds ${encoding} and can't keep every text: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (zone !== 'UTC' || !dates.startsWith('ISO')) {
    throw unsuitable(
      `the pooler does not carry TimeZone and DateStyle (they are ${zone} and ${dates}): reset them for the role and the database`,
    );
  }
  if (isolation !== 'read committed') {
    throw unsuitable(
      `default_transaction_isolation is ${isolation}, and behind a pooler it can't be set: ALTER ROLE … RESET default_transaction_isolation`,
    );
  }
  if (commit === 'off') {
    throw unsuitable(
      "synchronous_commit is off, and behind a pooler it can't be set: a crash of the server could lose a paid reply. ALTER ROLE … or ALTER DATABASE … RESET synchronous_commit",
    );
  }
  if (standby)
    throw new PhasegateError('mirror_unavailable', 'the server is a standby: it takes no writes until it is promoted');
  if (readOnly === 'on') {
    throw unsuitable(
      'the database takes no writes, default_transaction_read_only is on: ALTER ROLE … or ALTER DATABASE … RESET default_transaction_read_only',
    );
  }
}

function unsuitable(what: string): PhasegateError {
  return new PhasegateError('database_unsuitable', what);
}
