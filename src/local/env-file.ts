import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/** A text as one word of a POSIX shell, whatever characters it holds (NUL cannot be in an environment anyway). */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

// set by people for another Temporal; with the local one they would only do harm
const UNSET = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS', 'TEMPORAL_PROFILE'];

/**
 * Writes environment variables as a file that a shell can source, in one step and readable by its owner only.
 *
 * @param file - it is replaced
 * @param env - variables by name
 * @param bin - folder of programs that the shell is to find first
 */
export function writeEnvFile(file: string, env: Readonly<Record<string, string>>, bin?: string): void {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
  // once only, however often the file is sourced
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
