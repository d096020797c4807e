import { freePort } from '../../src/local/processes/ports.js';
import { until } from '../support/until.js';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import pg from 'pg';
import ts from 'typescript';
import { ROOT } from './support/compose-file.js';

/** A folder laid out as the image's /app: the build, what the Dockerfile copies beside it, packages, and no sources. */
const app = mkdtempSync(path.join(tmpdir(), 'phasegate-build-'));
const dist = path.join(app, 'dist');
const database = `build_${randomUUID().replaceAll('-', '')}`;
const admin = new pg.Pool({ connectionString: process.env.PHASEGATE_TEST_PG, max: 1 });

before(async () => {
  for (const name of ['node_modules', 'backends.yaml', 'personas', 'schemas', 'templates'])
    symlinkSync(path.join(ROOT, name), path.join(app, name));
  copyFileSync(path.join(ROOT, 'package.json'), path.join(app, 'package.json'));
  mkdirSync(path.join(app, 'prisma'));
  symlinkSync(path.join(ROOT, 'prisma/migrations'), path.join(app, 'prisma/migrations'));
  await admin.query(`CREATE DATABASE ${database}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', dist], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

after(async () => {
  await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await admin.end();
  rmSync(app, { recursive: true, force: true });
});

test('the build has every entry that the image starts', () => {
  for (const name of ['worker.js', 'client.js', 'migrate.js', 'workflow-bundle.js'])
    assert.ok(existsSync(path.join(dist, name)), name);
});

test('the build imports only packages that a production install has', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.js') && name !== 'workflow-bundle.js',
  );
  const specifiers = files.flatMap((file) =>
    ts.preProcessFile(readFileSync(path.join(dist, file), 'utf8')).importedFiles.map(({ fileName }) => fileName),
  );
  const packages = specifiers.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  const imported = new Set(
    packages.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  );
  assert.ok(imported.has('@temporalio/worker'));
  assert.deepEqual(
    [...imported].filter((name) => !(name in dependencies)),
    [],
  );
});

test('the built client answers', () => {
  const { status, stdout, stderr } = run('client.js', 'help');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^usage: /);
});

test('the built migration and worker work together, with probes and metrics; the worker drains on SIGTERM (S22)', async () => {
  const migrated = run('migrate.js');
  assert.equal(migrated.status, 0, migrated.stderr);

  const [health, metrics] = [await freePort(), await freePort()];
  const worker = spawn(process.execPath, [path.join(dist, 'worker.js')], {
    cwd: tmpdir(),
    env: {
      ...environment(),
      PHASEGATE_HEALTH_ADDRESS: `127.0.0.1:${health}`,
      PHASEGATE_METRICS_ADDRESS: `127.0.0.1:${metrics}`,
      PHASEGATE_LOG_LEVEL: 'INFO',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(worker, 'exit');
  try {
    const log = await logUntil(worker.stderr, 'worker is ready');
    assert.doesNotMatch(log, /webpack/i, 'the workflows were bundled anew');
    await until(async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok);
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    assert.match(text, /^temporal_worker_task_slots_available/m);
    await until(async () =>
      /^phasegate_gates_open/m.test(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()),
    );
    worker.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null], log);
  } finally {
    worker.kill('SIGKILL');
  }
});

function environment(): NodeJS.ProcessEnv {
  const url = new URL(
    process.env.PHASEGATE_TEST_PG ?? assert.fail('PHASEGATE_TEST_PG is not set: run the tests by npm test'),
  );
  url.pathname = `/${database}`;
  return {
    PATH: process.env.PATH,
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL,
    PHASEGATE_TASK_QUEUE: database,
    PHASEGATE_WORKSPACE_ROOT: path.join(app, 'workspace'),
    PHASEGATE_SHUTDOWN_GRACE: '1s',
  };
}

/** Runs an entry of the build to its end, from another folder than the project's. */
function run(entry: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [path.join(dist, entry), ...args], {
    cwd: tmpdir(),
    env: environment(),
    encoding: 'utf8',
    timeout: 20_000,
  });
}

/** The log up to the message; fails when the worker ends before. */
function logUntil(stream: NodeJS.ReadableStream, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes(message)) resolve(log);
    });
    stream.once('end', () => reject(new Error(`the worker ended without "${message}":\n${log}`)));
  });
}
