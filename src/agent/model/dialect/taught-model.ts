import type { JsonObject } from '../../../domain/text/json.js';
import type { ModelAccess } from '../../agent-request.js';
import type { ErrorReply } from '../provider-errors.js';
import { dialectOf, type Dialect } from './dialect.js';
import { answered, hasAnswered, lessonsOf, remember, taught } from './known-models.js';
import { learn, type Lesson } from './learn.js';

/** A model with what this process has learned about it, as one attempt uses it. */
export class TaughtModel {
  readonly #told = new Set<string>();
  /** Lessons of this attempt that no reply has shown to be right yet. */
  readonly #tried: Lesson[] = [];
  #used: Dialect;

  /** @param tell - is told once of each lesson that matters for this model */
  constructor(
    private readonly model: ModelAccess,
    private readonly tell: (lesson: Lesson) => void,
  ) {
    this.#used = dialectOf(model);
  }

  /** The dialect for the next request. */
  get dialect(): Dialect {
    const lessons = lessonsOf(this.model);
    for (const lesson of lessons) this.#tellOnce(lesson);
    this.#used = taught(dialectOf(this.model), [...lessons, ...this.#tried]);
    return this.#used;
  }

  /**
   * Whether the refusal of the last request has taught something. The request may then be sent again in the new dialect:
   * once for each lesson, which another run may have had in the meantime. A lesson counts when that was answered; one
   * that did not help is not remembered.
   */
  learns(error: ErrorReply, body: JsonObject): boolean {
    const lesson = learn(error, this.#used, body);
    if (lesson === null || this.#tried.some(({ id }) => id === lesson.id)) return false;
    this.#tried.push(lesson);
    return true;
  }

  /** A completion has come. @param tokens - of the request and its reply, as far as it tells them */
  answered(tokens: number): void {
    answered(this.model, tokens);
    for (const lesson of this.#tried) {
      remember(this.model, lesson);
      this.#tellOnce(lesson);
    }
  }

  /** Whether one has ever come from this address. */
  get hasAnswered(): boolean {
    return hasAnswered(this.model);
  }

  #tellOnce(lesson: Lesson): void {
    if (this.#told.has(lesson.id)) return;
    this.#told.add(lesson.id);
    this.tell(lesson);
  }
}
