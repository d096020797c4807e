// Makes a fresh clone runnable: it installs the packages of package-lock.json, and generates Prisma's client. It says
// nothing when everything is there. What it says is not part of a command's own output. It is plain Node without
// packages, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './with-lock.mjs';

/** @param {string} root folder of the clone */
export async function ensureInstalled(root) {
  requireNode(process.versions.node);
  if (isInstalled(root) && isGenerated(root)) return;
  await withLock(join(root, '.phasegate', 'install.lock'), 'installing packages', async () => {
    if (!isInstalled(root)) install(root);
    if (!isGenerated(root)) generate(root);
  });
}

/** @param {string} version such as `20.19.0` */
export function requireNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `phasegate needs Node 20.19 or later; this is Node ${version}. Install a newer one from nodejs.org or with your version manager.`,
  );
}

/**
 * The stamp says which lock file was installed. Without a stamp (somebody ran npm by hand) npm's own record is
 * compared.
 */
export function isInstalled(root) {
  const wanted = hashOf(join(root, 'package-lock.json'));
  if (readStamp(stampOf(root, 'installed')) === wanted) return true;
  if (!hasAllPackages(root)) return false;
  writeStamp(stampOf(root, 'installed'), wanted);
  return true;
}

function hasAllPackages(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional, peer }]) => {
    if (path === '') return true;
    // an optional package for another machine may be missing
    return found[path] ? found[path].version === version : Boolean(optional || peer);
  });
}

function install(root) {
  console.error('Installing the packages of package-lock.json (npm ci) …');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  run(
    root,
    [...npm, ...args],
    'npm ci failed; its messages are above. Most often the package registry cannot be reached, or the disk is full. Try again with: npm ci',
  );
  writeStamp(stampOf(root, 'installed'), hashOf(join(root, 'package-lock.json')));
}

function isGenerated(root) {
  if (!existsSync(join(root, 'prisma', 'schema.prisma'))) return true;
  return (
    existsSync(join(root, 'src', 'generated', 'prisma', 'client.ts')) &&
    readStamp(stampOf(root, 'generated')) === schemaHash(root)
  );
}

function generate(root) {
  const env = { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' };
  const command = [process.execPath, join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'];
  run(root, command, 'prisma generate failed; its messages are above. Try again with: npx prisma generate', {
    env,
    quiet: true,
  });
  writeStamp(stampOf(root, 'generated'), schemaHash(root));
}

function schemaHash(root) {
  const files = ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'];
  return files.map((file) => hashOf(join(root, file))).join('-');
}

function run(root, [file, ...args], advice, { env = process.env, quiet = false } = {}) {
  const { status, error, stdout, stderr } = spawnSync(file, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', quiet ? 'pipe' : process.stderr, quiet ? 'pipe' : 'inherit'],
  });
  if (status === 0) return;
  if (quiet) console.error(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Error(`${advice}${error ? ` (${error.message})` : ''}`);
}

function stampOf(root, what) {
  return join(root, 'node_modules', `.phasegate-${what}`);
}

function readStamp(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeStamp(file, text) {
  try {
    writeFileSync(file, text);
  } catch (error) {
    // a read-only installation: without the stamp, the next start looks more closely again
    if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error;
  }
}

function hashOf(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'missing';
}

/**
 * For a command that can't go on without the packages: it tells what was wrong, and ends the process.
 *
 * @param {string} root folder of the clone
 */
export async function ensureInstalledOrExit(root) {
  try {
    await ensureInstalled(root);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await ensureInstalledOrExit(fileURLToPath(new URL('..', import.meta.url)));
