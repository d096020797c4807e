import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.js';
import { SETTINGS, readConfig, type Config } from '../../src/config.js';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import { NO_METER } from '../../src/domain/record/work-meter.js';
import type { Persona } from '../../src/domain/template/persona.js';
import type { RunInput } from '../../src/domain/run-input.js';
import type { RunStatus } from '../../src/domain/run-status.js';
import type { Template, TemplatePhase } from '../../src/domain/template/template.js';
import { startModelServer, type ModelServer } from '../../src/model-server/server.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { openMirror } from '../../src/mirror/mirror.js';
import type { Mirror } from '../../src/mirror/types.js';
import { workerSandbox } from '../../src/sandbox/worker-sandbox.js';
import { payloadCodecs } from '../../src/temporal/encryption/payload-codecs.js';
import { createWorker } from '../../src/worker/create-worker.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { createTestDatabase } from './database.js';
import { createGitRepository } from './git-repository.js';
import './quiet-runtime.js';

/** A whole phasegate for one test file: real Temporal, real PostgreSQL, real HTTP, a worker in this process. */
export interface TestStack {
  client: Client;
  mirror: Mirror;
  model: ModelServer;
  config: Config;
  /** Of PostgreSQL itself, past a proxy. */
  databaseUrl: string;
  proxy: TcpProxy | null;
  repoPath: string;
  /** Writes a template of this name into the stack's own catalog. */
  template(name: string, phases: Partial<TemplatePhase>[], more?: Partial<Template>): Promise<void>;
  /** A persona for the role `worker` whose model answers as scripted. */
  persona(behaviours: Behaviour[], more?: Partial<Persona>): Promise<Persona>;
  /** Starts a run; its persona is a fresh one that answers as scripted. */
  start(
    template: string,
    behaviours?: Behaviour[],
    input?: Partial<RunInput>,
    persona?: Partial<Persona>,
  ): Promise<WorkflowHandle>;
  /** Starts the workflow with any input at all. */
  startRaw(input: unknown[], workflowType?: string): Promise<WorkflowHandle>;
  status(handle: WorkflowHandle): Promise<RunStatus>;
  /** Stops the worker in this process; `stop` does it, too. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

const NOTE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:note',
  type: 'object',
  required: ['title'],
  properties: { title: { type: 'string', minLength: 1 }, level: { enum: ['low', 'high'] } },
  additionalProperties: false,
  examples: [{ title: 'a note', level: 'low' }],
};

export interface StackOptions {
  /** Where Temporal is; default: the test runner's server. */
  address?: string;
  /** `own`: the test starts worker processes itself. */
  worker?: 'in-process' | 'own';
  /** URL of a PostgreSQL server's own database; default: the test runner's. */
  postgres?: string;
  /** Whether everything but the test itself reaches PostgreSQL through a proxy that can be cut. */
  proxied?: boolean;
  /** Environment of the worker in this process, and the client's keys: the backend's key is in `TEST_KEY`. */
  env?: NodeJS.ProcessEnv;
}

