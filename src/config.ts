import { availableParallelism } from 'node:os';
import path from 'node:path';
import { PhasegateError } from './domain/failures.js';
import { DEFAULT_MAX_ARTIFACT_BYTES } from './domain/artifact-intake.js';
import { parseDuration } from './domain/text/duration.js';
import { hostProblem } from './domain/check/host-name.js';
import { DEFAULT_TASK_QUEUE } from './domain/names.js';
import { PACKAGE_ROOT } from './package-root.js';
import { parseSocketPlace } from './domain/text/socket-place.js';
import { isKeyId, parseKeys } from './domain/text/encryption-keys.js';

interface Setting<T> {
  name: string;
  /** What the setting is, for the table of docs/settings.md. */
  about: string;
  /** Text used when the variable is not set. Undefined means that it must be set. */
  fallback?: string;
  read(text: string): T | undefined;
  expected: string;
  /** A relative path is resolved from the folder that the process runs in. */
  isPlace?: true;
}

function text(name: string, about: string, fallback?: string): Setting<string> {
  return { name, about, fallback, read: (value) => value || undefined, expected: 'a text' };
}

function count(name: string, about: string, fallback: string): Setting<number> {
  const read = (value: string) => (/^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined);
  return { name, about, fallback, read, expected: 'a whole number from 1' };
}

function duration(name: string, about: string, fallback: string): Setting<number> {
  return { name, about, fallback, read: parseDuration, expected: 'a duration such as 30s or 2m' };
}

/** A duration that may also be 0. */
function orNever(setting: Setting<number>): Setting<number> {
  return {
    ...setting,
    read: (value) => (value === '0' ? 0 : setting.read(value)),
    expected: `0, or ${setting.expected}`,
  };
}

function place(name: string, about: string, fallback?: string): Setting<string> {
  return {
    name,
    about,
    fallback,
    read: (value) => (value === '' ? undefined : path.resolve(value)),
    expected: 'a path',
    isPlace: true,
  };
}

function postgresUrl(name: string, about: string): Setting<string> {
  const read = (value: string) => (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value) ? value : undefined);
  return { name, about, read, expected: 'a URL such as postgresql://user:password@host:5432/database' };
}

function choice<T extends string>(name: string, about: string, among: readonly T[], fallback: T): Setting<T> {
  const read = (value: string) => among.find((one) => one === value);
  return { name, about, fallback, read, expected: `one of ${among.join(', ')}` };
}

/** A number of bytes; digits alone are bytes. */
function size(name: string, about: string, fallback: string): Setting<number> {
  const read = (value: string) => {
    const [, digits, unit] = /^([1-9]\d{0,14})(MiB|GiB)?$/.exec(value) ?? [];
    return digits === undefined
      ? undefined
      : Number(digits) * (unit === undefined ? 1 : unit === 'GiB' ? 1024 ** 3 : 1024 ** 2);
  };
  return { name, about, fallback, read, expected: 'a size such as 512MiB or 4GiB' };
}

/** A name without spaces; by default none. */
function word(name: string, about: string): Setting<string> {
  const read = (value: string) => (/^[\w.-]{0,128}$/.test(value) ? value : undefined);
  return { name, about, fallback: '', read, expected: 'a name of letters, digits, `.`, `_` and `-`' };
}

/** An address and a port; by default none. */
function socketPlace(name: string, about: string): Setting<string> {
  const read = (value: string) => (value === '' || parseSocketPlace(value) ? value : undefined);
  return { name, about, fallback: '', read, expected: 'an IP address and a port, such as 127.0.0.1:9464' };
}

/** Values with a separator between them; there may be none. */
function list(
  name: string,
  about: string,
  separator: string,
  what: string,
  isOne: (value: string) => boolean,
  fallback = '',
): Setting<string[]> {
  const read = (value: string) => {
    const values = value.split(separator).filter((one) => one !== '');
    return values.every(isOne) ? values : undefined;
  };
  return { name, about, fallback, read, expected: `${what} with \`${separator}\` between them` };
}

