import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import type { ChatMessage, ChatRequest } from './chat-request.js';

/** What a conversation about a phase tells the pretended agent. */
export interface AskedPhase {
  /** The path of the artifact: the first such path that the prompt names. */
  artifactPath: string;
  /** Schema of the artifact, from the prompt or from `write_artifact`; null when neither has one. */
  artifactSchema: JsonObject | null;
  /** First line of the requirements. */
  subject: string;
  /** Whether the prompt says that checks will run. */
  hasChecks: boolean;
  /** Whether one of them must fail. */
  mustFail: boolean;
  /** Tool calls of the whole conversation, with their answers. */
  history: PastCall[];
  /** Those after the last message of the user, because a repair or a revision asks anew. */
  sinceAsked: PastCall[];
}

export interface PastCall {
  name: string;
  args: JsonObject;
  result: string;
}

/** Reads a request as a phase's conversation. Any request gives some facts, although they may be few. */
export function askedPhase({ messages, tools }: ChatRequest): AskedPhase {
  const asked = messages.findLastIndex((message) => message.role === 'user');
  const prompt = messages
    .filter((message) => message.role === 'user')
    .map((message) => message.text)
    .join('\n');
  return {
    artifactPath: /artifacts\/[\w.\-/]+?\.json/.exec(prompt)?.[0] ?? 'artifacts/artifact.json',
    artifactSchema: schemaIn(prompt) ?? tools.get('write_artifact') ?? null,
    subject: subjectOf(prompt),
    mustFail: /^- .*\(it must fail\)$/m.test(prompt),
    hasChecks: /^Checks that run when you leave the artifact/m.test(prompt),
    history: pastCalls(messages),
    sinceAsked: pastCalls(messages.slice(asked + 1)),
  };
}

function pastCalls(messages: readonly ChatMessage[]): PastCall[] {
  const results = messages.filter((message) => message.role === 'tool').map((message) => message.text);
  return messages
    .flatMap((message) => message.toolCalls)
    .map(({ name, args }, i) => ({ name, args, result: results[i] ?? '' }));
}

/** The first JSON object that begins a line of the prompt and says that it is a schema. */
function schemaIn(prompt: string): JsonObject | null {
  for (const { index } of prompt.matchAll(/^\{/gm)) {
    const end = prompt.indexOf('\n}', index);
    const value = end < 0 ? undefined : parsed(prompt.slice(index, end + 2));
    if (isJsonObject(value) && ('$schema' in value || '$id' in value || 'properties' in value)) return value;
  }
  return null;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function subjectOf(prompt: string): string {
  const [, requirements = ''] = /^REQUIREMENTS BEGIN.*\n([\s\S]*?)\nREQUIREMENTS END/m.exec(prompt) ?? [];
  const line = requirements.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  return (
    line
      .replace(/^[#\s>*-]+/, '')
      .trim()
      .slice(0, 120) || 'the requirements'
  );
}
