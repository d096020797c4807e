import { readFileSync } from 'node:fs';
import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { parseKeys, type EncryptionKey } from '../../domain/text/encryption-keys.js';

/** The keys of a process. With none nothing is encrypted. */
export interface EncryptionKeys {
  /** The first encrypts, and all decrypt. */
  keys: readonly EncryptionKey[];
  /** Ids of keys that nobody has any more. What they encrypted counts as a message that can't be read. */
  lost: readonly string[];
}

/**
 * Reads PHASEGATE_ENCRYPTION_KEYS, or the file that PHASEGATE_ENCRYPTION_KEYS_FILE names.
 *
 * @param env - usually `process.env`
 * @throws PhasegateError `config_invalid`; no key is ever in its message
 */
export function readEncryptionKeys(env: NodeJS.ProcessEnv): EncryptionKeys {
  const { encryptionKeys, encryptionKeysFile, encryptionKeysLost } = readConfig(env, [
    'encryptionKeys',
    'encryptionKeysFile',
    'encryptionKeysLost',
  ]);
  if (encryptionKeys !== '' && encryptionKeysFile !== '')
    throw new PhasegateError(
      'config_invalid',
      'PHASEGATE_ENCRYPTION_KEYS and PHASEGATE_ENCRYPTION_KEYS_FILE are both set; unset one of them',
    );
  const keys = encryptionKeysFile === '' ? (parseKeys(encryptionKeys) ?? []) : keysOfFile(encryptionKeysFile);
  const twice = encryptionKeysLost.find((id) => keys.some((key) => key.id === id));
  if (twice !== undefined)
    throw new PhasegateError(
      'config_invalid',
      `PHASEGATE_ENCRYPTION_KEYS_LOST names ${twice}, and this key is given; take it out of one of them`,
    );
  return { keys, lost: encryptionKeysLost };
}

function keysOfFile(file: string): EncryptionKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'it is not a file';
    throw new PhasegateError('config_invalid', `PHASEGATE_ENCRYPTION_KEYS_FILE: ${file} can't be read (${reason})`);
  }
  const keys = parseKeys(
    text
      .split(/[\s,]+/)
      .filter((part) => part !== '')
      .join(','),
  );
  if (keys === undefined || keys.length === 0)
    throw new PhasegateError(
      'config_invalid',
      `PHASEGATE_ENCRYPTION_KEYS_FILE: ${file} must have one key a line, each as id:64 hexadecimal digits`,
    );
  return keys;
}
