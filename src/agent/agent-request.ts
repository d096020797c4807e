import type { Limits, Reservation } from '../domain/money/budget.js';
import type { ModelPrice } from '../domain/template/backends.js';
import type { ConversationStore } from '../domain/record/conversation.js';
import type { JsonObject } from '../domain/text/json.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { FileToolName } from '../domain/names.js';
import type { ConfinedFolder } from '../workspace/confined/confined-folder.js';

/** Where the model is and how it is asked. */
export interface ModelAccess {
  baseUrl: string;
  apiKey: string;
  /** Name of the backend, for the ledger. */
  backend: string;
  name: string;
  temperature?: number;
  maxOutputTokens?: number;
  /** null when the price table has none: calls then cost null, never 0. */
  price: ModelPrice | null;
}

/** What the agent must leave. */
export interface ArtifactGoal {
  /** Relative to the run's folder: `artifacts/design.json`. */
  path: string;
  schema: JsonObject | null;
  /** Every schema that `schema` may refer to, by `$id`. */
  schemas: Record<string, JsonObject>;
}

/** Told of what happens while it happens. It must not fail. */
export interface AgentObserver {
  /**
   * @param n - ordinal of the call within this attempt, from 1
   * @param begun - its line of the ledger, as it stands when the worker dies before the reply
   */
  modelCallStarted?(n: number, begun: ModelCall): void;
  /** A call that is kept, or that failed. */
  modelCall(call: ModelCall): void;
  /**
   * The conversation is being read or written, which may take as long as the database likes: that time is not the
   * agent's.
   *
   * @returns called when the database has answered
   */
  atRecord?(): () => void;
  /** What is paid can't be kept now, for this reason, and waits. */
  waiting?(reason: string): void;
}

export interface AgentRequest {
  model: ModelAccess;
  systemPrompt: string;
  /** First message of the thread. */
  prompt: string;
  /** The message for a later attempt, appended to the thread as it stands. */
  repair: string | null;
  /**
   * Something that the agent must know, said once in the thread by its id; null for a thread that has nothing to be
   * told.
   */
  note?: { id: string; text: string } | null;
  /** Attempt at the artifact, from 1; the conversation remembers the highest it has seen. */
  attempt: number;
  /** The tools that the persona names; `write_artifact` comes by itself where the schema allows it. */
  tools: readonly FileToolName[];
  folder: ConfinedFolder;
  artifact: ArtifactGoal;
  threadId: string;
  /** Where the conversation of the thread is kept. */
  conversation: ConversationStore;
  /** Most calls of this attempt. */
  maxModelCalls: number;
  callTimeoutMs: number;
  /** What this thread may use, earlier attempts included. */
  budget: Limits;
  /** Cancellation or the end of the attempt's time: the caller knows which. */
  signal: AbortSignal;
  persona: { name: string; version: string };
  phaseKey: string;
  observe: AgentObserver;
}

export type NoArtifactReason =
  'ended_without_writing' | 'output_truncated' | 'refused' | 'content_filtered' | 'bad_tool_arguments';

/** How the agent's work in one attempt ended; whether the artifact is *valid* is for the caller to find out. */
export type AgentOutcome =
  | { kind: 'artifact_written'; path: string }
  /**
   * `text` is what the model said, cut to 500 characters; `wroteInstead` has the JSON files that it wrote elsewhere, if
   * any.
   */
  | { kind: 'no_artifact'; reason: NoArtifactReason; text: string; wroteInstead?: string[] }
  | { kind: 'call_limit'; calls: number }
  /** `used` is what the thread has used, `next` what the next call might use. */
  | { kind: 'budget_exceeded'; limit: 'microUsd' | 'tokens'; used: Reservation; next: Reservation };

export interface AgentResult {
  outcome: AgentOutcome;
  /** Every paid reply of the conversation so far, earlier attempts included. */
  calls: ModelCall[];
  /** Files that tools wrote in the conversation so far, from the run's folder. */
  written: string[];
}
