import type { Backend } from './backends.js';

/** Contexts of well-known models, from their providers' documentation, by the beginning of the model's name. */
const WELL_KNOWN: readonly (readonly [name: string, tokens: number])[] = [
  ['gpt-5', 272_000],
  ['gpt-4.1', 1_047_576],
  ['gpt-4o', 128_000],
  ['o3', 200_000],
  ['o4-mini', 200_000],
  ['claude-', 200_000],
  ['gemini-2.5-', 1_048_576],
  ['deepseek-chat', 128_000],
  ['deepseek-reasoner', 128_000],
  ['grok-4', 256_000],
  ['grok-code-fast-1', 256_000],
  ['mistral-large', 128_000],
  ['mistral-medium', 128_000],
  ['devstral', 128_000],
  ['kimi-k2', 131_072],
  ['glm-4.6', 200_000],
];

/**
 * How many tokens a model's context has, for prompt and reply together: as the backends file says, or else as it is
 * well known. It matters only for when a conversation is shortened. A figure that is too high is corrected by the
 * provider's refusal.
 *
 * @param model - its name at the backend; what is before a slash names a maker (`anthropic/claude-sonnet-4.5`)
 * @returns undefined for a model of which nothing is known
 */
export function contextTokensOf(
  { contextTokens = {} }: Pick<Backend, 'contextTokens'>,
  model: string,
): number | undefined {
  if (Object.hasOwn(contextTokens, model)) return contextTokens[model];
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  return WELL_KNOWN.find(([begin]) => begins(name, begin))?.[1];
}

/** Whether a name begins so, and goes on with another word: `o3-pro` is an `o3`, `o30` is none. */
function begins(name: string, begin: string): boolean {
  return name.startsWith(begin) && (begin.endsWith('-') || !/^[a-z0-9]/.test(name.slice(begin.length)));
}
