import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../domain/text/json.js';
import { API_FAULTS, apiError } from './api-errors.js';
import type { Behaviour, Fault } from './behaviour.js';
import type { ChatRequest } from './chat-request.js';
import { completion } from './completion.js';
import { nextMove } from './default-agent.js';
import { sendJson, sendText } from './http.js';
import { MODEL_FAULTS } from './model-faults.js';
import type { PromptCache } from './prompt-cache.js';
import { says, type Reply } from './reply.js';

/** What is needed for an answer, beside the request. */
export interface AnswerContext {
  cache: PromptCache;
  /** Aborted when the server closes or the client has gone: then nobody waits for an answer. */
  signal: AbortSignal;
}

/** Answers one completion request in the way that the behaviour says. */
export async function answer(
  request: ChatRequest,
  behaviour: Behaviour,
  response: ServerResponse,
  context: AnswerContext,
): Promise<void> {
  if (behaviour.delayMs) await sleep(behaviour.delayMs, undefined, { signal: context.signal });
  if (behaviour.status !== undefined) return answerStatus(behaviour.status, behaviour, response);
  if (behaviour.reply !== undefined) return sendJson(response, 200, behaviour.reply);
  if (behaviour.fault !== undefined) return answerFault(behaviour.fault, request, response, context);
  sendJson(response, 200, completion(request, replyOf(behaviour, request), context.cache));
}

function replyOf(behaviour: Behaviour, request: ChatRequest): Reply {
  if (behaviour.text !== undefined) return says(behaviour.text);
  if (behaviour.tools !== undefined) {
    return { text: null, toolCalls: behaviour.tools, finishReason: behaviour.finishReason ?? 'tool_calls' };
  }
  return nextMove(request);
}

function answerStatus(status: number, { retryAfter, body }: Behaviour, response: ServerResponse): void {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  sendJson(response, status, body ?? apiError(status).body, headers);
}

function answerFault(fault: Fault, request: ChatRequest, response: ServerResponse, { cache }: AnswerContext): void {
  const misbehave = MODEL_FAULTS[fault];
  if (misbehave) return sendJson(response, 200, completion(request, misbehave(request), cache));
  if (fault in API_FAULTS) {
    const { status, body } = API_FAULTS[fault as keyof typeof API_FAULTS];
    return sendJson(response, status, body);
  }
  TRANSPORT_FAULTS[fault]?.(completion(request, nextMove(request), cache), response);
}

type Spoil = (whole: JsonObject, response: ServerResponse) => void;

/** Spoils a sound answer on its way. */
const TRANSPORT_FAULTS: Readonly<Partial<Record<Fault, Spoil>>> = {
  drop_before_headers: (_whole, response) => response.destroy(),
  drop_mid_body: (whole, response) => half(response, JSON.stringify(whole), () => response.destroy()),
  // the connection stays open until the client goes or the server closes
  stall_headers: () => undefined,
  stall_body: (whole, response) => half(response, JSON.stringify(whole)),
  html: (_whole, response) =>
    sendText(response, 200, 'text/html', '<!doctype html><title>Gateway</title><p>Sign in to the network.</p>'),
  broken_json: (whole, response) => sendText(response, 200, 'application/json', JSON.stringify(whole).slice(0, -20)),
  empty_choices: (whole, response) => sendJson(response, 200, { ...whole, choices: [] }),
  no_usage: (whole, response) =>
    sendJson(response, 200, Object.fromEntries(Object.entries(whole).filter(([key]) => key !== 'usage'))),
  zero_usage: (whole, response) =>
    sendJson(response, 200, { ...whole, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
};

function half(response: ServerResponse, text: string, then: () => void = () => undefined): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, Math.floor(text.length / 2)), then);
}
