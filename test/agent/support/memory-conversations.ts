import type { ConversationMessage, ConversationStore } from '../../../src/domain/record/conversation.js';
import { OlderAttempt } from '../../../src/domain/older-attempt.js';
import type { ModelCall, ToolCall } from '../../../src/domain/record/model-call.js';

/** Conversations in memory, which keep to the rules of the real store. */
export class MemoryConversations implements ConversationStore {
  readonly messages: ConversationMessage[] = [];
  readonly modelCalls: ModelCall[] = [];
  readonly toolCalls: ToolCall[] = [];
  /** Called before each write: what it throws is the write's failure. */
  beforeAppend: () => Promise<void> | void = () => undefined;

  async read() {
    const modelCalls = this.messages.length === 0 ? [] : this.modelCalls.filter(({ status }) => status === 'ok');
    return structuredClone({ messages: this.messages, modelCalls });
  }

  async append(write: Parameters<ConversationStore['append']>[0]): Promise<void> {
    await this.beforeAppend();
    const { messages, modelCalls, toolCalls } = structuredClone(write);
    addNew(this.modelCalls, modelCalls);
    addNew(this.toolCalls, toolCalls);
    const isOther = ({ ordinal, id }: ConversationMessage) => (this.messages[ordinal - 1]?.id ?? id) !== id;
    if (messages.some(isOther)) throw new OlderAttempt('another attempt has gone on');
    this.messages.push(...messages.filter(({ ordinal }) => ordinal > this.messages.length));
  }
}

function addNew<T extends { id: string }>(kept: T[], added: readonly T[]): void {
  for (const item of added) if (!kept.some(({ id }) => id === item.id)) kept.push(item);
}
