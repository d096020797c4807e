import { failText } from './client/command-line/output.js';
import { readConfig } from './config.js';
import { applyMigrations } from './mirror/migrate.js';

/** `npm run migrate`: brings the database up to this version. It exits with 1 when it could not. */
try {
  const { databaseUrl } = readConfig(process.env, ['databaseUrl']);
  const applied = await applyMigrations(databaseUrl);
  process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the database is up to date\n');
} catch (error) {
  process.stderr.write(`${failText(error)}\n`);
  process.exitCode = 1;
}
