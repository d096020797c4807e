// SQLSTATE classes: 08 connection, 53 out of resources, 57P0x shutdown and crash; 25006 a standby after a failover
const AWAY_STATES = /^(08...|53...|57P0[1-5]|25006)$/;
const AWAY_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT']);
// node-postgres and its pool tell these by words only
const AWAY_WORDS = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/**
 * Why PostgreSQL can't be used now, in a few words; null for an error that would come again with PostgreSQL there.
 *
 * @param error - as thrown by `pg`
 */
export function databaseAway(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && (AWAY_CODES.has(code) || AWAY_STATES.test(code))) return `${code}${message ? ` ${message}` : ''}`;
  if (AWAY_WORDS.test(message)) return message;
  if (error instanceof AggregateError) return (error.errors as unknown[]).map(databaseAway).find((reason) => reason !== null) ?? null;
  return null;
}
