// A parent of services, to be killed by a test: starts PostgreSQL, Temporal and a stubborn process, prints their pids
// as JSON, waits.
// Arguments: folder, path of the Temporal CLI.
import { join } from 'node:path';
import { startPostgres } from '../../../src/local/postgres/postgres.js';
import { startService } from '../../../src/local/processes/processes.js';
import { runSession, untilStopped } from '../../../src/local/processes/session.js';
import { startTemporalServer } from '../../../src/local/temporal/temporal-server.js';

const [dir = '', cli = ''] = process.argv.slice(2);

await runSession(async (session) => {
  const { reaper } = session;
  const postgres = await startPostgres({
    dir,
    reaper,
    log: join(dir, 'postgres.log'),
    port: 0,
    database: 'held',
    settings: { fsync: 'off' },
  });
  const temporal = await startTemporalServer({ cli, dir, reaper, log: join(dir, 'temporal.log'), port: 0, uiPort: 0 });
  const stubborn = await startService(
    {
      name: 'Stubborn',
      file: '/bin/sh',
      args: ['-c', 'trap "" TERM INT; while :; do sleep 1; done'],
      cwd: '/',
      env: { PATH: process.env.PATH },
      log: join(dir, 'stubborn.log'),
      end: { signal: 'SIGTERM', stage: 0, graceMs: Number(process.env.STUBBORN_GRACE_MS) },
    },
    reaper,
  );
  const pids = [postgres.service.pid, temporal.service.pid, stubborn.pid, reaper.pid];
  console.log(
    JSON.stringify({
      pids,
      log: postgres.service.log,
      elsewhere: postgres.place.elsewhere ? postgres.place.spare : null,
    }),
  );
  session.codeWhenStopped = 7;
  await untilStopped(session);
  return 0;
});
