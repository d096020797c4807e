import type { Duplex } from 'node:stream';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import type { CommandEnd } from '../domain/check/check-run.js';
import type { Limits, Reservation } from '../domain/money/budget.js';
import type { ModelPrice } from '../domain/template/backends.js';
import type { ModelDialect } from '../domain/template/dialect.js';
import type { ConversationStore } from '../domain/record/conversation.js';
import type { JsonObject } from '../domain/text/json.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { ToolName } from '../domain/names.js';
import type { ConfinedFolder } from '../workspace/confined/confined-folder.js';

/** The address of the model, and how it is asked. */
export interface ModelAccess {
  baseUrl: string;
  apiKey: string;
  /** More headers of every request. Their values are secrets. */
  headers?: Readonly<Record<string, string>>;
  /** Whether the key goes in `Authorization`; default true. It is false where a header of `headers` has the key. */
  sendsKey?: boolean;
  /** What the backend and the persona say about its requests. */
  dialect?: ModelDialect;
  /** Whether replies are asked for as a stream. */
  stream?: boolean;
  /** Name of the backend, for the ledger. */
  backend: string;
  name: string;
  temperature?: number;
  maxOutputTokens?: number;
  /** Tokens of its context, for prompt and reply together. Without it, a refusal tells. */
  contextTokens?: number;
  /** null when the price table has none. Calls then cost null, never 0. */
  price: ModelPrice | null;
}

/** The artifact that the agent must leave. */
export interface ArtifactGoal {
  /** Relative to the run's folder: `artifacts/design.json`. */
  path: string;
  schema: JsonObject | null;
  /** Every schema that `schema` may refer to, by `$id`. */
  schemas: Record<string, JsonObject>;
  /**
   * Judges the file that lies at the path, so that the model is told what is wrong with it and can mend it. Null for a
   * valid one. Without it nothing is said; the caller judges the artifact in any case.
   */
  judge?: () => Promise<AttemptProblem | null>;
}

/** A command of an agent that has ended. */
export interface AgentCommandResult {
  end: CommandEnd;
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
  /** What it wrote, at most 1 MiB. */
  output: string;
  /** The file with the same text, relative to the run's folder. */
  outputFile: string;
}

/** Runs the commands of an agent in a sandbox, in the folder of the repository. */
export interface AgentCommands {
  /** Whether changes of files stay, or are thrown away when the command has ended. */
  keepsChanges: boolean;
  /** @param run - a line for the shell @param signal - ends the command, and all that it began */
  run(run: string, timeoutMs: number, signal: AbortSignal): Promise<AgentCommandResult>;
}

/** A tool that a server outside runs. */
export interface RemoteTool {
  name: string;
  description: string;
  /** JSON Schema of the arguments, for the model alone. */
  parameters: JsonObject;
  /**
   * @returns `refused`: the call can't be made so; `failed`: it may work later
   * @throws what the signal was aborted with
   */
  call: (args: JsonObject, signal: AbortSignal) => Promise<{ text: string } | { refused: string } | { failed: string }>;
}

/** A server of tools that was started in the sandbox. */
export interface ToolServer {
  /** Its standard input and output. */
  stream: Duplex;
  /** How it ended by itself, in words. It never rejects. */
  ended: Promise<string>;
  /** Ends it, and resolves when nothing of it is left. */
  stop: () => Promise<void>;
}

/**
 * Starts a server of tools in the sandbox.
 *
 * @param command - program and arguments
 * @param env - all of the worker's variables that it gets; their values are secrets
 * @throws PhasegateError `sandbox_unavailable`
 */
