import type { ArtifactGoal } from '../agent-request.js';
import { ToolRefusal, type AgentTool } from './agent-tool.js';
import { artifactToolSchema } from './artifact-tool-schema.js';
import { layOut } from './lay-out.js';
import { writeAndReport } from './files/write-file.js';

/**
 * The tool `write_artifact`: its arguments *are* the artifact. They are written to the expected path, whatever they
 * are. Whether they satisfy the schema is checked when all calls of the reply have run, as for every other way to write
 * the file.
 *
 * @returns null when the schema can't be expressed as a tool's parameters
 */
export function writeArtifact({ path, schema, schemas }: ArtifactGoal): AgentTool | null {
  const toolSchema = artifactToolSchema(schema, schemas);
  if (toolSchema === null) return null;
  return {
    name: 'write_artifact',
    description: `Write the artifact of this phase, ${path}: the arguments are its content. This ends your work, unless another call of the same reply fails.`,
    parameters: toolSchema.parameters,
    run: async (args, context) => {
      const text = await layOut(args, context.given, toolSchema.wrapped ? 'artifact' : null);
      if (text === null)
        throw new ToolRefusal('the argument `artifact` is missing: it is the content of the artifact', 'no_such_call');
      return writeAndReport(path, text, context);
    },
  };
}
