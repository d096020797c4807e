// `npm test [-- --unit] [FILTER …]`: one PostgreSQL and one Temporal dev server for the whole run, then all test files
// (or those whose path contains a filter). `--script FILE` runs a script with the same servers instead. Tests find the
// servers in PHASEGATE_TEST_PG, PHASEGATE_TEST_TEMPORAL and TEMPORAL_CLI, and bubblewrap in PHASEGATE_TEST_BWRAP.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { findBubblewrap } from '../src/local/bubblewrap.js';
import { startPostgres } from '../src/local/postgres/postgres.js';
import { runSession, type Session } from '../src/local/processes/session.js';
import { findTemporalCli } from '../src/local/temporal/temporal-cli.js';
import { startTemporalServer } from '../src/local/temporal/temporal-server.js';
import { ensureBuilt, transpile } from '../scripts/build.mjs';
import { LONG_FILES, OTHERS_S } from './support/long-files.js';
import { dealOut, writeShares } from './support/shared-processes.js';

/** A crash of the machine may cost the test database: it is thrown away anyway. */
const FAST_POSTGRES = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  log_checkpoints: 'off',
};
/** Settings of the person's own that would lead tests elsewhere, or to a model that costs money. */
const FOREIGN = /^(TEMPORAL_|PHASEGATE_|OPENAI_|ANTHROPIC_|LANGCHAIN_|LANGSMITH_|DATABASE_URL$|GIT_)/;
/** Which browser tests use, and whether there must be one: of the machine, so these go on to the tests. */
const OF_THE_MACHINE = ['PHASEGATE_CHROMIUM', 'PHASEGATE_REQUIRE_BROWSER'];
/**
 * What takes minutes runs only when it is asked for: faults wait for time-outs, `.long.` tests do much; CI asks for
 * both. The benchmark installs its peers.
 */
const LONG = /^test\/(faults|floods|bench)\/|\.long\.test\.ts$/;
/** A file that takes longer waits for something that never comes: it is ended, and the run fails with its name. */
const LONGEST_FILE_MS = 20 * 60_000;
/** More than the two cores that they are made for, since they wait for a part of the time. */
const FILES_AT_ONCE = 4;
/**
 * Of so few files somebody wants to see where a test fails; lines of the sources cost each process a third of a second.
 */
const LOOKED_AT = 10;
/**
 * They are about programs, which are processes of their own. Besides, a file that says so in its first lines changes its
 * process in a way that others would notice.
 */
const PROGRAMS = /^test\/(local|deploy|browser|faults|floods|sandbox)\//;
const ALONE = /^\/\/ Alone in its process: /m;
const NEEDS_SERVERS = /\.(int|long)\.test\.ts$/;

const args = process.argv.slice(2);
const unitOnly = args.includes('--unit');
const script = args.includes('--script') ? args[args.indexOf('--script') + 1] : undefined;
const filters = args.filter((arg) => !arg.startsWith('--'));