export type StartToolServer = (
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<ToolServer>;

/** The place of a model call among the calls of its backend. */
export interface CallPlace {
  /** The provider limits the rate of calls: others wait, too. @param ms - for this long, where the provider says so */
  limited(ms?: number): void;
  /** The call has ended. */
  leave(): void;
}

/** It is told what happens while it happens. It must not fail. */
export interface AgentObserver {
  /**
   * @param n - ordinal of the call within this attempt, from 1
   * @param begun - its line of the ledger, for the case that the worker dies before the reply
   */
  modelCallStarted?(n: number, begun: ModelCall): void;
  /** A call whose reply is kept, or that failed. */
  modelCall(call: ModelCall): void;
  /**
   * The conversation is being read or written. The database may take long for that, and the time is not the agent's.
   *
   * @returns a function to call when the database has answered
   */
  atRecord?(): () => void;
  /**
   * A model wants other requests than its settings say, as this or another phase has learned from its refusals. It is
   * told in each attempt that is affected.
   */
  learned?(lesson: { id: string; told: string }): void;
  /** A paid reply can't be kept now, for this reason, and waits. */
  waiting?(reason: string): void;
}

/** What the agent's git tools look at. */
export interface AgentRepository {
  /** The run's folder. */
  root: string;
  /** The commit at which the phase began. */
  begin: string;
  /** The commit at which the run began. */
  base: string;
}

export interface AgentRequest {
  model: ModelAccess;
  systemPrompt: string;
  /** Makes the first message of the thread. It is asked only where the thread begins. */
  prompt: () => Promise<string>;
  /** The message for a later attempt. It is added to the thread as it stands. */
  repair: string | null;
  /** Whether `repair` has the words of a person. These stay in the conversation as they are, however long it gets. */
  isFeedback?: boolean;
  /**
   * Something that the agent must know. It is said once in the thread, by its id; null when there is nothing to say.
   */
  note?: { id: string; text: string } | null;
  /** Attempt at the artifact, from 1. The conversation remembers the highest that it has seen. */
  attempt: number;
  /** The tools that the persona names. `write_artifact` is added by itself where the schema allows it. */
  tools: readonly ToolName[];
  /** What runs the agent's commands; null where nothing does. */
  commands?: AgentCommands | null;
  /** The tools of the persona's MCP servers. */
  remote?: readonly RemoteTool[];
  folder: ConfinedFolder;
  /**
   * Keeps the whole of a tool's answer that was cut, where the agent can read it. It gives the path. Without it, what is
   * cut is lost.
   */
  keepResult?: (text: string) => Promise<string>;
  /** Null or missing: the git tools have nothing to look at. */
  repository?: AgentRepository | null;
  artifact: ArtifactGoal;
  threadId: string;
  /** The store that has the conversation of the thread. */
  conversation: ConversationStore;
  /** Most calls of this attempt. */
  maxModelCalls: number;
  /** Milliseconds that the attempt has, and how many of them are left. Without it nothing is said about time. */
  time?: () => { limitMs: number; leftMs: number };
  callTimeoutMs: number;
  /** Waits until the next call may begin. It throws what the signal was aborted with, or an abort error. */
  takePlace?(signal: AbortSignal): Promise<CallPlace>;
  /** What this thread may use, earlier attempts included. */
  budget: Limits;
  /** Fires at a cancellation, or when the attempt's time is up. The caller knows which it was. */
  signal: AbortSignal;
  persona: { name: string; version: string };
  phaseKey: string;
  observe: AgentObserver;
}

export type NoArtifactReason =
  | 'ended_without_writing'
  | 'empty_reply'
  | 'output_truncated'
  | 'bad_tool_arguments'
  | 'written_elsewhere'
  | 'refused'
  | 'content_filtered';

/** How the agent's work in one attempt ended. The caller must find out whether the artifact is *valid*. */
export type AgentOutcome =
  | { kind: 'artifact_written'; path: string }
  /**
   * `text` is what the model said last, cut to 500 characters. `replies`: how many replies in a row were of no use.
   * `wroteInstead` has the JSON files that it wrote in places for artifacts, if there are any.
   */
  | { kind: 'no_artifact'; reason: NoArtifactReason; text: string; replies: number; wroteInstead?: string[] }
  /** The artifact does not fit into a reply. */
  | { kind: 'artifact_cut'; maxOutputTokens: number | null }
  /** The same call was refused again and again. `refusal` is what the model was told. */
  | { kind: 'same_call'; times: number; tool: string; refusal: string }
  | { kind: 'call_limit'; calls: number }
  /** `used` is what the thread has used, `next` what the next call might use. */
  | { kind: 'budget_exceeded'; limit: 'microUsd' | 'tokens'; used: Reservation; next: Reservation };

export interface AgentResult {
  outcome: AgentOutcome;
  /** Every paid reply of the conversation so far, also of earlier attempts. */
  calls: ModelCall[];
  /** Files that tools wrote in the conversation so far, as paths from the run's folder. */
  written: string[];
}
