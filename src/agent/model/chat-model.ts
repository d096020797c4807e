import type { AIMessage } from '@langchain/core/messages';
import { ChatOpenAICompletions, type OpenAIClient } from '@langchain/openai';
import type { JsonObject } from '../../domain/text/json.js';
import type { ModelAccess } from '../agent-request.js';
import { providerFetch } from './provider-fetch.js';
import { readReplyMessage } from '../conversation/wire.js';

/**
 * ChatOpenAI's chat completions client (ChatOpenAI itself would switch to another API by the model's name). phasegate
 * reads replies itself. The client's own reading drops refusals, loses calls with broken arguments, and prints to the
 * console.
 */
class ChatModel extends ChatOpenAICompletions {
  protected override _convertCompletionsMessageToBaseMessage(
    message: OpenAIClient.ChatCompletionMessage,
    raw: OpenAIClient.ChatCompletion,
  ): AIMessage {
    const wire = message as unknown as JsonObject;
    return readReplyMessage(wire, typeof raw.id === 'string' ? raw.id : undefined, { model_name: raw.model });
  }
}

/**
 * The client of one model. It never streams (a tool call that was cut would run) and never retries (Temporal does).
 *
 * @param choice - the model and its address; nothing is read from the environment
 * @param timeoutMs - for one request
 */
export function createChatModel(choice: ModelAccess, timeoutMs: number): ChatOpenAICompletions {
  return new ChatModel({
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
      // without these the client takes the OPENAI_* variables: ids of another account, and logs with prompts in them
      organization: null,
      project: null,
      logLevel: 'off',
    },
  });
}
