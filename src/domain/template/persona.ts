import type { ToolName } from '../names.js';
import type { ModelDialect } from './dialect.js';

/** A model with a prompt and tools, as people write it in `personas/*.yaml` (S04). */
export interface Persona extends ModelDialect {
  name: string;
  version: string;
  description?: string;
  /** The roles that it may take. */
  roles: string[];
  /** Name of a backend in the backends file. */
  backend: string;
  model: string;
  systemPrompt: string;
  temperature?: number;
  /** Most tokens of one reply. */
  maxOutputTokens?: number;
  tools: ToolName[];
  /** Whether the agent may change files below `repo/`; default `read`. */
  repoAccess?: 'read' | 'write';
  /** Whether a person must consent to exactly this content before it may run (S05). */
  requiresConsent?: boolean;
}
