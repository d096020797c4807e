import { isJsonObject, type JsonValue } from '../../text/json.js';
import { decidingFiles } from './deciding-files.js';
import { nothingFor, type Proposal, type RootLook } from './proposal.js';

interface Manager {
  lock: string;
  install: string;
  run: string;
  hosts: string[];
}

const NPM_HOSTS = ['registry.npmjs.org'];
const MANAGERS: readonly Manager[] = [
  { lock: 'package-lock.json', install: 'npm ci', run: 'npm run', hosts: NPM_HOSTS },
  { lock: 'npm-shrinkwrap.json', install: 'npm ci', run: 'npm run', hosts: NPM_HOSTS },
  { lock: 'pnpm-lock.yaml', install: 'pnpm install --frozen-lockfile', run: 'pnpm run', hosts: NPM_HOSTS },
  {
    lock: 'yarn.lock',
    install: 'yarn install --frozen-lockfile',
    run: 'yarn run',
    hosts: ['registry.yarnpkg.com', ...NPM_HOSTS],
  },
  { lock: 'bun.lock', install: 'bun install --frozen-lockfile', run: 'bun run', hosts: NPM_HOSTS },
];
const WITHOUT_LOCK: Manager = {
  lock: 'package.json',
  install: 'npm install --no-package-lock',
  run: 'npm run',
  hosts: NPM_HOSTS,
};
/** Scripts that prove something, with the name of their check. */
const SCRIPTS: readonly (readonly [script: string, check: string])[] = [
  ['test', 'test'],
  ['typecheck', 'types'],
  ['type-check', 'types'],
  ['types', 'types'],
  ['lint', 'lint'],
  ['build', 'build'],
];
/** What npm writes into a new package.json. */
const NO_TEST = /no test specified/;

/** Packages of npm, pnpm, yarn or bun. */
export function proposeJavaScript({ names, text }: RootLook): Proposal {
  const proposal = nothingFor('js');
  if (!names.has('package.json')) return proposal;
  const content = parsed(text('package.json'));
  const manager = MANAGERS.find(({ lock }) => names.has(lock));
  if (manager || hasPackages(content)) {
    const { install, hosts, lock } = manager ?? WITHOUT_LOCK;
    proposal.setup.push({ run: install, network: hosts, timeout: '10m', why: `${lock} is there` });
  }
  const scripts = content['scripts'];
  for (const [script, name] of SCRIPTS) {
    const line = isJsonObject(scripts) && Object.hasOwn(scripts, script) ? scripts[script] : undefined;
    if (typeof line !== 'string' || NO_TEST.test(line) || proposal.checks.some((check) => check.name === name))
      continue;
    const run = `${(manager ?? WITHOUT_LOCK).run} ${script}`;
    proposal.checks.push({ name, run, why: `package.json has a script ${script}` });
  }
  if (proposal.checks.length > 0) proposal.protect.push(decidingFiles('js'));
  return proposal;
}

function parsed(text: string): Record<string, JsonValue> {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function hasPackages(content: Record<string, JsonValue>): boolean {
  return ['dependencies', 'devDependencies'].some((field) => {
    const packages = content[field];
    return isJsonObject(packages) && Object.keys(packages).length > 0;
  });
}