await runSession(async (session) => {
  if (script !== undefined)
    return await runNode(session, ['--import', 'tsx', script, ...args.slice(args.indexOf('--script') + 2)], {
      ...ownEnvironment(),
      ...(await startServers(session)),
    });
  const files = testFiles().filter((file) =>
    filters.length === 0 ? !LONG.test(file) : filters.some((filter) => file.includes(filter)),
  );
  const chosen = files.filter((file) => !unitOnly || !NEEDS_SERVERS.test(file));
  if (chosen.length === 0) {
    console.error(`No test file${filters.length > 0 ? ` has ${filters.join(' or ')} in its path` : ''}.`);
    return 1;
  }
  const needsServers = chosen.some((file) => NEEDS_SERVERS.test(file));
  await ensureBuilt(PACKAGE_ROOT, { bundle: needsServers });
  const compiled = temporaryFolder(session);
  // a copy: dist/ changes when somebody starts a command while the tests run
  cpSync(join(PACKAGE_ROOT, 'dist'), join(compiled, 'src'), { recursive: true });
  await transpile(PACKAGE_ROOT, ['test', 'bench', 'scripts'], compiled);
  const servers = { ...(needsServers ? await startServers(session) : {}), ...(await findSandbox()) };
  const scripts = processes(chosen, compiled);
  const options = [
    // less garbage is copied about, with room for it
    '--max-semi-space-size=32',
    ...(chosen.length <= LOOKED_AT ? ['--enable-source-maps'] : []),
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${FILES_AT_ONCE}`,
    `--test-timeout=${LONGEST_FILE_MS}`,
  ];
  return await runNode(session, [...options, ...scripts], { ...ownEnvironment(), ...servers });
});

/** What Node's test runner gets, a process each: few files as they are, many shared out. */
function processes(files: string[], compiled: string): string[] {
  const script = (file: string) => join(compiled, file.replace(/\.ts$/, '.js'));
  if (files.length <= LOOKED_AT) return files.map(script);
  const timed = (file: string) => ({ script: script(file), seconds: LONG_FILES[file] ?? OTHERS_S });
  const alone = files.filter(
    (file) => PROGRAMS.test(file) || ALONE.test(readFileSync(join(PACKAGE_ROOT, file), 'utf8')),
  );
  const shared = (which: (file: string) => boolean, name: string, count: number) =>
    dealOut(files.filter((file) => !alone.includes(file) && which(file)).map(timed), name, count);
  const shares = [
    ...alone.map((file) => ({ name: basename(file, '.test.ts'), files: [timed(file)] })),
    ...shared((file) => NEEDS_SERVERS.test(file), 'servers', 9),
    // the workflow's own globals are not those of a worker's process
    ...shared((file) => !NEEDS_SERVERS.test(file) && file.startsWith('test/workflows/'), 'workflows', 1),
    ...shared((file) => !NEEDS_SERVERS.test(file) && !file.startsWith('test/workflows/'), 'quick', 3),
  ];
  return writeShares(shares, compiled);
}

/** Tests of commands skip where there is no bubblewrap. */
async function findSandbox(): Promise<Record<string, string>> {
  const bwrap = await findBubblewrap({ root: PACKAGE_ROOT, env: process.env, say: console.log });
  return bwrap === null ? {} : { PHASEGATE_TEST_BWRAP: bwrap };
}

/** In the clone, so that packages are found from there. */
function temporaryFolder({ reaper }: Session): string {
  mkdirSync(join(PACKAGE_ROOT, '.phasegate'), { recursive: true });
  const folder = mkdtempSync(join(PACKAGE_ROOT, '.phasegate', 'test-js-'));
  reaper.removeFolder(folder);
  return folder;
}

async function startServers({ reaper }: Session): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'phasegate-test-'));
  reaper.removeFolder(folder);
  const logs = join(PACKAGE_ROOT, '.phasegate', 'test-logs');
  mkdirSync(logs, { recursive: true });
  const began = Date.now();
  const [postgres, temporal] = await Promise.allSettled([
    startPostgres({
      dir: folder,
      reaper,
      log: join(logs, 'postgres.log'),
      port: 0,
      database: 'phasegate',
      settings: FAST_POSTGRES,
    }),
    startTestTemporal(folder, logs, reaper),
  ]);
  if (postgres.status === 'fulfilled' && postgres.value.place.elsewhere)
    reaper.removeFolder(postgres.value.place.spare);
  if (postgres.status === 'rejected') throw postgres.reason;
  if (temporal.status === 'rejected') throw temporal.reason;
  console.log(`PostgreSQL and Temporal for the tests are up after ${Date.now() - began} ms`);
  return {
    PHASEGATE_TEST_PG: postgres.value.adminUrl,
    PHASEGATE_TEST_TEMPORAL: temporal.value.address,
    TEMPORAL_CLI: temporal.value.cli,
  };
}

async function startTestTemporal(
  dir: string,
  logs: string,
  reaper: Session['reaper'],
): Promise<{ address: string; cli: string }> {
  const cli = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say: console.log });
  const { address } = await startTemporalServer({
    cli: cli.path,
    dir,
    reaper,
    log: join(logs, 'temporal.log'),
    forTests: true,
    port: 0,
  });
  return { address, cli: cli.path };
}

async function runNode({ reaper }: Session, nodeArgs: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, nodeArgs, {
    cwd: PACKAGE_ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  if (child.pid) reaper.add({ pid: child.pid, signal: 'SIGTERM', stage: -1, graceMs: 5_000 });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (child.pid) reaper.gone(child.pid);
      resolve(code ?? 1);
    });
  });
}

function testFiles(): string[] {
  const found = readdirSync(join(PACKAGE_ROOT, 'test'), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'));
  return files.map((entry) => relative(PACKAGE_ROOT, join(entry.parentPath, entry.name))).sort();
}

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => OF_THE_MACHINE.includes(name) || !FOREIGN.test(name)),
  );
}
