import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { PhasegateError } from '../../domain/failures.js';
import { unreadable } from '../../domain/message-payload.js';
import type { EncryptionKeys } from './encryption-keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_BYTES = 8;

interface LoadedKey {
  id: string;
  secret: KeyObject;
  /** It tells this key from another one with the same id, and says nothing else of it. */
  check: string;
}

/**
 * Encrypts what goes to Temporal's server with the first key, and decrypts what comes from there with the key that the
 * payload names. It belongs into every worker and every client, also where there are no keys: it then encrypts
 * nothing, and fails for what is encrypted. So nobody takes a text that nobody can read for a value.
 *
 * - A payload without encryption is read as it is: runs from before go on, and people may start runs without a key.
 * - A key that is missing is an error, at each try: the run waits and loses nothing, until the key is there.
 * - A payload whose key is here and that was changed, or whose key is said to be lost, can never be read. It becomes a
 *   value that says so; a signal with it is then refused like one with broken JSON, and can't stop a run.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: readonly LoadedKey[];
  readonly #lost: ReadonlySet<string>;

  constructor({ keys, lost }: EncryptionKeys) {
    this.#keys = keys.map(({ id, bytes }) => ({ id, secret: createSecretKey(bytes), check: checkOf(bytes) }));
    this.#lost = new Set(lost);
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const [key] = this.#keys;
    return Promise.resolve(key === undefined ? payloads : payloads.map((payload) => encrypted(payload, key)));
  }

  /** @throws PhasegateError `encryption_key_missing` */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (textOf(payload, 'encoding') === ENCODING ? this.#decrypted(payload) : payload));
  }

  #decrypted(payload: Payload): Payload {
    const id = textOf(payload, 'encryption-key-id');
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined || key.check !== textOf(payload, 'encryption-key-check')) {
      if (this.#lost.has(id)) return unreadablePayload(`it is encrypted with the key ${id}, which is lost`);
      throw missing(id, key !== undefined, this.#keys.length > 0);
    }
    return decrypted(payload, key) ?? unreadablePayload(`it was changed after it was encrypted with the key ${id}`);
  }
}

function encrypted(payload: Payload, key: LoadedKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, iv);
  const plain = PayloadMessage.encode(payload).finish();
  const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const metadata = { encoding: ENCODING, 'encryption-key-id': key.id, 'encryption-key-check': key.check };
  return { metadata: mapValues(metadata, (text) => Buffer.from(text)), data };
}

/** Null where the data are not what was encrypted with this key. */
function decrypted({ data }: Payload, key: LoadedKey): Payload | null {
  if (!data || data.length < IV_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key.secret, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(data.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return PayloadMessage.decode(plain);
  } catch {
    return null;
  }
}

function unreadablePayload(why: string): Payload {
  return defaultPayloadConverter.toPayload(unreadable(why));
}

function missing(id: string, isOther: boolean, hasKeys: boolean): PhasegateError {
  const shown = /^[\w.-]{1,64}$/.test(id) ? id : 'a key with an id that is not one of ours';
  const why = isOther
    ? `the key ${shown} here is another one than the key ${shown} that encrypted it`
    : `PHASEGATE_ENCRYPTION_KEYS ${hasKeys ? 'does not have it' : 'is not set'}`;
  return new PhasegateError('encryption_key_missing', `a payload is encrypted with ${shown}, and ${why}`);
}

function checkOf(key: Uint8Array): string {
  return createHmac('sha256', key).update('phasegate key check').digest().subarray(0, CHECK_BYTES).toString('hex');
}

function textOf({ metadata }: Payload, name: string): string {
  const value = metadata?.[name];
  return value ? Buffer.from(value).toString('utf8') : '';
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
