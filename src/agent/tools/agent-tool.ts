import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../domain/text/json.js';
import type { AnswerSlip } from '../slips/answer-slip.js';
import type { AgentRepository } from '../agent-request.js';
import { PathRefused, type ConfinedFolder } from '../../workspace/confined/confined-folder.js';

/** The things that a tool may use. */
export interface ToolContext {
  folder: ConfinedFolder;
  signal: AbortSignal;
  /** The repository that its git tools look at. */
  repository?: AgentRepository | null;
  /** It is told of every file that now has the content that the model asked for. */
  wrote: (path: string) => void;
  /** It is told the exit code of a command that the tool ran; null for one that did not exit by itself. */
  exited?: (code: number | null) => void;
  /** Whether the call may have been made before: an attempt was killed before it kept the answer. */
  isRepeated?: boolean;
  /** The arguments as the provider sent them, as valid JSON. Parsed values would have lost digits and repeated keys. */
  given?: string | null;
}

/**
 * A tool of the agent. When it runs again with the same arguments, it must leave the same files: a killed step is
 * repeated.
 */
export interface AgentTool {
  name: string;
  description: string;
  /** JSON Schema of the arguments, as the model sees it. */
  parameters: JsonObject;
  /**
   * @param args - an object from the model, not checked
   * @returns the text that the model gets
   * @throws ToolRefusal for a mistake of the model; any other error ends the attempt
   */
  run(args: unknown, context: ToolContext): Promise<string>;
}

/** The model asked for something that it can't have. It is told so, and goes on. */
export class ToolRefusal extends Error {
  override readonly name = 'ToolRefusal';

  /** @param slip - what kind of mistake it is */
  constructor(
    message: string,
    readonly slip: AnswerSlip = 'refused',
  ) {
    super(message);
  }
}

/** Makes a tool whose arguments are checked against `shape` before it runs. */
export function defineTool<Shape extends z.ZodRawShape>(tool: {
  name: string;
  description: string;
  shape: Shape;
  run(args: z.output<z.ZodObject<Shape>>, context: ToolContext): Promise<string>;
}): AgentTool {
  const schema = z.object(tool.shape);
  const parameters = z.toJSONSchema(schema, { override: ({ jsonSchema }) => withoutLimits(jsonSchema) });
  delete parameters.$schema;
  return {
    name: tool.name,
    description: tool.description,
    parameters: parameters as JsonObject,
    run: async (args, context) => {
      const parsed = schema.safeParse(withoutNulls(args));
      if (parsed.success) return tool.run(parsed.data, context);
      const issues = parsed.error.issues
        .slice(0, 5)
        .map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`);
      throw new ToolRefusal(`the arguments do not fit: ${issues.join('; ')}`, 'no_such_call');
    },
  };
}

/** Every request has the tools, and a model needs no limits to call them: whoever is beyond one is told. */
function withoutLimits(schema: Record<string, unknown>): void {
  for (const keyword of ['minLength', 'maxLength', 'minimum', 'maximum', 'additionalProperties'])
    delete schema[keyword];
}

/** Models write null for an argument that they want to leave out. */
function withoutNulls(args: unknown): unknown {
  return isJsonObject(args) ? Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) : args;
}

/**
 * The text for the model when a tool failed by the model's own mistake, else null: a disk that fails is not an answer.
 *
 * @param error - as thrown by a tool
 */
export function refusalOf(error: unknown): string | null {
  return error instanceof ToolRefusal || error instanceof PathRefused ? error.message : null;
}
