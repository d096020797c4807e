/** A key of AES-256-GCM. */
export interface EncryptionKey {
  id: string;
  /** 32 bytes. */
  bytes: Uint8Array;
}

const KEY = /^([\w.-]{1,64}):([0-9a-fA-F]{64})$/;

/** Whether a text can be the id of a key. */
export function isKeyId(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

/**
 * Reads `id:hex,id:hex`. Each key has 64 hexadecimal digits: `openssl rand -hex 32` makes one.
 *
 * @returns undefined where a part is not a key, or where two have the same id
 */
export function parseKeys(text: string): EncryptionKey[] | undefined {
  const keys: EncryptionKey[] = [];
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [, id, hex] = KEY.exec(part) ?? [];
    if (id === undefined || hex === undefined || keys.some((key) => key.id === id)) return undefined;
    keys.push({ id, bytes: Buffer.from(hex, 'hex') });
  }
  return keys;
}
