import { Socket } from 'node:net';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';

export const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Twice the time that a statement may take. A server that is silent for so long is gone, or is behind a pooler that
 * does not limit a statement's time.
 */
const SILENCE_MS = 60_000;
/** The modes that the pinned version of `pg` knows. Another mode would mean TLS with every check. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * How to connect to a database. Nothing connects yet. A connection that gets no answer for a minute is ended.
 *
 * @param url - `postgresql://…`
 * @param patient - waits for an answer for as long as it takes, as a migration must
 * @throws PhasegateError `config_invalid` when the URL asks for something that it can't have
 */
export function connectionOptions(url: string, { patient = false } = {}): pg.ClientConfig {
  const asked = new URL(url).searchParams;
  const schema = asked.get('schema');
  if (schema !== null && schema !== 'public') {
    throw wrong(
      `?schema=${schema}: phasegate's tables are in the schema public of a database of their own: leave it out`,
    );
  }
  const mode = asked.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode))
    throw wrong(`?sslmode=${mode}: expected one of ${SSL_MODES.join(', ')}`);
  const options = { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
  try {
    // this also reads the files that the URL names; our socket is left out, because its timer would end the process
    new pg.Client(options);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  return patient ? options : { ...options, stream: impatientSocket };
}

function impatientSocket(): Socket {
  const socket = new Socket();
  return socket.setTimeout(SILENCE_MS, () =>
    socket.destroy(new Error(`PostgreSQL gave no answer for ${SILENCE_MS / 1_000} s`)),
  );
}

function wrong(what: string): PhasegateError {
  return new PhasegateError('config_invalid', `DATABASE_URL: ${what}`);
}
