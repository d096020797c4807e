import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import path from 'node:path';
import type { RootLook } from '../domain/check/propose/proposal.js';

const MAX_NAMES = 10_000;
const MAX_FILE_BYTES = 256 * 1024;
/** The files that say how a repository is built. */
const READ = [
  'package.json',
  'pyproject.toml',
  'requirements.txt',
  'requirements-dev.txt',
  'setup.cfg',
  'tox.ini',
  'Pipfile',
  'GNUmakefile',
  'makefile',
  'Makefile',
];

/**
 * What lies at the root of a repository, read with care: it may be anybody's. Links, devices and large files have no
 * text.
 *
 * @param root - a folder
 */
export async function lookAtRoot(root: string): Promise<RootLook> {
  const names = new Set<string>();
  for await (const { name } of await opendir(root)) {
    names.add(name);
    if (names.size >= MAX_NAMES) break;
  }
  const texts = new Map<string, string>();
  for (const name of READ.filter((wanted) => names.has(wanted)))
    texts.set(name, await smallText(path.join(root, name)));
  return { names, text: (name) => texts.get(name) ?? '' };
}

async function smallText(file: string): Promise<string> {
  try {
    // opening a FIFO must not wait
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return '';
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
