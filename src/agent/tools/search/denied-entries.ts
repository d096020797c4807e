import type { PathRefused } from '../../../workspace/confined/confined-folder.js';

const MOST_NAMED = 10;

/** Entries that a tool left out because the worker may not read them. */
export class DeniedEntries {
  private readonly named: string[] = [];
  private more = 0;

  add({ message }: PathRefused): void {
    if (this.named.length < MOST_NAMED) this.named.push(message);
    else this.more += 1;
  }

  /**
   * The text that the model gets about them.
   *
   * @param what - what was not done: `not searched`
   * @returns an empty text when there are none
   */
  note(what: string): string {
    if (this.named.length === 0) return '';
    return `[${what}: ${this.named.join('; ')}${this.more > 0 ? `; and ${this.more} more` : ''}]`;
  }
}
