import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { pendingMigrations } from '../../mirror/migrate.js';
import type { Mirror } from '../../mirror/types.js';
import { connectClient } from '../../temporal/connection.js';
import { findExecution } from '../../temporal/find-execution.js';
import { withMirror } from '../command-line/with-mirror.js';
import { bounded, fail, ok, warn, type CheckResult } from './check.js';

/** Number of runs that are compared with Temporal. It is enough to see that something is wrong. */
const SAMPLE = 50;
const SETTLE_MS = 60_000;

/** PostgreSQL: whether it can be reached, is migrated, and says the same as Temporal. */
export async function checkMirror(): Promise<CheckResult[]> {
  const database = await bounded('PostgreSQL', 'check DATABASE_URL, and that the server runs', async () => {
    const pending = await pendingMigrations(readConfig(process.env, ['databaseUrl']).databaseUrl);
    if (pending.length === 0) return [ok('PostgreSQL answers, and its tables are those of this version')];
    return [fail(`PostgreSQL answers; migrations are missing: ${pending.join(', ')}`, 'npm run migrate')];
  });
  if (database.some(({ level }) => level === 'FAIL')) return database;
  return [
    ...database,
    ...(await bounded('mirror', 'check that PostgreSQL and Temporal answer', () => withMirror(checkAgreement))),
  ];
}

async function checkAgreement(mirror: Mirror): Promise<CheckResult[]> {
  const newest = await mirror.newestEventAt();
  const event = ok(newest === null ? 'the mirror has no event yet' : `the newest event of the mirror is of ${newest}`);
  const runs = await mirror.unsettledRuns(null, SAMPLE);
  let client;
  try {
    client = await connectClient();
  } catch (error) {
    if (error instanceof PhasegateError) return [event];
    throw error;
  }
  try {
    const closed: string[] = [];
    for (const run of runs) {
      const execution = await findExecution(client, run);
      const isLate =
        execution.kind === 'lost' ||
        (execution.kind === 'closed' && Date.now() - execution.closedAt.getTime() > SETTLE_MS);
      if (isLate) closed.push(run.workflowId);
    }
    if (closed.length === 0) return [event, ok(`the mirror agrees with Temporal (${runs.length} open runs looked at)`)];
    const more = closed.length > 5 ? ` and ${closed.length - 5} more` : '';
    const text = `open in the mirror, closed in Temporal: ${closed.slice(0, 5).join(', ')}${more}`;
    return [event, warn(text, 'npm run client -- reconcile --full')];
  } finally {
    await client.connection.close();
  }
}
