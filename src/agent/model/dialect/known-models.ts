import type { ModelAccess } from '../../agent-request.js';
import type { Dialect } from './dialect.js';
import type { Lesson } from './learn.js';

/** What this process knows of a model. */
interface Known {
  lessons: Lesson[];
  hasAnswered: boolean;
  /** Tokens of its context, as a refusal has told. */
  context: { tokens: number; isGuess: boolean } | null;
}

/** More models than a worker ever has: a base URL may come from anywhere. */
const MOST_MODELS = 1_000;
const models = new Map<string, Known>();

type Model = Pick<ModelAccess, 'baseUrl' | 'name'>;

/** What was learned about a model since this process began. */
export function lessonsOf(model: Model): readonly Lesson[] {
  return known(model).lessons;
}

/** Remembers a lesson for as long as this process lives. */
export function remember(model: Model, lesson: Lesson): void {
  const { lessons } = known(model);
  if (!lessons.some(({ id }) => id === lesson.id)) lessons.push(lesson);
}

/** A dialect with all lessons. */
export function taught(dialect: Dialect, lessons: readonly Lesson[]): Dialect {
  return lessons.reduce((so, { change }) => ({ ...so, ...change }), dialect);
}

/** A chat completion has come from this address. @param tokens - a context that has fewer is no true one */
export function answered(model: Model, tokens: number): void {
  const found = known(model);
  found.hasAnswered = true;
  if (found.context !== null && tokens > found.context.tokens) found.context = null;
}

/** Whether one ever has. */
export function hasAnswered(model: Model): boolean {
  return known(model).hasAnswered;
}

/** Tokens of a model's context, as a refusal has told; null when none has. */
export function learnedContext(model: Model): number | null {
  return known(model).context?.tokens ?? null;
}

/** Remembers how many tokens a model's context has. The newest figure counts, but no guess stands against words. */
export function rememberContext(model: Model, tokens: number, isGuess: boolean): void {
  const found = known(model);
  if (!isGuess || found.context === null || found.context.isGuess) found.context = { tokens, isGuess };
}

function known({ baseUrl, name }: Model): Known {
  const key = JSON.stringify([baseUrl, name]);
  const found = models.get(key) ?? { lessons: [], hasAnswered: false, context: null };
  models.delete(key);
  models.set(key, found);
  const [oldest] = models.keys();
  if (models.size > MOST_MODELS && oldest !== undefined) models.delete(oldest);
  return found;
}
