import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { unreadable } from '../domain/message-payload.js';

/**
 * The SDK's converter, except that a payload it can't read (broken JSON, an unknown encoding) becomes a value that says so.
 * Thrown in a workflow, that error would fail its task again and again, and anybody who may signal could stop a run for
 * good. Loaded by the worker and by the workflow bundle.
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
