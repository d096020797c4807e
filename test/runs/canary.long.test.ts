import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { Behaviour } from '../../src/model-server/server.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import {
  placesOf,
  textOf,
  writtenToDatabase,
  writtenToDisk,
  writtenToTemporal,
  type Written,
} from '../support/everything-written.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Secrets of the worker's environment. Only the first is needed by what the runs do. */
const ENVIRONMENT = {
  TEST_KEY: 'sk-canary-backend-8f2e61d07c',
  NOTIFY_TOKEN: 'canary-notify-token-51b7',
  NOTIFY_BROKEN: 'canary-notify-broken-77aa\nsecond line',
  PHASEGATE_NOTIFY_SECRET: 'canary-notify-secret-9d03',
  OPENAI_API_KEY: 'sk-canary-openai-0a1b2c3d4e',
  AWS_SECRET_ACCESS_KEY: 'canary/aws+secret=kY7w2',
  GITHUB_TOKEN: 'ghp_canaryGithub0123456789',
  LANGSMITH_API_KEY: 'lsv2_canary_langsmith_33f0',
  PGPASSWORD: 'canary-pgpassword-e90c',
  HTTPS_PROXY: 'http://canary-proxy-user:canary-proxy-password@127.0.0.1:9',
};
/** Secrets that lie in the person's checkout: its git configuration, and files that are not in the repository. */
const CHECKOUT = {
  header: 'canary-extra-header-c41f',
  remote: 'canary-remote-password-2b8d',
  helper: 'canary-credential-6e6e',
  dotEnv: 'canary-dot-env-a7f4',
};

const KEY = ENVIRONMENT.TEST_KEY;
/** A word that must be found: else the search would prove nothing. */
const CONTROL = 'positive-control-3f9c';
const FAILED: Behaviour['body'] = {
  error: {
    message: `Incorrect API key provided: ${KEY}. You sent: Authorization: Bearer ${KEY}`,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
  },
  debug: { headers: { authorization: `Bearer ${KEY}` } },
};

let stack: TestStack;
let worker: WorkerProcess;
const handles: WorkflowHandle[] = [];
const runIds: string[] = [];

before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 500 }, { worker: 'own' });
  await plantInCheckout();
  worker = startWorkerProcess(stack, ENVIRONMENT);
  await worker.ready;
  const notify = [
    { url: 'http://127.0.0.1:9/', headersFromEnv: { authorization: 'NOTIFY_TOKEN' } },
    { url: 'http://127.0.0.1:9/', headersFromEnv: { authorization: 'NOTIFY_BROKEN' } },
    {
      command: ['sh', '-c', 'echo "failed with $PHASEGATE_NOTIFY_SECRET and $AWS_SECRET_ACCESS_KEY" >&2; exit 1'],
      env: ['PHASEGATE_NOTIFY_SECRET'],
    },
  ];
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }], { notify });
  await stack.template('plain', [{ key: 'note', patience: '1s' }, { key: 'second' }]);
  await stack.template('parks', [{ key: 'note' }], { onHumanRequired: 'wait', notify });
});
after(async () => {
  killWorkers();
  await stack.stop();
});

async function plantInCheckout(): Promise<void> {
  const { git, path: checkout } = repositoryAt(stack.repoPath);
  git('config', 'http.extraHeader', `AUTHORIZATION: basic ${CHECKOUT.header}`);
  git('remote', 'add', 'origin', `https://someone:${CHECKOUT.remote}@example.invalid/x.git`);
  git('config', 'credential.helper', `!echo password=${CHECKOUT.helper}`);
  await writeFile(path.join(checkout, '.env'), `SECRET=${CHECKOUT.dotEnv}\n`);
  await appendFile(path.join(checkout, '.git/info/exclude'), '.env\n');
}

/** Where an agent would look for secrets. */
const SNOOPING: Behaviour = {
  tools: [
    '/proc/self/environ',
    '/proc/1/environ',
    'repo/.env',
    '../.env',
    'repo/.git',
    'repo/.git/config',
    stackPath('.git/config'),
    '~/.aws/credentials',
    '/etc/passwd',
    'repo/../../../.git/config',
  ]
    .map((file) => ({ name: 'read_file', args: { path: file } }))
    .concat([
      { name: 'ls', args: { path: '..' } },
      { name: 'ls', args: { path: '/proc/self' } },
      { name: 'ls', args: { path: 'repo' } },
    ]),
};

function stackPath(file: string): string {
  return path.join('/proc/self/cwd', file);
}

async function begin(template: string, script: Behaviour[], input: object = {}): Promise<WorkflowHandle> {
  const handle = await stack.start(
    template,
    script,
    { requirements: `Do it. ${CONTROL}`, ...input },
    { tools: ['ls', 'read_file', 'write_file', 'edit_file', 'glob', 'grep'] },
  );
  handles.push(handle);
  runIds.push((await handle.describe()).runId);
  return handle;
}

