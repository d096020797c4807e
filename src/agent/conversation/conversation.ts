import type { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import type {
  ConversationMessage,
  ConversationStore,
  ConversationWrite,
  KeptConversation,
} from '../../domain/record/conversation.js';
import type { MarkRow } from '../../domain/record/view-mark.js';
import type { ModelCall, ToolCall } from '../../domain/record/model-call.js';
import { settledWithin } from '../settled-within.js';
import { toKept, wireOf } from './wire.js';

/** A tool's answer, its audit, and the files that it wrote. */
export interface Answered {
  answer: ToolMessage;
  audit: ToolCall;
  wrote: string[];
}

type Unnumbered = Omit<ConversationMessage, 'ordinal' | 'attempt' | 'ts'>;

/**
 * The conversation of one attempt while the agent works. A reply, and the answers of tools, are kept before anything
 * acts on them. What the engine says waits for the next reply, since it can be said again.
 */
export class Conversation {
  readonly #said: ConversationMessage[] = [];
  #messages: ConversationMessage[] = [];
  #modelCalls: ModelCall[] = [];
  #toolCalls: ToolCall[] = [];
  /** Ordinal of the last message that is kept. */
  #kept: number;
  /** Never fails. */
  #writing: Promise<void> = Promise.resolve();
  #ended = false;
  #hasReply = false;

  /**
   * @param store - writes at once, or fails
   * @param patient - the same store, but it waits while the database is away
   * @param kept - the messages that are there already
   * @param attempt - new messages belong to this attempt
   */
  constructor(
    private readonly store: ConversationStore,
    private readonly patient: ConversationStore,
    { messages }: KeptConversation,
    private readonly attempt: number,
  ) {
    this.#kept = messages.at(-1)?.ordinal ?? 0;
  }

  /** Whether this attempt has a reply of its own. Before that, calls of an earlier attempt are run again. */
  get hasReply(): boolean {
    return this.#hasReply;
  }

  /** The engine says something. */
  say(messages: readonly (HumanMessage | ToolMessage)[]): void {
    this.#said.push(...messages.map((message) => this.#stamped({ ...toKept(message), wrote: [] })));
  }

  /**
   * Keeps how the model sees the conversation from here on, before it is asked in that way.
   *
   * @param call - the ledger's line of the summary that the mark has
   */
  async keepMark(row: MarkRow, call?: ModelCall): Promise<void> {
    this.noteMark(row, call);
    await this.#write(this.patient);
  }

  /** Lets a mark go with the next write. */
  noteMark(row: MarkRow, call?: ModelCall): void {
    this.#messages.push(...this.#said.splice(0), this.#stamped({ ...row, wrote: [] }));
    if (call !== undefined) this.#modelCalls.push(call);
  }

  /** Keeps a paid reply together with its line of the ledger, and what was said before it. */
  async keepReply(reply: AIMessage, call: ModelCall): Promise<void> {
    this.#hasReply = true;
    const message = this.#stamped({ id: call.id, role: 'assistant', message: wireOf(reply), wrote: [] });
    this.#messages.push(...this.#said.splice(0), message);
    this.#modelCalls.push(call);
    await this.#write(this.patient);
  }

  /** Keeps the answers to a reply's tool calls together with their audit. */
  async keepAnswers(answered: readonly Answered[]): Promise<void> {
    this.#messages.push(...answered.map(({ answer, wrote }) => this.#stamped({ ...toKept(answer), wrote })));
    this.#toolCalls.push(...answered.map(({ audit }) => audit));
    await this.#write(this.patient);
  }

  /**
   * Lets records go with the next write. These are records that no message stands for: a call that failed, or the tools
   * of an attempt that was stopped.
   */
  note({
    modelCalls = [],
    toolCalls = [],
  }: {
    modelCalls?: readonly ModelCall[];
    toolCalls?: readonly ToolCall[];
  }): void {
    this.#modelCalls.push(...modelCalls);
    this.#toolCalls.push(...toolCalls);
  }

  /** Tries once to write the records that wait. It never fails: a record must not hide the failure that it is about. */
  async flush(): Promise<void> {
    await this.#write(this.store).catch(() => undefined);
  }

  /** Tries for this long to write the records that wait, and writes nothing after that. It never fails. */
  async end(ms: number): Promise<void> {
    await settledWithin(ms, [this.flush()]);
    this.#ended = true;
  }

  #stamped(message: Unnumbered): ConversationMessage {
    return { ...message, ordinal: 0, attempt: this.attempt, ts: new Date().toISOString() };
  }

  /** Writes one thing at a time. What could not be written stays, and goes with the next write. */
  #write(store: ConversationStore): Promise<void> {
    const written = this.#writing.then(() => this.#writeWaiting(store));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #writeWaiting(store: ConversationStore): Promise<void> {
    const write: ConversationWrite = {
      messages: this.#messages.map((message, index) => ({ ...message, ordinal: this.#kept + index + 1 })),
      modelCalls: [...this.#modelCalls],
      toolCalls: [...this.#toolCalls],
    };
    if (write.messages.length + write.modelCalls.length + write.toolCalls.length === 0) return;
    if (this.#ended) throw new Error('the attempt has ended: nothing of it is written any more');
    await store.append(write);
    this.#kept += write.messages.length;
    this.#messages = this.#messages.slice(write.messages.length);
    this.#modelCalls = this.#modelCalls.slice(write.modelCalls.length);
    this.#toolCalls = this.#toolCalls.slice(write.toolCalls.length);
  }
}
