import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ReadOnlyPath } from '../host/messages.js';

/** The language's files, as a worker's PATH names them. */
export interface LanguageFiles {
  /** PATH inside. */
  path: string;
  readOnly: ReadOnlyPath[];
  /** Variables that say where the files are. */
  variables: Record<string, string>;
}

/** What is there already. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/nix/store', '/gnu/store'];
/**
 * Folders below a home that hold tools and nothing else, with the variable that names them. Other folders of a home
 * (`.cargo`, `.npm`, `.m2`, `.config`) hold tokens, too: of those only the folder that PATH names can be read.
 */
const TOOLS: readonly { folder: string; variable?: string; onlyFor?: string }[] = [
  { folder: '.rustup', variable: 'RUSTUP_HOME', onlyFor: '.cargo/bin' },
  { folder: '.pyenv', variable: 'PYENV_ROOT' },
  { folder: '.rbenv', variable: 'RBENV_ROOT' },
  { folder: '.nodenv', variable: 'NODENV_ROOT' },
  { folder: '.goenv', variable: 'GOENV_ROOT' },
  { folder: '.volta', variable: 'VOLTA_HOME' },
  { folder: '.asdf', variable: 'ASDF_DATA_DIR' },
  { folder: '.local/share/mise', variable: 'MISE_DATA_DIR' },
  { folder: '.sdkman/candidates' },
  { folder: '.nvm/versions' },
  { folder: '.local/share/fnm' },
  { folder: 'miniconda3' },
  { folder: 'miniforge3' },
  { folder: 'anaconda3' },
];
/** They are passed on when what they name can be read. */
const PASSED_ON = ['JAVA_HOME', 'GOROOT', 'DOTNET_ROOT', 'ANDROID_HOME', 'NVM_BIN'];

/**
 * Which files of languages commands can read: of each entry of the worker's PATH its prefix, where that holds nothing
 * but a tool.
 *
 * @param env - the worker's environment
 * @param node - the worker's own Node; it is there in any case
 * @param secret - folders that must not be seen, nor any folder that has one of them in it: workspaces, the clone
 * @param more - folders that the operator names (PHASEGATE_SANDBOX_READ)
 */
export function languageFiles(
  env: NodeJS.ProcessEnv,
  node: string,
  secret: readonly string[],
  more: readonly string[] = [],
): LanguageFiles {
  const home = env['HOME'] && isAbsolute(env['HOME']) ? resolve(env['HOME']) : null;
  const hidden = [...secret, ...(home === null ? [] : [home])].map((path) => resolve(path));
  const isAllowed = (path: string): boolean => existsSync(path) && !hidden.some((one) => isIn(one, path));
  const entries = [...(env['PATH'] ?? '').split(delimiter), dirname(node)]
    .filter((entry) => isAbsolute(entry) && !/\/node_modules\/|\/node-gyp-bin$|^\/mnt\//.test(entry))
    .map((entry) => resolve(entry));
  const folders: string[] = [];
  const path: string[] = [];
  const variables: Record<string, string> = {};
  for (const entry of entries) {
    const found = SYSTEM.some((system) => isIn(entry, system)) ? [] : foldersOf(entry, home, env, variables);
    const allowed = found.filter(isAllowed);
    if (found.length > 0 && !allowed.some((folder) => isIn(entry, folder))) continue;
    if (secret.some((one) => isIn(entry, one))) continue;
    folders.push(...allowed);
    if (!path.includes(entry)) path.push(entry);
  }
  folders.push(...more.filter((folder) => existsSync(folder)));
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value && [...SYSTEM, ...folders].some((folder) => isIn(value, folder))) variables[name] = value;
  }
  return { path: ordered(path).join(delimiter), readOnly: outermost(folders), variables };
}

/** The system's own folders are there even when the worker's PATH is short. */
function ordered(path: string[]): string[] {
  return [...new Set([...path, '/usr/local/bin', '/usr/bin', '/bin'])];
}

function foldersOf(
  entry: string,
  home: string | null,
  env: NodeJS.ProcessEnv,
  variables: Record<string, string>,
): string[] {
  const found: string[] = [entry];
  const prefix = dirname(entry);
  if (/^(?:bin|sbin)$/.test(basename(entry)) && isToolsOwn(prefix, home)) found.push(prefix);
  if (home === null || !isIn(entry, home)) return found;
  for (const { folder, variable, onlyFor } of TOOLS) {
    const own = env[variable ?? ''] || join(home, folder);
    const isNamed = onlyFor === undefined ? isIn(entry, own) : entry === join(home, onlyFor);
    if (!isNamed || !existsSync(own)) continue;
    found.push(own);
    if (variable !== undefined) variables[variable] = own;
  }
  return found;
}

/** Whether a folder with a `bin` looks like one tool's: it has a library, and it is no project and no home. */
function isToolsOwn(prefix: string, home: string | null): boolean {
  const depth = home !== null && isIn(prefix, home) ? relative(home, prefix).split('/').length : 2;
  const has = (name: string): boolean => existsSync(join(prefix, name));
  return depth > 1 && ['lib', 'libexec', 'jre', 'pkg'].some(has) && !['.env', '.git', '.ssh', '.config'].some(has);
}

/** Without those that are in another of them, and each where its name says, even when that is a link. */
function outermost(folders: readonly string[]): ReadOnlyPath[] {
  const unique = [...new Set(folders)];
  return unique
    .filter((folder) => !unique.some((other) => other !== folder && isIn(folder, other)))
    .map((folder) => ({ path: realpathSync(folder), at: folder }));
}

function isIn(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
