/**
 * An attempt that must step aside because a newer one is at work. It says nothing about the run, which goes on in the
 * newer attempt.
 */
export class OlderAttempt extends Error {
  override readonly name = 'OlderAttempt';
}
