import type { ScriptedToolCall } from './behaviour.js';

/** What the pretended model says. This part of a completion differs from answer to answer. */
export interface Reply {
  text: string | null;
  toolCalls: ScriptedToolCall[];
  finishReason: string;
  refusal?: string;
}

/** A reply that is only text. */
export function says(text: string | null, finishReason = 'stop'): Reply {
  return { text, toolCalls: [], finishReason };
}

/** A reply that calls tools. */
export function calls(...toolCalls: ScriptedToolCall[]): Reply {
  return { text: null, toolCalls, finishReason: 'tool_calls' };
}
