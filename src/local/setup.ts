// `npm run setup`: gets everything that `npm start` and `npm test` need (for images and CI), and says where it is.
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';
import { findBubblewrap } from './bubblewrap.js';
import { postgresBinaries } from './postgres/postgres-binaries.js';
import { makePassableFolder, postgresPlace } from './postgres/postgres-place.js';
import { runSession } from './processes/session.js';
import { findTemporalCli } from './temporal/temporal-cli.js';

await runSession(async () => {
  const dir = join(PACKAGE_ROOT, '.phasegate');
  makePassableFolder(dir);
  const cli = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say: console.log });
  console.log(`Temporal CLI  ${cli.path} (${cli.source})`);
  const bwrap = await findBubblewrap({ root: PACKAGE_ROOT, env: process.env, say: console.log });
  console.log(`bubblewrap    ${bwrap ?? 'none: commands can not be isolated here'}`);
  const { user, spare } = postgresPlace(dir);
  console.log(`PostgreSQL    ${postgresBinaries(user, spare).postgres}`);
  return 0;
});
