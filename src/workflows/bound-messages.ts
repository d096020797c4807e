import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivateInput } from '@temporalio/workflow';
import { MAX_MESSAGE_BYTES, unreadable } from '../domain/message-payload.js';

/**
 * Messages as they came, but with no more payload than a right message has: `MAX_MESSAGE_BYTES` of the first argument,
 * and no other arguments. The SDK reads the whole payload before any handler could refuse it, of a query too, and all
 * runs of the worker wait for that: 2 MB of nested JSON take half a second.
 */
export function boundMessages(input: ActivateInput): ActivateInput {
  for (const { signalWorkflow, doUpdate, queryWorkflow } of input.activation.jobs ?? []) {
    if (signalWorkflow) signalWorkflow.input = bound(signalWorkflow.input);
    if (doUpdate) doUpdate.input = bound(doUpdate.input);
    if (queryWorkflow) queryWorkflow.arguments = bound(queryWorkflow.arguments);
  }
  return input;
}

function bound(payloads: Payload[] | null | undefined): Payload[] {
  const [first] = payloads ?? [];
  if (!first) return [];
  const bytes = sizeOf(first);
  if (bytes <= MAX_MESSAGE_BYTES) return [first];
  const why = unreadable(`it has ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are read`);
  return [defaultPayloadConverter.toPayload(why)];
}

function sizeOf({ data, metadata }: Payload): number {
  const parts = [data, ...Object.values(metadata ?? {})];
  return parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
