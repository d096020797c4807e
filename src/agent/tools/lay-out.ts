import { offload } from '../../offload/offload.js';
import { inTime } from './in-time.js';

/**
 * Arguments, or one of them, as the text of a JSON file. It is made from the provider's own text where there is one. So
 * the file has the digits and the keys that the model wrote, and is judged by them.
 *
 * @param given - the provider's text of the arguments
 * @param member - which argument; null for all of them
 * @returns null when it is missing
 * @throws ToolRefusal when it takes too long
 */
export function layOut(args: unknown, given: string | null | undefined, member: string | null): Promise<string | null> {
  return inTime('to write the JSON', offload('layOutJson', given ?? JSON.stringify(args), member));
}