/** Variables that hold no secret. Without a setting, commands may have these and no others. */
export const HARMLESS_VARIABLES: readonly string[] = ['CI', 'TZ', 'LC_ALL', 'NODE_ENV', 'NO_COLOR', 'FORCE_COLOR'];

/**
 * Every environment variable of a worker, in the order of the table of docs/settings.md. The SDK reads Temporal's own (envconfig).
 */
export const SETTINGS = {
  databaseUrl: postgresUrl('DATABASE_URL', 'PostgreSQL that holds the mirror and the conversations'),
  workspaceRoot: place('PHASEGATE_WORKSPACE_ROOT', 'Folder below which each run gets its own'),
  taskQueue: text('PHASEGATE_TASK_QUEUE', 'Task queue of the worker and of started runs', DEFAULT_TASK_QUEUE),
  templates: place('PHASEGATE_TEMPLATES', 'Folder of templates', path.join(PACKAGE_ROOT, 'templates')),
  personas: place('PHASEGATE_PERSONAS', 'Folder of personas', path.join(PACKAGE_ROOT, 'personas')),
  schemas: place('PHASEGATE_SCHEMAS', 'Folder of artifact schemas', path.join(PACKAGE_ROOT, 'schemas/artifacts')),
  backends: place('PHASEGATE_BACKENDS', 'File with backends and prices', path.join(PACKAGE_ROOT, 'backends.yaml')),
  maxArtifactBytes: count(
    'PHASEGATE_MAX_ARTIFACT_BYTES',
    'Largest artifact, in bytes',
    String(DEFAULT_MAX_ARTIFACT_BYTES),
  ),
  modelCallTimeoutMs: duration('PHASEGATE_MODEL_CALL_TIMEOUT', 'Time for one model call', '5m'),
  keepConversationsMs: orNever(
    duration(
      'PHASEGATE_KEEP_CONVERSATIONS',
      'How long `prune` keeps conversations after the end of a run; 0 deletes them at the end',
      '30d',
    ),
  ),
  checkoutTimeoutMs: duration('PHASEGATE_CHECKOUT_TIMEOUT', 'Time for one checkout, beside that of the phase', '15m'),
  concurrentPhases: count('PHASEGATE_CONCURRENT_PHASES', 'Phases that one worker executes at once', '20'),
  commandsAtOnce: {
    name: 'PHASEGATE_COMMANDS_AT_ONCE',
    about: 'Set-ups and checks that one worker runs at once: a number, or `cores`',
    fallback: 'cores',
    read: (value: string) =>
      value === 'cores' ? availableParallelism() : /^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined,
    expected: '`cores`, or a whole number from 1',
  } as Setting<number>,
  sandbox: choice(
    'PHASEGATE_SANDBOX',
    'What commands run in: `bwrap` (bubblewrap), `none` (no isolation), `off` (nothing is run)',
    ['bwrap', 'none', 'off'],
    'bwrap',
  ),
  bwrap: text('PHASEGATE_BWRAP', 'Path of bubblewrap 0.11 or newer, or its name on the PATH', 'bwrap'),
  sandboxMemory: size('PHASEGATE_SANDBOX_MEMORY', 'Memory that one command may use', '4GiB'),
  sandboxProcesses: count('PHASEGATE_SANDBOX_PROCESSES', 'Processes and threads that one command may have', '2048'),
  sandboxDisk: size('PHASEGATE_SANDBOX_DISK', 'What one command may write to disk', '8GiB'),
  sandboxRead: list(
    'PHASEGATE_SANDBOX_READ',
    'More folders that every command can read, at their own place',
    path.delimiter,
    'absolute paths',
    (folder) => path.isAbsolute(folder),
  ),
  sandboxPrivateHosts: list(
    'PHASEGATE_SANDBOX_PRIVATE_HOSTS',
    'Named hosts that may have an address of a private network',
    ',',
    'names of hosts',
    (name) => hostProblem(name) === undefined,
  ),
  sandboxHostNetwork: choice(
    'PHASEGATE_SANDBOX_HOST_NETWORK',
    'Whether a set-up may have `network: host`, which reaches all that the worker reaches: `refuse`, `allow`',
    ['refuse', 'allow'],
    'refuse',
  ),
  commandEnv: list(
    'PHASEGATE_COMMAND_ENV',
    'Variables of the worker that a repository may name in `env` for its set-up and checks',
    ',',
    'names of variables',
    (name) => /^[A-Za-z_]\w*$/.test(name),
    HARMLESS_VARIABLES.join(','),
  ),
  encryptionKeys: {
    name: 'PHASEGATE_ENCRYPTION_KEYS',
    about: 'Keys that encrypt what Temporal stores; the first encrypts, all decrypt',
    fallback: '',
    read: (value: string) => (parseKeys(value) === undefined ? undefined : value),
    expected: '`id:64 hexadecimal digits`, several with commas between them',
  } as Setting<string>,
  encryptionKeysFile: {
    ...place('PHASEGATE_ENCRYPTION_KEYS_FILE', 'File with the same keys, one a line', ''),
    read: (value: string) => (value === '' ? '' : path.resolve(value)),
  },
  encryptionKeysLost: list(
    'PHASEGATE_ENCRYPTION_KEYS_LOST',
    'Ids of keys that nobody has any more; signals that they encrypted are refused',
    ',',
    'ids of keys',
    isKeyId,
  ),
  deploymentName: word(
    'PHASEGATE_DEPLOYMENT_NAME',
    'Name of the worker deployment, for rolling upgrades by worker versions; together with the next one',
  ),
  buildId: word('PHASEGATE_BUILD_ID', 'Version of this worker in its deployment'),
  versioning: choice(
    'PHASEGATE_VERSIONING',
    'With worker versions: whether open runs go on with the new version, or stay with the one that began them',
    ['auto-upgrade', 'pinned'],
    'auto-upgrade',
  ),
  logLevel: choice(
    'PHASEGATE_LOG_LEVEL',
    "Lowest level of the worker's log",
    ['DEBUG', 'INFO', 'WARN', 'ERROR'],
    'INFO',
  ),
  metricsAddress: socketPlace(
    'PHASEGATE_METRICS_ADDRESS',
    'Where the worker serves metrics for Prometheus (`/metrics`)',
  ),
  healthAddress: socketPlace('PHASEGATE_HEALTH_ADDRESS', 'Where the worker answers probes (`/livez`, `/readyz`)'),
  shutdownGraceMs: duration(
    'PHASEGATE_SHUTDOWN_GRACE',
    'Time that calls in flight get when the worker is told to stop',
    '30s',
  ),
} as const;

