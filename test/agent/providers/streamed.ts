import type { JsonObject } from '../../../src/domain/text/json.js';
import { textOf, type Completion } from './provider-server.js';

/** One event of a stream. */
export function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The same completion as a stream, its texts in pieces. */
export function asStream(
  { id, model, usage, choices: [{ message, finish_reason }] }: Completion,
  how: { index?: (n: number) => number; repeats?: boolean } = {},
): string {
  const { tool_calls = [], role, ...fields } = message;
  const chunk = (delta: object, more: object = {}): string =>
    event({ id, model, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null, ...more }] });
  const texts = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? pieces(value).map((text) => chunk({ [name]: text })) : [chunk({ [name]: value })],
  );
  const calls = (tool_calls as JsonObject[]).flatMap((call, n) => {
    const index = how.index?.(n) ?? n;
    const { name, arguments: text, ...others } = call.function as JsonObject;
    const first = { ...call, index, function: { ...others, name, arguments: '' } };
    const again = how.repeats ? { id: call.id, type: 'function' } : {};
    return [
      chunk({ tool_calls: [first] }),
      ...pieces(textOf(text)).map((text) =>
        chunk({ tool_calls: [{ ...again, index, function: { arguments: text, ...(how.repeats && { name }) } }] }),
      ),
    ];
  });
  return [
    chunk({ role, content: '' }),
    ...texts,
    ...calls,
    chunk({}, { finish_reason }),
    event({ id, model, choices: [], usage: usage ?? null }),
    'data: [DONE]\n\n',
  ].join('');
}

function pieces(text: string): string[] {
  return text.match(/[^]{1,4}/g) ?? [];
}
