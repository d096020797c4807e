import { AIMessage } from '@langchain/core/messages';
import { ChatOpenAICompletions, type OpenAIClient } from '@langchain/openai';
import type { ModelChoice } from './agent-request.js';
import { providerFetch } from './provider-fetch.js';
import { readToolCalls } from './tool-calls.js';

/**
 * ChatOpenAI's chat completions client (ChatOpenAI itself would switch to another API by the model's name). Replies are
 * read by us: the client's own reading drops refusals, loses calls with broken arguments, and prints to the console.
 */
class ChatModel extends ChatOpenAICompletions {
  /** Masked in arguments once they are read: JSON within JSON can spell it in many ways. */
  secret = '';

  protected override _convertCompletionsMessageToBaseMessage(
    message: OpenAIClient.ChatCompletionMessage,
    raw: OpenAIClient.ChatCompletion,
  ): AIMessage {
    const { calls, invalid } = readToolCalls(message.tool_calls, this.secret);
    return new AIMessage({
      id: typeof raw.id === 'string' ? raw.id : undefined,
      content: textOf(message.content),
      tool_calls: calls,
      invalid_tool_calls: invalid,
      additional_kwargs: message.refusal ? { refusal: message.refusal } : {},
      response_metadata: { model_name: raw.model },
    });
  }
}

/**
 * The client of one model: it never streams (a tool call that was cut would run) and never retries (Temporal does).
 *
 * @param choice - where the model is; nothing is read from the environment
 * @param timeoutMs - for one request
 */
export function createChatModel(choice: ModelChoice, timeoutMs: number): ChatOpenAICompletions {
  const model = new ChatModel({
    model: choice.name,
    apiKey: choice.apiKey,
    temperature: choice.temperature,
    maxTokens: choice.maxOutputTokens,
    maxRetries: 0,
    streaming: false,
    timeout: timeoutMs,
    configuration: {
      baseURL: choice.baseUrl,
      fetch: providerFetch(choice.apiKey),
      // the client would take these from OPENAI_* variables: ids of another account, and logs with prompts in them
      organization: null,
      project: null,
      logLevel: 'off',
    },
  });
  model.secret = choice.apiKey;
  return model;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