type Value<S> = S extends Setting<infer T> ? T : never;

/** The checked configuration of a process. */
export type Config = { [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> };

/**
 * Reads and checks the configuration (S30). One error names all faults.
 *
 * @param env - usually `process.env`
 * @param needed - the settings that this process uses
 * @throws PhasegateError `config_invalid`
 */
export function readConfig<K extends keyof Config>(env: NodeJS.ProcessEnv, needed: readonly K[]): Pick<Config, K> {
  const faults: string[] = [];
  const config: Partial<Config> = {};
  for (const key of needed) {
    const setting: Setting<unknown> = SETTINGS[key];
    const given = env[setting.name] ?? setting.fallback;
    const value = given === undefined ? undefined : setting.read(given);
    if (value === undefined) {
      // the value itself is not shown: it may hold a password
      faults.push(
        `${setting.name} (${setting.about}) ${given === undefined ? 'is not set' : `is not ${setting.expected}`}`,
      );
    }
    Object.assign(config, { [key]: value });
  }
  if (faults.length > 0) throw new PhasegateError('config_invalid', faults.join('; '));
  return config as Pick<Config, K>;
}

/**
 * Every setting as a variable, with the value that a process runs with: the given one, or else the default.
 *
 * @param env - the given values; they are not checked
 * @param folder - the folder that the process runs in; paths are made absolute from there
 */
export function settingsAsVariables(env: NodeJS.ProcessEnv, folder: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name, fallback, isPlace } of Object.values<Setting<unknown>>(SETTINGS)) {
    const value = env[name] ?? fallback;
    if (value !== undefined) variables[name] = isPlace && value !== '' ? path.resolve(folder, value) : value;
  }
  return variables;
}