/** Brings the stack up; call `stop` after the tests. */
export async function startTestStack(settings: Partial<Config> = {}, options: StackOptions = {}): Promise<TestStack> {
  const address = options.address ?? needed('PHASEGATE_TEST_TEMPORAL');
  const root = await mkdtemp(path.join(tmpdir(), 'phasegate-test-'));
  const [database, model, repository] = [
    await createTestDatabase(options.postgres),
    await startModelServer(),
    createGitRepository(),
  ] as const;
  const proxy = options.proxied ? await startTcpProxy(database.url) : null;
  const config = { ...(await makeConfig(root, proxy?.url ?? database.url, model.url)), ...settings };
  const mirror = openMirror(config.databaseUrl);
  let stopWorker =
    options.worker === 'own'
      ? async () => {}
      : await startWorker(address, config, mirror, { TEST_KEY: 'k3y', ...options.env });
  // as the product's: a page of a history of large events has more than the 4 MiB of gRPC
  const channelArgs = { 'grpc.max_receive_message_length': 128 * 1024 * 1024 };
  const client = new Client({
    connection: await Connection.connect({ address, channelArgs }),
    dataConverter: { payloadCodecs: payloadCodecs(options.env ?? {}) },
  });

  const persona: TestStack['persona'] = async (behaviours, more = {}) => {
    const name = `p-${randomUUID().slice(0, 8)}`;
    const made: Persona = {
      name,
      version: '1',
      roles: ['worker'],
      backend: 'test',
      model: `model-${name}`,
      systemPrompt: 'You work.',
      tools: ['ls', 'read_file', 'write_file'],
      ...more,
    };
    model.script(made.model, behaviours);
    await writeFile(path.join(config.personas, `${name}.json`), JSON.stringify(made));
    return made;
  };
  const startRaw: TestStack['startRaw'] = (input, workflowType = WORKFLOW_TYPE) =>
    client.workflow.start(workflowType, {
      taskQueue: config.taskQueue,
      workflowId: `test-${randomUUID()}`,
      args: input,
    });
  return {
    client,
    mirror,
    model,
    config,
    proxy,
    databaseUrl: database.url,
    repoPath: repository.path,
    persona,
    startRaw,
    template: async (name, phases, more = {}) => {
      const template: Template = {
        name,
        version: '1',
        phases: phases.map((phase, index) => fullPhase(phase, index)),
        ...more,
      };
      await writeFile(path.join(config.templates, `${name}.json`), JSON.stringify(template));
    },
    start: async (template, behaviours = [], input = {}, personaOf = {}) => {
      const { name } = await persona(behaviours, personaOf);
      return startRaw([
        { template, repoPath: repository.path, requirements: 'Do it.', overrides: { worker: name }, ...input },
      ]);
    },
    status: (handle) => handle.query<RunStatus>('status'),
    stopWorker: async () => {
      const stopNow = stopWorker;
      stopWorker = async () => {};
      await stopNow();
    },
    stop: async () => {
      await stopWorker();
      await Promise.all([client.connection.close(), model.close(), mirror.close()]);
      await proxy?.close();
      await Promise.all([database.drop(), rm(root, { recursive: true, force: true })]);
      repository.remove();
    },
  };
}

/** Another worker in this process, with settings of its own. @returns stops it */
export function startTestWorker(
  { config, mirror }: TestStack,
  settings: Partial<Config> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<() => Promise<void>> {
  const address = needed('PHASEGATE_TEST_TEMPORAL');
  return startWorker(address, { ...config, ...settings }, mirror, { TEST_KEY: 'k3y', ...env });
}

async function startWorker(
  address: string,
  config: Config,
  mirror: Mirror,
  env: NodeJS.ProcessEnv,
): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address });
  const activities = createActivities({
    config,
    mirror,
    meter: NO_METER,
    sandbox: workerSandbox(config, process.env),
    env,
  });
  const worker = await createWorker({
    connection,
    namespace: 'default',
    activities,
    payloadCodecs: payloadCodecs(env),
    ...config,
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

/** Models with a price: `priced`, and more for runs side by side, since a script belongs to a model. */
const PRICED = ['priced', ...Array.from({ length: 40 }, (_, n) => `priced-${n}`)];

/** A phase that leaves a note, unless told otherwise. */
function fullPhase(phase: Partial<TemplatePhase>, index: number): TemplatePhase {
  const key = phase.key ?? `phase-${index + 1}`;
  return {
    key,
    role: 'worker',
    instructions: 'Leave a note.',
    artifact: { path: `artifacts/${key}.json`, schema: 'urn:test:note' },
    ...phase,
  };
}

async function makeConfig(root: string, databaseUrl: string, modelUrl: string): Promise<Config> {
  const folder = async (name: string) => {
    await mkdir(path.join(root, name), { recursive: true });
    return path.join(root, name);
  };
  const schemas = await folder('schemas');
  await writeFile(path.join(schemas, 'note.schema.json'), JSON.stringify(NOTE_SCHEMA));
  const backends = path.join(root, 'backends.json');
  const dear = { inputPer1k: 0.001, outputPer1k: 0.002 };
  const prices = {
    ...Object.fromEntries(PRICED.map((name) => [name, dear])),
    cheap: { inputPer1k: 0.00004, outputPer1k: 0.00008 },
  };
  await writeFile(
    backends,
    JSON.stringify({ backends: { test: { baseUrl: modelUrl, apiKeyEnv: 'TEST_KEY', prices } } }),
  );
  const config = readConfig(
    { DATABASE_URL: databaseUrl, PHASEGATE_WORKSPACE_ROOT: await folder('workspace') },
    Object.keys(SETTINGS) as (keyof Config)[],
  );
  return {
    ...config,
    taskQueue: `test-${randomUUID()}`,
    templates: await folder('templates'),
    personas: await folder('personas'),
    schemas,
    backends,
    shutdownGraceMs: 100,
  };
}

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by npm test`);
  return value;
}
