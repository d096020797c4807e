import type { PayloadCodec } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec.js';
import { readEncryptionKeys } from './encryption-keys.js';

/**
 * The codecs of every worker and every client, as `dataConverter.payloadCodecs`.
 *
 * @param env - usually `process.env`
 * @throws PhasegateError `config_invalid`
 */
export function payloadCodecs(env: NodeJS.ProcessEnv): PayloadCodec[] {
  return [new EncryptionCodec(readEncryptionKeys(env))];
}
