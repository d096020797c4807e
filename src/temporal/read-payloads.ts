import type { Payload, PayloadCodec } from '@temporalio/common';
import type { WorkflowClient } from '@temporalio/client';
import type proto from '@temporalio/proto';
import { payloadConverter } from './payload-converter.js';

type Payloads = proto.temporal.api.common.v1.IPayloads | null | undefined;

/**
 * Reads the values of an event, or of a description, that the SDK hands on as the server has it: the SDK decrypts only
 * what it reads itself.
 *
 * @throws PhasegateError `encryption_key_missing`
 */
export async function readPayloads(client: Pick<WorkflowClient, 'options'>, payloads: Payloads): Promise<unknown[]> {
  let decoded: Payload[] = payloads?.payloads ?? [];
  const codecs: readonly PayloadCodec[] = client.options.loadedDataConverter.payloadCodecs;
  for (const codec of [...codecs].reverse()) decoded = await codec.decode(decoded);
  return decoded.map((payload) => payloadConverter.fromPayload(payload));
}
