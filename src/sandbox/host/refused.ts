/** The sandbox itself could not be made: the command did not run. The message has its words. */
export class RefusedSandbox extends Error {
  override readonly name = 'RefusedSandbox';
}
