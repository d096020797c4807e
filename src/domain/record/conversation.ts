import type { JsonObject } from '../text/json.js';
import type { ModelCall, ToolCall } from './model-call.js';
import type { ViewMark } from './view-mark.js';

/**
 * One row of a conversation (S21): a message, or a mark that says how the model sees the conversation from there on. Rows
 * are only added, never changed.
 */
export interface ConversationMessage {
  /** 1, 2, 3 … in its conversation, without a gap. */
  ordinal: number;
  /**
   * Unique in its conversation. It is the id of the model call or of the tool call, or else a name for what was said
   * (`prompt`, `repair-2`).
   */
  id: string;
  /** Attempt at the artifact in which it was said, from 1. */
  attempt: number;
  role: 'user' | 'assistant' | 'tool' | ViewMark['kind'];
  /** The message as chat completions have it, or the fields of a mark. A reply is exactly as the provider gave it. */
  message: JsonObject;
  /** Files that the tool call wrote. */
  wrote: string[];
  /** ISO 8601. */
  ts: string;
}

/**
 * Things that are kept together: a paid reply with its line of the ledger, or the answers of tools with their audit.
 */
export interface ConversationWrite {
  messages: readonly ConversationMessage[];
  modelCalls: readonly ModelCall[];
  toolCalls: readonly ToolCall[];
}

/** A conversation as it was kept. */
export interface KeptConversation {
  /** In the order in which they were said. */
  messages: ConversationMessage[];
  /** The paid replies among them. */
  modelCalls: ModelCall[];
}

/** The store that keeps one conversation. */
export interface ConversationStore {
  /** @throws PhasegateError `mirror_unavailable`, `mirror_not_migrated` */
  read(): Promise<KeptConversation>;
  /**
   * Adds all of it or nothing. Messages that are there already stay as they are, so a write may be repeated.
   *
   * @throws PhasegateError `mirror_unavailable`, `mirror_not_migrated`
   * @throws OlderAttempt when another attempt has gone on with the conversation: then only the ledger and the audit
   *   have what was to be added
   */
  append(write: ConversationWrite): Promise<void>;
}
