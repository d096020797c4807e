import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/** A text as one word of a POSIX shell, with any characters. (NUL can't be in an environment.) */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

// people set these for another Temporal; with the local one they would only do harm
const UNSET = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS', 'TEMPORAL_PROFILE'];

/**
 * Writes environment variables to a file that a shell can source. It does so in one step, and only the owner can read
 * the file.
 *
 * @param file - it is replaced
 * @param env - variables by name
 * @param bin - folder of programs that the shell is to find first
 */
export function writeEnvFile(file: string, env: Readonly<Record<string, string>>, bin?: string): void {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
  // added only once, however often the file is sourced
  const found =
    bin === undefined
      ? []
      : [`case ":$PATH:" in *:${shellQuoted(bin)}:*) ;; *) PATH=${shellQuoted(bin)}:"$PATH"; export PATH ;; esac`];
  const text = [
    '# Written by phasegate at each start: . this file to talk to the local stack.',
    `unset ${UNSET.join(' ')}`,
    ...lines,
    ...found,
    '',
  ].join('\n');
  const scratch = `${file}.new-${process.pid}`;
  writeFileSync(scratch, text, { mode: 0o600 });
  chmodSync(scratch, 0o600);
  renameSync(scratch, file);
}
