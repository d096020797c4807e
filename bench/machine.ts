import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { PEERS } from './install-peers.js';

/** The machine, as far as it matters for what is measured. */
export function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round((totalmem() / 1024 ** 3) * 10) / 10,
    os: `${type()} ${release()}`,
    node: process.version,
  };
}

/** Load averages over 1, 5 and 15 minutes. */
export function load(): number[] {
  return loadavg().map((value) => Math.round(value * 100) / 100);
}

const PACKAGES = [
  '@temporalio/worker',
  '@langchain/langgraph',
  '@langchain/langgraph-checkpoint-postgres',
  '@langchain/openai',
  '@prisma/client',
  'pg',
  'ajv',
  'tsx',
];
const PEER_PACKAGES = ['@dbos-inc/dbos-sdk', '@restatedev/restate-server', '@restatedev/restate-sdk'];

/** Versions of everything that takes part. */
export async function describeVersions(temporalCli: string, databaseUrl: string): Promise<Record<string, string>> {
  const packages = [
    ...PACKAGES.map((name) => [name, PACKAGE_ROOT] as const),
    ...PEER_PACKAGES.map((name) => [name, PEERS] as const),
  ];
  return {
    phasegate: git('describe', '--always', '--dirty', '--abbrev=12'),
    temporalCli: execFileSync(temporalCli, ['--version'], { encoding: 'utf8' }).trim(),
    postgres: await postgresVersion(databaseUrl),
    git: git('--version').replace(/^git version /, ''),
    ...Object.fromEntries(
      packages.map(([name, root]) => [name, versionOf(join(root, 'node_modules', name, 'package.json'))]),
    ),
  };
}

function versionOf(file: string): string {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'not installed';
}

async function postgresVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: PACKAGE_ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
