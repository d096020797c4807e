import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { unreadable } from '../domain/message-payload.js';

/**
 * The SDK's converter, with one difference: a payload that it can't read (broken JSON, an unknown encoding) becomes a
 * value that says so. If it threw an error in a workflow, the task would fail again and again, and anybody who may
 * signal could stop a run for good. The worker and the workflow bundle load it.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: <T>(payload: Payload) => {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      return unreadable(error instanceof Error ? error.message : String(error)) as T;
    }
  },
};
