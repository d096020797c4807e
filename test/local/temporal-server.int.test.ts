import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_TYPES } from '../../src/domain/names.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { Reaper } from '../../src/local/processes/reaper.js';
import { findTemporalCli } from '../../src/local/temporal/temporal-cli.js';
import { startTemporalServer } from '../../src/local/temporal/temporal-server.js';
import { tempFolder } from './support/temp-folder.js';

test('Temporal starts on other ports when its own are taken, and a restart keeps runs, retention and search attributes', async (t) => {
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  // characters that mean something in a database URL
  const dir = join(tempFolder(t), 'a b%c?d');
  const { path: cli } = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say: () => {} });
  const [taken, takenUi] = [await listener(), await listener()];
  t.after(() => [taken, takenUi].forEach((server) => server.close()));
  const start = () =>
    startTemporalServer({
      cli,
      dir,
      reaper,
      log: join(dir, 'temporal.log'),
      port: portOf(taken),
      uiPort: portOf(takenUi),
    });

  const first = await start();
  assert.notEqual(first.address, `127.0.0.1:${portOf(taken)}`);
  assert.equal((await fetch(first.uiUrl)).status, 200);
  await withClient(first.address, (client) =>
    client.workflow.start('nobody', { taskQueue: 'none', workflowId: 'kept' }),
  );
  await first.service.stop();

  const second = await start();
  await withClient(second.address, async (client) => {
    assert.equal((await client.workflow.getHandle('kept').describe()).status.name, 'RUNNING');
    const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
    assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 86_400);
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    for (const name of Object.keys(SEARCH_ATTRIBUTE_TYPES)) assert.ok(customAttributes?.[name] !== undefined, name);
  });
});

// both were seen; the port may be free again when somebody looks
for (const [what, words] of [
  [
    'a port that somebody takes between our look and its own',
    'listen tcp 127.0.0.1:39569: bind: address already in use',
  ],
  ['a crash as it starts', `panic: it was too early\n\ngoroutine 1 [running]:\n${'main.main()\n'.repeat(80)}`],
] as const) {
  test(`${what} is not an error: the server is started once more`, async (t) => {
    const reaper = new Reaper();
    t.after(() => reaper.finish());
    const dir = tempFolder(t);
    const { path: cli } = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say: () => {} });
    const unlucky = join(dir, 'temporal');
    writeFileSync(join(dir, 'words'), words);
    writeFileSync(
      unlucky,
      `#!/bin/sh\nif mkdir '${dir}/tried'; then cat '${dir}/words'; exit 2; fi\nexec '${cli}' "$@"\n`,
      { mode: 0o755 },
    );
    const { address } = await startTemporalServer({
      cli: unlucky,
      dir,
      reaper,
      log: join(dir, 'temporal.log'),
      forTests: true,
      port: 0,
    });
    await withClient(address, (client) => client.workflowService.getSystemInfo({}));
  });
}

test('a server that crashes again and again says by what, and not where it was', async (t) => {
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  const dir = tempFolder(t);
  const broken = join(dir, 'temporal');
  writeFileSync(
    broken,
    `#!/bin/sh\necho 'panic: no hope'\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo 'main.main()'; done\nexit 2\n`,
    { mode: 0o755 },
  );
  const start = startTemporalServer({
    cli: broken,
    dir,
    reaper,
    log: join(dir, 'temporal.log'),
    forTests: true,
    port: 0,
  });
  await assert.rejects(start, { code: 'local_stack_failed', message: /exit code 2.*panic: no hope/s });
});

test('a server that cannot start says why, with the end of its log', async (t) => {
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  const dir = tempFolder(t);
  const start = startTemporalServer({
    cli: '/bin/false',
    dir,
    reaper,
    log: join(dir, 'temporal.log'),
    port: 0,
    uiPort: 0,
  });
  await assert.rejects(start, {
    code: 'local_stack_failed',
    message: /Temporal server did not start: exit code 1.*temporal\.log/,
  });
});

async function withClient<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  return await use(new Client({ connection })).finally(() => connection.close());
}

async function listener(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
