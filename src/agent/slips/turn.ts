import type { AIMessage, ToolMessage } from '@langchain/core/messages';
import type { ToolCall as RequestedCall } from '@langchain/core/messages/tool';
import { sha256 } from '../../domain/text/hash.js';
import { isJsonObject } from '../../domain/text/json.js';
import { wireOf } from '../conversation/wire.js';
import { slipOfAnswer, type AnswerSlip } from './answer-slip.js';

/** What was wrong with a reply that called no tool, or whose calls were not run. */
export type ReplySlip = 'words' | 'empty' | 'cut';

/** What was wrong with a reply as a whole. A call that was refused for a reason of its own is no slip, nor is one that failed. */
export type Slip = ReplySlip | Exclude<AnswerSlip, 'refused' | 'failed'>;

/** How one paid reply ended. It can be read from the conversation's rows, so it survives a crash. */
export interface Turn {
  /** Attempt at the artifact in which it was. */
  attempt: number;
  slip: Slip | null;
  /** Whether the reply was cut while it wrote the artifact. */
  cutArtifact: boolean;
  /** Digests of its calls: refused, failed by something else, and those that worked. Equal calls have equal digests. */
  refused: readonly string[];
  failed: readonly string[];
  worked: readonly string[];
}

/** A turn whose reply called nothing that was run. */
export function turnOfReply(reply: AIMessage, attempt: number, slip: ReplySlip, artifactPath: string): Turn {
  const cutArtifact = slip === 'cut' && writesArtifact(reply, artifactPath);
  return { attempt, slip, cutArtifact, refused: [], failed: [], worked: [] };
}

/** A turn whose reply called tools. @param answers - to its calls, in their order */
export function turnOfCalls(reply: AIMessage, attempt: number, answers: readonly ToolMessage[]): Turn {
  const slips = answers.map(slipOfAnswer);
  const calls = reply.tool_calls ?? [];
  const digests = (is: (slip: AnswerSlip | null) => boolean): string[] => [
    ...new Set(
      calls.flatMap((call, n) => (n < slips.length && is(slips[n] ?? null) ? [digestOf(reply, call, n)] : [])),
    ),
  ];
  return {
    attempt,
    slip: slipOfCalls(slips),
    cutArtifact: false,
    refused: digests((slip) => slip !== null && REPEATABLE.has(slip)),
    failed: digests((slip) => slip === 'failed'),
    worked: digests((slip) => slip === null),
  };
}

/** Slips that mean the same when the same call is made again. The others have limits of their own. */
const REPEATABLE: ReadonlySet<AnswerSlip> = new Set<AnswerSlip>(['refused', 'no_such_call', 'invalid_artifact']);

function slipOfCalls(slips: readonly (AnswerSlip | null)[]): Slip | null {
  if (slips.includes('invalid_artifact')) return 'invalid_artifact';
  if (slips.includes(null)) return null;
  return slips.find((slip) => slip !== null && slip !== 'refused' && slip !== 'failed') ?? null;
}

/** Digest of a call, for comparison with other calls. */
export function digestOf(reply: AIMessage, call: RequestedCall, index: number): string {
  const isUnreadable = reply.invalid_tool_calls?.some(({ id }) => id === call.id);
  const args = isUnreadable ? argumentsText(reply, index) : call.args;
  return sha256(JSON.stringify([call.name, args])).slice(0, 16);
}

/** The tools that write whole artifacts, or parts of them. */
export const ARTIFACT_WRITERS: ReadonlySet<string> = new Set(['write_artifact', 'write_file', 'edit_file']);

/** The argument `path` in arguments whose end is not there. */
const PATH_ARGUMENT = /[{,]\s*"path"\s*:\s*"([^"]{1,300})"/;

/** Only the last call of a reply can have been cut. Of its arguments only the beginning is there. */
function writesArtifact(reply: AIMessage, artifactPath: string): boolean {
  const index = (reply.tool_calls ?? []).length - 1;
  const name = reply.tool_calls?.[index]?.name ?? '';
  if (name === 'write_artifact') return true;
  if (!ARTIFACT_WRITERS.has(name)) return false;
  // other files may speak of the artifact
  const [, path] = PATH_ARGUMENT.exec(argumentsText(reply, index)) ?? [];
  return path?.replaceAll('\\/', '/').replace(/^\.\//, '') === artifactPath;
}

function argumentsText(reply: AIMessage, index: number): string {
  const { tool_calls: calls } = wireOf(reply);
  const call = Array.isArray(calls) ? calls[index] : undefined;
  const text = isJsonObject(call) && isJsonObject(call.function) ? call.function.arguments : undefined;
  return typeof text === 'string' ? text : JSON.stringify(text ?? '');
}
