import { MOST_SAME_CALLS } from '../../src/agent/slips/count-turns.js';
import type { Behaviour, Fault } from '../../src/model-server/behaviour.js';

/**
 * Uses up attempts at the artifact: the same invalid artifact again and again. The agent is told of the first ones in
 * its conversation, and the last one is judged.
 *
 * @param attempts - how many attempts it uses up
 */
export function invalidArtifacts(attempts: number, fault: Fault = 'invalid_artifact'): Behaviour {
  return { fault, times: attempts * MOST_SAME_CALLS };
}
