import type { BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { ChatOpenAICompletions } from '@langchain/openai';
import type { JsonObject } from '../../domain/text/json.js';
import type { ModelAccess } from '../agent-request.js';
import { askProvider } from './ask-provider.js';
import { readCompletion } from './read-completion.js';

/**
 * ChatOpenAI's client of chat completions, for one request (ChatOpenAI itself would switch to another API by the model's
 * name). The body and the reading of the reply are phasegate's. The client's own body follows guesses from the model's
 * name, and its reading drops refusals, unknown fields and calls with broken arguments. It never retries: Temporal does.
 */
export class ChatModel extends ChatOpenAICompletions {
  /**
   * @param access - the model and its address; nothing is read from the environment
   * @param request - the body of the request
   * @param tools - the names of the tools that there are
   */
  constructor(
    private readonly access: ModelAccess,
    private readonly request: JsonObject,
    private readonly tools: readonly string[],
  ) {
    // without null and 'off' the client takes the OPENAI_* variables: ids of another account, and logs with prompts in them
    const configuration = { baseURL: access.baseUrl, organization: null, project: null, logLevel: 'off' } as const;
    super({ model: access.name, apiKey: access.apiKey, maxRetries: 0, streaming: false, configuration });
  }

  /** @throws BadReply, ErrorReply, TransportFailure, and what the signal was aborted with */
  override async _generate(_messages: BaseMessage[], { signal }: this['ParsedCallOptions']): Promise<ChatResult> {
    const completion = await askProvider(this.access, this.request, signal ?? new AbortController().signal);
    const message = readCompletion(completion, this.tools);
    return { generations: [{ text: message.text, message }] };
  }
}
