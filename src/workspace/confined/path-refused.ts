/** Why a path was refused, for callers that must tell the cases apart. */
export type RefusalReason =
  'outside' | 'missing' | 'denied' | 'not_a_file' | 'not_a_folder' | 'not_allowed' | 'too_large';

/**
 * A path that an agent may not use. The message is for the model, which reads it and goes on. It names no path of the
 * machine.
 */
export class PathRefused extends Error {
  override readonly name = 'PathRefused';

  constructor(
    message: string,
    readonly reason: RefusalReason = 'not_allowed',
  ) {
    super(message);
  }
}
