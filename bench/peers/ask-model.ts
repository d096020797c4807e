import { ChatOpenAI } from '@langchain/openai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ARTIFACT_SCHEMA, INSTRUCTIONS, REQUIREMENTS } from '../contenders/task.js';

/** A step's artifact, valid by the schema. */
export type Artifact = Record<string, unknown>;

/**
 * Asks the model for artifacts, for all peers: phasegate's own client and one call a step, so that what differs is the
 * engine.
 *
 * @param modelUrl - base URL of the scripted model server
 * @returns asks for the artifact of one step, given what the earlier steps left; throws when ajv finds it invalid
 */
export function createAsk(modelUrl: string): (step: string, earlier: Record<string, Artifact>) => Promise<Artifact> {
  const model = new ChatOpenAI({
    model: 'bench-model',
    apiKey: 'not a secret',
    maxRetries: 0,
    configuration: { baseURL: modelUrl },
  });
  // a title would be the tool's name
  const { title: _, ...schema } = ARTIFACT_SCHEMA;
  const structured = model.withStructuredOutput<Artifact>(schema, {
    name: 'write_artifact',
    method: 'functionCalling',
  });
  const validate = new Ajv2020({ allErrors: true }).compile(ARTIFACT_SCHEMA);
  return async (step, earlier) => {
    const artifact = await structured.invoke([
      ['system', 'You work with care.'],
      ['user', prompt(step, Object.keys(earlier))],
    ]);
    if (!validate(artifact)) throw new Error(`the artifact of ${step} is invalid: ${JSON.stringify(validate.errors)}`);
    return artifact;
  };
}

/** Much like phasegate's own prompt, and of about its size. */
function prompt(step: string, earlier: readonly string[]): string {
  return [
    `Step: ${step}`,
    `Artifact to leave: artifacts/${step}.json`,
    'It is one JSON value that satisfies this JSON Schema (2020-12):',
    JSON.stringify(ARTIFACT_SCHEMA, null, 2),
    `INSTRUCTIONS BEGIN\n${INSTRUCTIONS}\nINSTRUCTIONS END`,
    `REQUIREMENTS BEGIN\n${REQUIREMENTS}\nREQUIREMENTS END`,
    ...earlier.map((name) => `- artifacts/${name}.json`),
  ].join('\n');
}