test('a run that completes, with an agent that looks for secrets, notices that fail, and a model that knows the key', async () => {
  const handle = await begin('gated', [
    SNOOPING,
    { status: 500, body: FAILED },
    {
      tools: [
        { name: 'write_file', args: { path: `repo/${KEY}.md`, content: KEY } },
        { name: 'grep', args: { pattern: 'canary', path: '.' } },
      ],
    },
    { tools: [{ name: 'write_artifact', args: { title: `${CONTROL} ${KEY}` } }] },
  ]);
  await untilGate(stack, handle);
  await handle.signal('approve', { by: 'ann', comment: CONTROL });
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

const FAILURES: [name: string, script: Behaviour[], code: string][] = [
  ['401 with the key in its body', [{ status: 401, body: FAILED, times: 'always' }], 'model_auth_failed'],
  // some providers answer a wrong key with 400; the words tell it
  ['400 with the header in its body', [{ status: 400, body: FAILED, times: 'always' }], 'model_auth_failed'],
  [
    'an error that came with status 200 and has the key',
    [{ reply: { error: { message: `bad ${KEY}` } }, times: 'always' }],
    'provider_unavailable',
  ],
  [
    'a refusal that has the key',
    [{ reply: { id: 'r', choices: [{ message: { role: 'assistant', refusal: `No, ${KEY}` } }] }, times: 'always' }],
    'model_content_refused',
  ],
  ['words that have the key, again and again', [{ text: `I know ${KEY}`, times: 'always' }], 'artifact_missing'],
  [
    'an invalid artifact that has the key, twice',
    [{ tools: [{ name: 'write_artifact', args: { title: 5, [KEY]: KEY, level: KEY } }], times: 'always' }],
    'artifact_invalid_after_repair',
  ],
];

for (const [name, script, code] of FAILURES) {
  test(`a run that fails: ${name}`, async () => {
    assert.equal((await ended(stack, await begin('plain', script))).code, code);
  });
}

test('runs that are aborted: at a gate, within a call, and parked after a failure', async () => {
  const atGate = await begin('gated', []);
  await untilGate(stack, atGate);
  const inCall = await begin('plain', [{ delayMs: 60_000 }]);
  await until(() => stack.model.requests.some(({ body }) => textOf(body).includes(runIds.at(-1) ?? '-')));
  const parked = await begin('parks', [{ status: 403, body: FAILED, times: 'always' }]);
  await untilStatus(stack, parked, ({ waitsFor }) => waitsFor !== null);
  for (const handle of [atGate, inCall, parked]) {
    await handle.signal('abort', { by: 'ann', comment: CONTROL });
    assert.equal((await ended(stack, handle)).temporal, 'CANCELLED');
  }
});

test('no secret is in anything that was written or sent: history, tables, conversations, files, reports, logs, prompts', async () => {
  const live = await begin('gated', [SNOOPING, { text: `I know ${KEY}` }]);
  await untilGate(stack, live);
  const folders = await Promise.all(runIds.map((runId) => writtenToDisk(path.join(stack.config.workspaceRoot, runId))));
  const written: Record<string, Written[]> = {
    history: (await Promise.all(handles.map((handle) => writtenToTemporal(stack, handle)))).flat(),
    database: await writtenToDatabase(stack),
    files: folders.flat(),
    prompts: stack.model.requests.map((request, n) => ({ where: `request ${n + 1}`, text: textOf(request) })),
    logs: [{ where: 'log of the worker', text: worker.output() }],
  };
  for (const place of ['history', 'database', 'files', 'prompts'])
    assert.notDeepEqual(placesOf(CONTROL, written[place] ?? []), [], `the search finds nothing in ${place}`);
  assert.match(worker.output(), new RegExp(handles[0]?.workflowId ?? '-'));
  for (const table of ['run_events', 'tool_calls', 'conversation_messages'])
    assert.ok(
      written.database?.some(({ where }) => where.includes(table)),
      `no rows of ${table}`,
    );

  const secrets = {
    ...ENVIRONMENT,
    NOTIFY_BROKEN: ENVIRONMENT.NOTIFY_BROKEN.split('\n')[0] ?? '',
    HTTPS_PROXY: 'canary-proxy-password',
    ...CHECKOUT,
    databasePassword: new URL(stack.databaseUrl).password,
  };
  const found = Object.entries(secrets).flatMap(([name, secret]) => {
    assert.ok(secret.length >= 12, `${name} is too short to be looked for`);
    return placesOf(secret, Object.values(written).flat()).map((place) => `${name}: ${place}`);
  });
  assert.deepEqual(found, []);
  await live.signal('abort', {});
  await ended(stack, live);
});

test('the notices did fail, so that their errors were among what was searched', async () => {
  const written = (await Promise.all(handles.map((handle) => writtenToTemporal(stack, handle)))).flat();
  const text = [...written.map((item) => item.text), worker.output()].join('\n');
  assert.match(text, /notify_failed/);
  assert.match(text, /ended with 1: failed with \*\*\*/);
});
