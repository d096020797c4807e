import { closeSync, readdirSync, readFileSync } from 'node:fs';

const CLOSED_ON_EXEC = 0o2000000;
/** Standard input, output and error, and the channel to the worker. */
const OWN = [0, 1, 2, 3];

/**
 * Closes what this process was given without having asked for it: files and sockets that were open in whatever started
 * the worker. Commands would have them, too.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (OWN.includes(fd)) continue;
    try {
      const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
      if ((Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0) closeSync(fd);
    } catch {
      // it was the descriptor of the listing itself
    }
  }
}
