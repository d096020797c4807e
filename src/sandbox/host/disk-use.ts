import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const ENTRY_BYTES = 4096;
/** Where less is free, a command that wrote much is ended whatever its limit is: others need the disk, too. */
const FLOOR_BYTES = 256 * 1024 ** 2;
const MUCH_BYTES = 64 * 1024 ** 2;
/** Somebody else may delete as fast as a command writes: then the file system shows no growth. */
const LOOK_ANYWAY_MS = 30_000;
const LONGEST_LOOK_MS = 60_000;

/**
 * Watches what a command writes. Counting files takes long, so first the file system's own figures are read; only when
 * it has grown by as much as the command may write, the command's files are counted.
 */
export class DiskUse {
  readonly #began = Date.now();
  #used: number | null = null;
  #counted = 0;
  #nextLook = Date.now() + LOOK_ANYWAY_MS;
  #isLooking = false;

  /**
   * @param scratch - the command's own folder; all in it counts
   * @param folder - a folder in which what the command changed counts; null when it can't write there
   */
  constructor(
    private readonly scratch: string,
    private readonly folder: string | null,
    private readonly limitBytes: number,
  ) {}

  /** Whether the command has written more than it may. It gives false while an earlier look still counts. */
  async isOver(): Promise<boolean> {
    if (this.#isLooking) return false;
    this.#isLooking = true;
    try {
      const { used, free } = await figures(this.folder ?? this.scratch);
      this.#used ??= used;
      const grown = this.#counted + used - this.#used;
      const isTight = free < FLOOR_BYTES;
      if (grown <= this.limitBytes && Date.now() < this.#nextLook && !isTight) return false;
      const began = Date.now();
      this.#counted = await this.#count();
      this.#used = used;
      this.#nextLook = Date.now() + LOOK_ANYWAY_MS + 10 * (Date.now() - began);
      return this.#counted > this.limitBytes || (isTight && this.#counted > MUCH_BYTES);
    } catch {
      return false; // a folder has gone: the command is over
    } finally {
      this.#isLooking = false;
    }
  }

  async #count(): Promise<number> {
    const changed = this.folder === null ? 0 : await changedSince(this.folder, this.#began);
    return changed + (await sizeOf(this.scratch));
  }
}

async function figures(path: string): Promise<{ used: number; free: number }> {
  const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(path);
  return { used: (blocks - bfree) * bsize + (files - ffree) * ENTRY_BYTES, free: bavail * bsize };
}

async function sizeOf(folder: string): Promise<number> {
  return Number(/^\d+/.exec(await outputOf('du', ['-skx', '--', folder]))?.[0] ?? 0) * 1024;
}

/** Nobody can set the time of a file's last change of any kind, so what was written since then is found by it. */
async function changedSince(folder: string, sinceMs: number): Promise<number> {
  const script = `find "$1" -xdev -newerct "@$2" -printf '%b\\n' | awk '{ n += $1 < 8 ? 8 : $1 } END { print n + 0 }'`;
  const blocks = Number(await outputOf('sh', ['-c', script, 'sh', folder, String(Math.floor(sinceMs / 1_000))]));
  return Number.isFinite(blocks) ? blocks * 512 : 0;
}

async function outputOf(file: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { timeout: LONGEST_LOOK_MS, maxBuffer: 1024 ** 2 });
    return stdout.trim();
  } catch (error) {
    // a folder that can't be read is counted as far as it can be
    return ((error as { stdout?: string }).stdout ?? '').trim();
  }
}
