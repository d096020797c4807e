import type { PathRefused } from '../../workspace/confined/confined-folder.js';

const MOST_NAMED = 10;

/** Entries that a tool passed over, as the worker may not read them. */
export class DeniedEntries {
  private readonly named: string[] = [];
  private more = 0;

  add({ message }: PathRefused): void {
    if (this.named.length < MOST_NAMED) this.named.push(message);
    else this.more += 1;
  }

  /**
   * What the model is told of them.
   *
   * @param what - was not done: `not searched`
   * @returns empty when there are none
   */
  note(what: string): string {
    if (this.named.length === 0) return '';
    return `[${what}: ${this.named.join('; ')}${this.more > 0 ? `; and ${this.more} more` : ''}]`;
  }
}
