import type { ModelDialect } from '../../../domain/template/dialect.js';
import type { ModelAccess } from '../../agent-request.js';

/** What a model wants in its requests: the settings of its files, and what was learned. */
export interface Dialect extends ModelDialect {
  /** Whether it takes a temperature. */
  temperature: boolean;
  /** Whether the reply is asked for as a stream. */
  stream: boolean;
  /** Whether it can be asked to tell the usage of a stream. */
  streamOptions: boolean;
  /** Fields of its own replies and calls that it does not take back. */
  omit: readonly string[];
  /** Whether user and assistant must speak in turn. */
  inTurn: boolean;
  /** Whether a reply must stand between the answers of tools and a word of the user. */
  replyBetween: boolean;
  /** Whether an assistant message must have a text, if only an empty one. */
  textNeeded: boolean;
  /** Whether each reply must have thoughts, also one of another model that had none. */
  thoughtsNeeded: boolean;
  /** Whether the answer of a tool must have the tool's name. */
  namesAnswers: boolean;
}

/** The dialect that the files say. */
export function dialectOf({ dialect, stream = false }: Pick<ModelAccess, 'dialect' | 'stream'>): Dialect {
  return {
    temperature: true,
    stream,
    streamOptions: true,
    omit: [],
    inTurn: false,
    replyBetween: false,
    textNeeded: false,
    thoughtsNeeded: false,
    namesAnswers: false,
    ...dialect,
  };
}
