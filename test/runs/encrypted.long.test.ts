import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { createCodecServer } from '../../src/temporal/encryption/codec-server.js';
import { EncryptionCodec } from '../../src/temporal/encryption/encryption-codec.js';
import { readEncryptionKeys } from '../../src/temporal/encryption/encryption-keys.js';
import { payloadCodecs } from '../../src/temporal/encryption/payload-codecs.js';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

const K1 = { PHASEGATE_ENCRYPTION_KEYS: `k1:${'1'.repeat(64)}` };
const K2 = { PHASEGATE_ENCRYPTION_KEYS: `k2:${'2'.repeat(64)}` };
const BOTH = { PHASEGATE_ENCRYPTION_KEYS: `${K2.PHASEGATE_ENCRYPTION_KEYS},${K1.PHASEGATE_ENCRYPTION_KEYS}` };
const CANARY = 'canary-requirement-4417';
const ORIGIN = 'http://localhost:8233';

const run = promisify(execFile);
let stack: TestStack;
let codecServer: Server;
let endpoint: string;
before(async () => {
  stack = await startTestStack({}, { env: K1 });
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  const codec = new EncryptionCodec(readEncryptionKeys(K1));
  codecServer = createCodecServer({ codec, namespace: 'default', uiOrigins: [ORIGIN] }).listen(0, '127.0.0.1');
  await once(codecServer, 'listening');
  endpoint = `http://127.0.0.1:${(codecServer.address() as AddressInfo).port}`;
});
after(async () => {
  codecServer.close();
  await stack.stop();
});

/** Temporal's own command, as an operator types it. */
async function temporal(args: string[], more: string[] = ['--codec-endpoint', endpoint]): Promise<string> {
  const at = ['--address', process.env.PHASEGATE_TEST_TEMPORAL ?? ''];
  return (await run(process.env.TEMPORAL_CLI ?? 'temporal', [...args, ...at, ...more])).stdout;
}

/** Everything that the server has of a run, with each payload as text. */
async function stored({ workflowId }: WorkflowHandle): Promise<string> {
  const plain = await temporal(['workflow', 'show', '--workflow-id', workflowId, '--output', 'json'], []);
  const described = await temporal(['workflow', 'describe', '--workflow-id', workflowId, '--output', 'json'], []);
  return withDecoded(plain + described);
}

/** A text, and after each part of it in base64 what that says. */
function withDecoded(text: string): string {
  return text.replace(
    /[A-Za-z0-9+/]{8,}={0,2}/g,
    (part) => `${part} ${Buffer.from(part, 'base64').toString('latin1')}`,
  );
}

/** A client that encrypts with other keys than the worker has. */
async function foreigner(env: NodeJS.ProcessEnv): Promise<Client> {
  const connection = await Connection.connect({ address: process.env.PHASEGATE_TEST_TEMPORAL });
  return new Client({ connection, dataConverter: { payloadCodecs: payloadCodecs(env) } });
}

test('nothing that a run says or does is readable on the server, and reset, verify and report still read it', async () => {
  const handle = await stack.start('gated', [], { requirements: CANARY });
  await untilGate(stack, handle);
  await handle.signal('approve', { phase: 'design', comment: 'canary-comment-30' });
  await untilStatus(stack, handle, ({ state }) => state === 'completed').catch(() => undefined);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const text = await stored(handle);
  for (const secret of [CANARY, 'canary-comment', 'a note', 'systemPrompt', 'You work.'])
    assert.ok(!text.includes(secret), `${secret} is on the server`);
  assert.ok(text.includes('binary/encrypted'));
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'plan', reason: 'again', reapply: true });
  const again = stack.client.workflow.getHandle(handle.workflowId);
  assert.equal((await ended(stack, again)).temporal, 'COMPLETED');
});

test('the temporal CLI shows, queries, signals and starts through the codec server', async () => {
  const handle = await stack.start('gated', [], { requirements: CANARY });
  await untilGate(stack, handle);
  const w = ['--workflow-id', handle.workflowId];
  assert.ok(withDecoded(await temporal(['workflow', 'show', ...w, '--output', 'json'])).includes(CANARY));
  assert.match(await temporal(['workflow', 'query', ...w, '--type', 'status']), /design/);
  await temporal(['workflow', 'signal', ...w, '--name', 'approve', '--input', '{"comment":"canary-from-cli"}']);
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
  assert.ok(!(await stored(handle)).includes('canary-from-cli'), 'the CLI encrypts what it sends');
});

