import type { ToolName } from '../names.js';
import type { McpServer } from './mcp.js';
import type { ModelDialect } from './dialect.js';

/** A model, where it is, and how it is asked. */
export interface PersonaModel extends ModelDialect {
  /** Name of a backend in the backends file. */
  backend: string;
  /** The provider's name for the model. */
  model: string;
  temperature?: number;
  /** Most tokens of one reply. */
  maxOutputTokens?: number;
}

/** A model with a prompt and tools, as people write it in `personas/*.yaml` (S04). */
export interface Persona extends PersonaModel {
  name: string;
  version: string;
  description?: string;
  /** The roles that it may take. */
  roles: string[];
  /** Models that a phase goes on with when no quota is left, or patience is over. They are used in this order. */
  fallbacks?: PersonaModel[];
  systemPrompt: string;
  tools: ToolName[];
  /** Servers whose tools it may use, too. */
  mcp?: McpServer[];
  /** Whether the agent may change files below `repo/`; default `read`. */
  repoAccess?: 'read' | 'write';
  /** Whether a person must consent to exactly this content before it may run (S05). */
  requiresConsent?: boolean;
}

/** The models of a persona, in the order in which a phase uses them. */
export function modelsOf(persona: Persona): PersonaModel[] {
  return [persona, ...(persona.fallbacks ?? [])];
}

/** A model as records and price tables name it: `backend/model`. */
export function modelName({ backend, model }: Pick<PersonaModel, 'backend' | 'model'>): string {
  return `${backend}/${model}`;
}
