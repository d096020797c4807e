#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which its CLI would download. It is the same engine as WebAssembly, over
// @prisma/adapter-pg. It can do `prisma generate` and `prisma migrate diff | deploy | status`. Commands that need or
// create a shadow database (`migrate dev`, `reset`) are refused. The CLI starts it (see prisma.config.ts) and speaks
// JSON-RPC with it, one message a line.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const CHAR_OID = 18; // PostgreSQL's internal "char"
const TEXT_OID = 25;
const RPC_FAILURE = 4466; // what the native engine answers with

const { values: options, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    datasource: { type: 'string' },
    datamodels: { type: 'string', short: 'd', multiple: true },
    version: { type: 'boolean', short: 'V' },
  },
});
const { connectionString, schema } = readUrl(
  JSON.parse(options.datasource ?? '{}').url ?? 'postgresql://localhost/postgres',
);

// the engine reports its panics to this global; the CLI must hear of them, because otherwise it may exit with 0
const panic = { message: '', set_message: (message) => (panic.message = message) };
globalThis.PRISMA_WASM_PANIC_REGISTRY = panic;
let pendingId;

if (options.version) {
  await loadEngine();
  console.log(`schema-engine-wasm ${wasm.version()}`);
} else if (positionals[0] === 'cli') {
  await runCommand(positionals[1]);
} else {
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  await serve();
}

function readUrl(text) {
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? undefined;
  url.searchParams.delete('schema');
  return { connectionString: url.href, schema };
}

async function loadEngine() {
  const file = fileURLToPath(new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm')));
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': wasm });
  wasm.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

async function newEngine() {
  await loadEngine();
  const datamodels = await Promise.all(
    (options.datamodels ?? []).map(async (file) => [file, await readFile(file, 'utf8')]),
  );
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: connectForMigration,
    connectToShadowDb: () =>
      Promise.reject(new Error('this command needs a shadow database, which is not supported here')),
  });
  return wasm.SchemaEngine.new({ datamodels: datamodels.length > 0 ? datamodels : undefined }, () => {}, factory);
}

// adapter-pg is made for queries: it doesn't know the catalogue's "char", and it splits scripts at every semicolon
async function connectForMigration() {
  const pool = new pg.Pool({ connectionString, max: 4 });
  const adapter = await new PrismaPg(pool, { schema, disposeExternalPool: true }).connect();
  const [performIO, queryRaw] = [adapter.performIO.bind(adapter), adapter.queryRaw.bind(adapter)];
  let chars = [];
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    chars = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []));
    for (const index of chars) result.fields[index].dataTypeID = TEXT_OID;
    return result;
  };
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.executeScript = async (script) => {
    await pool.query(script).catch((error) => adapter.onError(error));
  };
  return adapter;
}

async function runCommand(command) {
  const client = new pg.Client({ connectionString });
  try {
    if (command !== 'can-connect-to-database') throw new Error(`${command} is not supported here`);
    await client.connect();
  } catch (error) {
    const code = { '3D000': 'P1003', '28P01': 'P1000', 28000: 'P1000' }[error.code] ?? 'P1001';
    const fields = {
      is_panic: false,
      error_code: code,
      message: error.message || error.errors?.[0]?.message || String(error),
    };
    process.stderr.write(`${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}\n`);
    process.exitCode = 1;
  } finally {
    await client.end().catch(() => {});
  }
}

async function serve() {
  let made; // at the first request, so that a database that is away is the answer to it
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    if (line.trim() === '') continue;
    const { id, method, params } = JSON.parse(line);
    if (!method) continue; // the CLI's answer to a `print`
    pendingId = id;
    try {
      const engine = await (made ??= newEngine());
      const result = await (method === 'getDatabaseVersion'
        ? engine.version(params ?? null)
        : engine[method](params ?? {}));
      if (method === 'diff' && result?.stdout != null)
        send({ id: -1, method: 'print', params: { content: result.stdout } });
      send({ id, result: result ?? null });
    } catch (error) {
      sendFailure(id, error);
    }
    pendingId = undefined;
  }
  process.exit(0);
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function sendFailure(id, error) {
  const message = panic.message ? `schema engine panicked: ${panic.message}` : (error?.message ?? String(error));
  const data = { is_panic: false, message, error_code: error?.code, meta: error?.meta };
  send({ id, error: { code: RPC_FAILURE, message: 'An error happened. Check the data field for details.', data } });
}

function die(error) {
  if (pendingId !== undefined) sendFailure(pendingId, error);
  else process.stderr.write(`${panic.message || error?.stack || error}\n`);
  process.stdout.write('', () => process.exit(101));
}
