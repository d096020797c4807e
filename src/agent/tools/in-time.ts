import { TookTooLong } from '../../offload/offload.js';
import { ToolRefusal } from './agent-tool.js';

/**
 * The result of a job, or a refusal when it takes too long.
 *
 * @param what - what takes too long: `the pattern`
 * @throws ToolRefusal
 */
export async function inTime<T>(what: string, job: Promise<T>): Promise<T> {
  try {
    return await job;
  } catch (error) {
    if (error instanceof TookTooLong) throw new ToolRefusal(`${what} ${error.message}`);
    throw error;
  }
}
