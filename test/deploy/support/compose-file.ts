import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

export const ROOT = PACKAGE_ROOT;

export interface Service {
  image: string;
  restart: string;
  build?: unknown;
  healthcheck?: { disable?: boolean };
  environment?: Record<string, string | number | null>;
  volumes?: string[];
  networks?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
  security_opt?: string[];
}

export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, unknown>;
}

export function read(name: string): string {
  return readFileSync(`${ROOT}/${name}`, 'utf8');
}

/**
 * The compose file as Compose sees it with these variables; throws with the names of required ones that are missing.
 */
export function composeWith(env: Record<string, string>): Compose {
  const missing = new Set<string>();
  const text = read('docker-compose.yml').replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name: string, kind?: string, rest: string = '') => {
      const value = env[name];
      if (!value && kind === '?') missing.add(name);
      return value || (kind === '-' ? rest : '');
    },
  );
  if (missing.size > 0) throw new Error(`missing: ${[...missing].sort().join(' ')}`);
  return parse(text, { merge: true }) as Compose;
}

/** The compose file with its `${…}` left as they are. */
export function rawCompose(): Compose {
  return parse(read('docker-compose.yml'), { merge: true }) as Compose;
}

/** `deploy/env.example` as it comes. */
export function exampleEnv(): Record<string, string> {
  const lines = read('deploy/env.example')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** The example, with everything set that a person must set. */
export function filledEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(exampleEnv()).map(([name, value]) => [
      name,
      value || (name.endsWith('REPOSITORIES') ? '/srv/repositories' : `value-of-${name}`),
    ]),
  );
}

/** The instructions of the Dockerfile, continued lines joined. */
export function dockerfile(): { instruction: string; rest: string }[] {
  const lines = read('Dockerfile')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ instruction: line.split(' ')[0] ?? '', rest: line.replace(/^\S+\s+/, '') }));
}
