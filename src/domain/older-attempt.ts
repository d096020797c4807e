/**
 * An attempt that has to step aside, since a newer one is at work. It says nothing of the run, which goes on in the
 * newer attempt.
 */
export class OlderAttempt extends Error {
  override readonly name = 'OlderAttempt';
}
