import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { settingsAsVariables } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { DEFAULT_TASK_QUEUE } from '../domain/names.js';
import { applyMigrations } from '../mirror/migrate.js';
import { writeEnvFile } from './env-file.js';
import { withoutTakenAddresses } from './free-addresses.js';
import { keepRunning } from './processes/keep-running.js';
import { endLeftOver } from './left-over.js';
import { chooseModel, type ModelChoice } from './model-choice.js';
import { readEncryptionKeys } from '../temporal/encryption/encryption-keys.js';
import { makePassableFolder } from './postgres/postgres-place.js';
import { startPostgres, type Postgres } from './postgres/postgres.js';
import { lastLines, type Service } from './processes/processes.js';
import type { Reaper } from './processes/reaper.js';
import { chooseSandbox } from './sandbox-choice.js';
import { announce, claim, noteReaper, release, type StackHolder } from './stack-holder.js';
import { findTemporalCli } from './temporal/temporal-cli.js';
import { NAMESPACE, startTemporalServer, type TemporalServer } from './temporal/temporal-server.js';
import { LOCAL_GRACE, startWorker } from './worker-process.js';

/** A file in the stack's folder. It says which of its processes run. */
const PROCESSES = 'processes.json';

export interface StackOptions {
  /** Folder of the clone. */
  root: string;
  /** The folder of data, logs and `env`: `.phasegate`. */
  dir: string;
  reaper: Reaper;
  kind: StackHolder['kind'];
  say: (line: string) => void;
}

export interface Stack {
  /** What a terminal, a worker or a client needs to use it. */
  env: Record<string, string>;
  temporalAddress: string;
  uiUrl: string;
  databaseUrl: string;
  /** Which model answers, for people. */
  modelAbout: string;
  /** Rejects when a part of the stack ends by itself and can't be started again. */
  broken: Promise<never>;
  /** Ends all of it: worker, Temporal, PostgreSQL. */
  stop(): Promise<void>;
}

/**
 * Brings up PostgreSQL, Temporal, a model and a worker, with the data of the last time, and writes `env`.
 *
 * @throws PhasegateError `local_stack_failed`, also when another process holds this folder's stack
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, kind, reaper } = options;
  makePassableFolder(dir);
  const attempt = await claim(dir, kind, reaper.pid);
  if (!attempt.claimed) {
    const pid = attempt.holding.state === 'free' ? 0 : attempt.holding.holder.pid;
    throw new PhasegateError(
      'local_stack_failed',
      `A local stack of this folder is running already (process ${pid}). Use it: . ${join(dir, 'env')}; or stop it with Ctrl-C there.`,
    );
  }
  return await bringUpClaimed(options);
}

/** Like {@link startStack}, in a folder that this process has claimed already. */
export async function bringUpClaimed(options: StackOptions): Promise<Stack> {
  const { dir, reaper, say } = options;
  const onReplaced = (): void => noteReaper(dir, reaper.pid);
  reaper.onReplaced = onReplaced;
  // it may have been replaced after the folder was claimed
  onReplaced();
  try {
    const left = await endLeftOver(join(dir, PROCESSES), reaper);
    const many = left === 1 ? '1 process' : `${left} processes`;
    if (left > 0) say(`${many} of an earlier stack, whose parent was killed, had to be ended first.`);
    reaper.recordIn(join(dir, PROCESSES));
    return await bringUp(options);
  } catch (error) {
    await options.reaper.finish();
    release(options.dir);
    throw error;
  }
}

