import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { sentOf } from '../conversation/wire.js';

/** Each request asks for it again. */
const sizes = new WeakMap<BaseMessage, number>();

/**
 * Bytes of UTF-8 that are sent of a message, without what is around it. Thoughts and signatures go back with a reply, so
 * they count.
 */
export function sentBytes(message: BaseMessage): number {
  const known = sizes.get(message) ?? Buffer.byteLength(textOf(message));
  sizes.set(message, known);
  return known;
}

function textOf(message: BaseMessage): string {
  if (AIMessage.isInstance(message)) return JSON.stringify(sentOf(message));
  return typeof message.content === 'string' ? message.content : JSON.stringify(message.content);
}
