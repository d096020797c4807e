import type { AgentRequest, AgentResult } from '../../src/agent/agent-request.js';
import { ARTIFACT_SCHEMA } from './task.js';

const ARTIFACT = `${JSON.stringify((ARTIFACT_SCHEMA.examples as unknown[])[0], null, 2)}\n`;

/**
 * Stands in for the agent: writes a valid artifact through the same confined folder, without a model and without a
 * conversation.
 */
export async function runAgent({ folder, artifact: { path } }: AgentRequest): Promise<AgentResult> {
  await folder.write(path, ARTIFACT);
  return { outcome: { kind: 'artifact_written', path }, calls: [], written: [] };
}