async function bringUp(options: StackOptions): Promise<Stack> {
  const { dir, root, reaper } = options;
  const logs = join(dir, 'logs');
  // it waits for all of them, even when one fails: a start that nobody waits for could outlive us
  const started = await Promise.allSettled([
    bringUpPostgres(options),
    bringUpTemporal(options),
    chooseModel(process.env),
    chooseSandbox({ root, env: { ...process.env, PHASEGATE_WORKSPACE_ROOT: workspaceRoot(dir) }, say: options.say }),
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const [postgres, temporal, model, sandbox] = started.map(
    (result) => (result as PromiseFulfilledResult<unknown>).value,
  ) as [Postgres, TemporalWithCli, ModelChoice, Record<string, string>];
  const wanted = { ...environment(root, dir, postgres, temporal, model), ...sandbox };
  const env = { ...wanted, ...(await withoutTakenAddresses(wanted, options.say)) };
  mkdirSync(env.PHASEGATE_WORKSPACE_ROOT, { recursive: true });
  const [temporalAddress, taskQueue, log] = [temporal.address, env.PHASEGATE_TASK_QUEUE, join(logs, 'worker.log')];
  const startAgain = () => startWorker({ root, env, temporalAddress, taskQueue, log, reaper });
  const worker = await startAgain();
  writeEnvFile(join(dir, 'env'), env, linkTemporal(dir, temporal.cli));
  announce(dir, { env, modelAbout: model.about });
  const stop = async (): Promise<void> => {
    await reaper.finish();
    release(dir);
  };
  const kept = keepRunning(worker, { start: startAgain, isClosing: () => reaper.isClosing, say: options.say });
  const broken = whenOneEnds([postgres.service, temporal.service, kept]);
  return {
    env,
    temporalAddress: temporal.address,
    uiUrl: temporal.uiUrl,
    databaseUrl: postgres.url,
    modelAbout: model.about,
    broken,
    stop,
  };
}

async function bringUpPostgres({ dir, reaper, say }: StackOptions): Promise<Postgres> {
  const postgres = await startPostgres({ dir, reaper, log: join(dir, 'logs', 'postgres.log'), database: 'phasegate' });
  if (postgres.place.elsewhere)
    say(`PostgreSQL does not run as root, and its own user can't reach ${dir}: its data is in ${postgres.place.data}`);
  await applyMigrations(postgres.url);
  return postgres;
}

type TemporalWithCli = TemporalServer & { cli: string };

async function bringUpTemporal({ dir, root, reaper, say }: StackOptions): Promise<TemporalWithCli> {
  const cli = await findTemporalCli({ root, env: process.env, say });
  const isEncrypted = readEncryptionKeys(process.env).keys.length > 0;
  const log = join(dir, 'logs', 'temporal.log');
  const server = await startTemporalServer({ cli: cli.path, dir, reaper, log, isEncrypted });
  // a profile of our own, because the person's may name another server, with its key
  const profile = ['[profile.default]', `address = "${server.address}"`, `namespace = "${NAMESPACE}"`, ''].join('\n');
  writeFileSync(join(dir, 'temporal.toml'), profile);
  return { ...server, cli: cli.path };
}

/**
 * Everything that the worker runs with. So a client or `doctor` in another terminal uses the same folders and limits.
 */
function environment(root: string, dir: string, postgres: Postgres, temporal: TemporalWithCli, model: ModelChoice) {
  return {
    // on their own machine people do not want to wait half a minute after Ctrl-C
    ...settingsAsVariables({ PHASEGATE_SHUTDOWN_GRACE: LOCAL_GRACE, ...process.env }, root),
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_CONFIG_FILE: join(dir, 'temporal.toml'),
    TEMPORAL_CLI: temporal.cli,
    TEMPORAL_UI_URL: temporal.uiUrl,
    PHASEGATE_WORKSPACE_ROOT: workspaceRoot(dir),
    PHASEGATE_TASK_QUEUE: process.env.PHASEGATE_TASK_QUEUE || DEFAULT_TASK_QUEUE,
    ...model.env,
  };
}

function workspaceRoot(dir: string): string {
  return resolve(process.env.PHASEGATE_WORKSPACE_ROOT || join(dir, 'workspaces'));
}

/** The CLI under its usual name, so that commands from documentation work. */
function linkTemporal(dir: string, cli: string): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'temporal'), { force: true });
  symlinkSync(cli, join(bin, 'temporal'));
  return bin;
}

function whenOneEnds(services: readonly Pick<Service, 'name' | 'ended' | 'log'>[]): Promise<never> {
  const broken = Promise.race(
    services.map(async ({ name, ended, log }) => {
      const why = await ended;
      throw new PhasegateError(
        'local_stack_failed',
        `${name} has ended (${why}). Its log ${log} ends with:\n${lastLines(log)}`,
      );
    }),
  );
  broken.catch(() => {}); // also when nobody listens, as in a normal stop
  return broken;
}
