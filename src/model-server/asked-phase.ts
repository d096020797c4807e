import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import type { ChatMessage, ChatRequest } from './chat-request.js';

/** What a conversation about a phase tells the pretended agent. */
export interface AskedPhase {
  /** The path of the artifact: the one that the prompt asks for, or else the first that it names. */
  artifactPath: string;
  /** Schema of the artifact, from `write_artifact` or from the prompts; null when none has one. */
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
  const textOf = (role: string): string =>
    messages
      .filter((message) => message.role === role)
      .map(({ text }) => text)
      .join('\n');
  const [system, prompt] = [textOf('system'), textOf('user')];
  return {
    artifactPath: artifactPathIn(prompt),
    artifactSchema: tools.get('write_artifact') ?? schemaIn(`${system}\n${prompt}`),
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

function artifactPathIn(prompt: string): string {
  const asked = /its artifact `(artifacts\/[^`]+)` is written/.exec(prompt)?.[1];
  return asked ?? /artifacts\/[\w.\-/]+?\.json/.exec(prompt)?.[0] ?? 'artifacts/artifact.json';
}

/** The first JSON object that begins a line of the prompt and says that it is a schema. */
function schemaIn(prompt: string): JsonObject | null {
  for (const { index } of prompt.matchAll(/^\{/gm)) {
    const [line = '', end] = [/.*/y.exec(prompt.slice(index))?.[0], prompt.indexOf('\n}', index)];
    const value = parsed(line) ?? (end < 0 ? undefined : parsed(prompt.slice(index, end + 2)));
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
