import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import type { TestStack } from './stack.js';

/** A text that the product wrote, and where. */
export interface Written {
  where: string;
  text: string;
}

/** All that Temporal keeps of a run: every event with its decoded payloads, memo, search attributes, metadata. */
export async function writtenToTemporal({ client }: TestStack, handle: WorkflowHandle): Promise<Written[]> {
  const { events = [] } = await handle.fetchHistory();
  const description = await handle.describe();
  const metadata: unknown = await handle.query('__temporal_workflow_metadata').catch(() => null);
  const status: unknown = await handle.query('status').catch(() => null);
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: 'default',
    query: `WorkflowId = '${handle.workflowId}'`,
  });
  return [
    ...(events ?? []).map((event, n) => ({ where: `history, event ${n + 1}`, text: textOf(event) })),
    { where: 'description', text: textOf(description.raw) },
    { where: 'metadata and status', text: textOf([metadata, status]) },
    { where: 'list of workflows', text: textOf(executions) },
  ];
}

/** Every row of every table of the product's database, in whatever schema. */
export async function writtenToDatabase({ databaseUrl }: Pick<TestStack, 'databaseUrl'>): Promise<Written[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    const written: Written[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      written.push(...rows.map((row) => ({ where: `table ${name}`, text: textOf(row) })));
    }
    return written;
  } finally {
    await client.end();
  }
}

/** Every file below a folder, and its name; links are not followed. */
export async function writtenToDisk(folder: string): Promise<Written[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({
      where: `file ${path.relative(folder, file)}`,
      text: `${file}\n${(await readFile(file)).toString('latin1')}`,
    })),
  );
}

/** The places where a secret can be read, in any of the ways in which it is commonly encoded. */
export function placesOf(secret: string, written: readonly Written[]): string[] {
  const spellings = new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ]);
  return written
    .filter(({ text }) => [...spellings].some((spelling) => text.includes(spelling)))
    .map(({ where }) => where);
}

/** All strings and bytes of a value, bytes as the text they may be. */
export function textOf(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<object>();
  const visit = (item: unknown): void => {
    if (['string', 'number', 'bigint', 'boolean'].includes(typeof item)) texts.push(String(item));
    else if (item instanceof Uint8Array) texts.push(Buffer.from(item).toString('utf8'));
    else if (item instanceof Date) texts.push(item.toISOString());
    else if (typeof item === 'object' && item !== null && !seen.has(item)) {
      seen.add(item);
      for (const [key, member] of item instanceof Map ? item : Object.entries(item)) {
        texts.push(String(key));
        visit(member);
      }
    }
  };
  visit(value);
  return texts.join('\n');
}
