import type { UsageMetadata } from '@langchain/core/messages';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';

/** Where providers tell a figure, as paths within `usage`. */
type Places = readonly string[];

const INPUT: Places = ['prompt_tokens', 'input_tokens'];
const OUTPUT: Places = ['completion_tokens', 'output_tokens'];
const TOTAL: Places = ['total_tokens'];
const REASONING: Places = ['completion_tokens_details.reasoning_tokens', 'output_tokens_details.reasoning_tokens'];
/** A part of the input: OpenAI, OpenAI's Responses, DeepSeek, Moonshot. */
const CACHED_PART: Places = [
  'prompt_tokens_details.cached_tokens',
  'input_tokens_details.cached_tokens',
  'prompt_cache_hit_tokens',
  'cached_tokens',
];
/** Anthropic counts what it reads from its cache and writes to it apart; gateways pass this on. */
const CACHE_READ: Places = ['cache_read_input_tokens'];
const CACHE_WRITTEN: Places = ['cache_creation_input_tokens'];

/**
 * The usage of a reply: all input with the cached part, all output with the thoughts, however a provider counts them.
 * What can't be a part of another figure is apart from it. A figure may be anything; the ledger checks them.
 *
 * @param usage - as the provider sent it; NaN stands for figures that it has not
 */
export function usageOf(usage: JsonValue | undefined): UsageMetadata {
  const figure = (places: Places): number => figureAt(isJsonObject(usage) ? usage : {}, places);
  const total = figure(TOTAL) || 0;
  const reasoning = figure(REASONING) || 0;
  const cached = figure(CACHED_PART) || 0;
  const apart = (figure(CACHE_READ) || 0) + (figure(CACHE_WRITTEN) || 0);
  const told = figure(INPUT);
  const said = figure(OUTPUT);
  const isApart = !figure(['prompt_tokens']) || told < apart || total >= told + apart + (said || 0);
  const input = told + (isApart ? apart : 0) + (apart === 0 && told < cached ? cached : 0);
  const spoken = said + (said < reasoning ? reasoning : 0);
  // thoughts that only the total has are paid, too
  const rest = total - input;
  const output = rest > 0 && !(spoken >= rest) ? rest : spoken;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: (input || 0) + (output || 0),
    input_token_details: { cache_read: cached || figure(CACHE_READ) || 0 },
    output_token_details: { reasoning },
  };
}

/** The first figure that is more than zero: some gateways fill the fields that they don't use with zeros. */
function figureAt(usage: JsonObject, places: Places): number {
  const found = places
    .map((place) => place.split('.').reduce<JsonValue | undefined>(memberOf, usage))
    .find((value) => typeof value === 'number' && value > 0);
  return typeof found === 'number' ? found : NaN;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