test('a signal without encryption is taken, because people have a CLI without a codec', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await temporal(['workflow', 'signal', '--workflow-id', handle.workflowId, '--name', 'approve'], []);
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('keys are rotated under runs that wait, and a run that began in clear is encrypted from then on', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await stack.stopWorker();
  const stop = await startTestWorker(stack, {}, BOTH);
  const client = await foreigner(BOTH);
  try {
    await client.workflow.getHandle(handle.workflowId).signal('approve');
    await client.workflow.getHandle(handle.workflowId).result();
    const text = await stored(handle);
    const ids = ['k1', 'k2'].map((id) => Buffer.from(id).toString('base64'));
    for (const id of ids) assert.ok(text.includes(id), `no payload is encrypted with ${id}`);
  } finally {
    await client.connection.close();
    await stop();
  }
});

test('a run whose key is missing waits and loses nothing, and goes on by itself when the key is there', async () => {
  let stop = await startTestWorker(stack, {}, K1);
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await stop();
  stop = await startTestWorker(stack, {}, K2);
  await handle.signal('approve');
  await until(
    async () =>
      /encrypted with k1, and/.test(
        await temporal(['workflow', 'show', '--workflow-id', handle.workflowId, '--output', 'json'], []),
      ),
    30_000,
  );
  assert.equal((await handle.describe()).status.name, 'RUNNING');
  await stop();
  stop = await startTestWorker(stack, {}, BOTH);
  try {
    const client = await foreigner(BOTH);
    await client.workflow.getHandle(handle.workflowId).result();
    await client.connection.close();
  } finally {
    await stop();
  }
});

test('a signal with a key that nobody has stops a run only until that key is said to be lost', async () => {
  let stop = await startTestWorker(stack, {}, K1);
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const client = await foreigner({ PHASEGATE_ENCRYPTION_KEYS: `stray:${'e'.repeat(64)}` });
  await client.workflow.getHandle(handle.workflowId).signal('approve', { comment: 'nobody can read this' });
  await client.connection.close();
  await sleep(1_000);
  await stop();
  stop = await startTestWorker(stack, {}, { ...K1, PHASEGATE_ENCRYPTION_KEYS_LOST: 'stray' });
  try {
    const { ignored } = await untilStatus(stack, handle, ({ ignored: some }) => some.length > 0);
    assert.match(ignored[0]?.reason ?? '', /encrypted with the key stray, which is lost/);
    await handle.signal('approve');
    assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
  } finally {
    await stop();
  }
});

test('the codec server answers the right namespace, path, origin and host, and nobody else', async () => {
  const codec = new EncryptionCodec(readEncryptionKeys(K1));
  const [payload] = await codec.encode([
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"x"') },
  ]);
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  const metadata = Object.fromEntries(
    Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]),
  );
  const body = JSON.stringify({ payloads: [{ metadata, data: base64(payload?.data) }] });
  const ask = (path: string, headers: Record<string, string> = {}, text = body) =>
    fetch(`${endpoint}${path}`, { method: 'POST', body: text, headers: { 'x-namespace': 'default', ...headers } });
  const right = await ask('/decode?preserveStorageRefs=true', { origin: ORIGIN });
  assert.equal(right.status, 200);
  assert.equal(right.headers.get('access-control-allow-origin'), ORIGIN);
  assert.match(await right.text(), new RegExp(Buffer.from('"x"').toString('base64')));
  assert.equal((await ask('/decode', { origin: 'https://evil.example' })).status, 403);
  assert.equal((await ask('/decode', { 'x-namespace': 'other' })).status, 403);
  assert.equal((await ask('/other')).status, 404);
  assert.equal((await ask('/decode', {}, '{')).status, 400);
  assert.equal(
    (await ask('/decode', {}, body.replace(metadata['encryption-key-id'] ?? '', base64(Buffer.from('k9'))))).status,
    400,
  );
  const preflight = await fetch(`${endpoint}/decode`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /x-namespace/);
});
