import { mkdirSync } from 'node:fs';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTE_TYPES } from '../../domain/names.js';
import { CODEC_SERVER_PORT } from '../../temporal/encryption/codec-server-address.js';
import { freePort, hasLostPort, isListening } from '../processes/ports.js';
import { hasCrashed, startService, waitUntilReady, type Service } from '../processes/processes.js';
import { STAGES, type Reaper } from '../processes/reaper.js';

export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  cli: string;
  /** Folder of the database file. */
  dir: string;
  reaper: Reaper;
  log: string;
  /** For tests: keeps everything in memory, has no Web UI, retries without delay and takes more signals. */
  forTests?: boolean;
  /** The ports that are taken when they are free. */
  port?: number;
  uiPort?: number;
  /** Whether payloads are encrypted: Temporal Web then asks the codec server. */
  isEncrypted?: boolean;
}

export interface TemporalServer {
  /** `127.0.0.1:7233` */
  address: string;
  /** The address of Temporal Web; empty for tests. */
  uiUrl: string;
  service: Service;
}

export const NAMESPACE = 'default';
const RETENTION_DAYS = 30;
const READY_MS = 60_000;

/**
 * Starts Temporal's dev server with our search attributes, and waits until it accepts calls.
 *
 * @throws PhasegateError `local_stack_failed` with the end of its log
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  mkdirSync(options.dir, { recursive: true });
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(tries === 1 ? (options.port ?? 7233) : 0);
    const uiPort = await freePort(tries === 1 ? (options.uiPort ?? 8233) : 0);
    const service = await startService(
      {
        name: 'Temporal server',
        file: options.cli,
        args: serverArgs(options, port, uiPort),
        // the database's path becomes part of a URL; as a path from here it has no character with a special meaning
        // there
        cwd: options.dir,
        env: withoutTemporalSettings(process.env),
        log: options.log,
        end: { signal: 'SIGTERM', stage: STAGES.temporal, graceMs: 10_000 },
      },
      options.reaper,
    );
    const address = `127.0.0.1:${port}`;
    try {
      await waitUntilReady(
        service,
        async () => ((await isListening(port)) ? await isServing(address) : undefined),
        READY_MS,
      );
      if (!options.forTests) await setRetention(address);
      return { address, uiUrl: options.forTests ? '' : `http://127.0.0.1:${uiPort}`, service };
    } catch (error) {
      const passes = hasCrashed(service) || (await hasLostPort(service, [port, uiPort]));
      if (tries === 4 || !passes) throw error;
    }
  }
}

function serverArgs(options: TemporalServerOptions, port: number, uiPort: number): string[] {
  const attributes = Object.entries(SEARCH_ATTRIBUTE_TYPES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${TYPE_NAMES[type]}`,
  ]);
  const settings = [...SETTINGS, ...(options.forTests ? FOR_TESTS : [])];
  const place = options.forTests
    ? ['--headless']
    : [
        '--db-filename',
        'temporal.db',
        '--sqlite-pragma',
        'journal_mode=wal',
        '--sqlite-pragma',
        'synchronous=1',
        '--ui-port',
        String(uiPort),
        '--ui-disable-news-fetch',
        // it is asked by the browser, and only where it is up (`npm run client -- codec-server`)
        ...(options.isEncrypted === true ? ['--ui-codec-endpoint', `http://127.0.0.1:${CODEC_SERVER_PORT}`] : []),
      ];
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--namespace',
    NAMESPACE,
    '--log-level',
    'warn',
    '--color',
    'never',
    ...place,
    ...attributes,
    ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

const SETTINGS = [
  // the dev server's own limit of 20 polls a second would cost 40 ms a step
  'history.transferProcessorMaxPollRPS=1000',
  // when updates of more than 4 MB come together, Temporal terminates the run, even if it would refuse them; the
  // default limit is 20 MB
  'history.maxInFlightUpdatePayloads=2097152',
  // the order of priorities is exact only within a partition, and fairness is off by default
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'matching.enableFairness=true',
];

/**
 * Retries without delay. It also allows more than the 10,000 signals that a run may have by default, for the tests that
 * flood a run.
 */
const FOR_TESTS = [
  'history.timerProcessorMaxTimeShift="10ms"',
  'frontend.WorkflowPauseEnabled=true',
  'history.maximumSignalsPerExecution=60000',
];

/** The command line's own names for the types. */
const TYPE_NAMES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList', DOUBLE: 'Double' } as const;

async function isServing(address: string): Promise<true | undefined> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection
      .withDeadline(Date.now() + 2_000, () => connection.workflowService.describeNamespace({ namespace: NAMESPACE }))
      .finally(() => connection.close());
    return true;
  } catch {
    return undefined;
  }
}

// with the dev server's default a run would be gone from Temporal Web after one day
async function setRetention(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const workflowExecutionRetentionTtl = msToTs(`${RETENTION_DAYS} days`);
    await connection.workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl },
    });
  } finally {
    await connection.close();
  }
}

/**
 * The environment without what a person set for another Temporal (address, key, profile). It would mislead the local
 * one.
 */
export function withoutTemporalSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
