/** An ordered list of phases, as people write it in `templates/*.yaml` (S03). */
export interface Template {
  name: string;
  version: string;
  description?: string;
  /** Persona to take for a role, unless the run's input overrides it. */
  roles?: Record<string, string>;
  phases: TemplatePhase[];
}

export interface TemplatePhase {
  key: string;
  role: string;
  instructions: string;
  /** What the agent must leave; a phase without one completes at once (S08). */
  artifact?: { path: string; schema: string };
  /** Names of the approvals that the phase needs. */
  gates?: string[];
  /** Time for one attempt, such as `300s` or `20m`; default 300 s (S10). */
  timeout?: string;
  /** Attempts at a valid artifact, default 2 (S12). */
  attempts?: number;
  /** How long to go on while the provider is away, default `1h`. */
  patience?: string;
  /** Most model calls of one attempt, default 50. */
  maxModelCalls?: number;
}

export const PHASE_DEFAULTS = {
  timeoutMs: 300_000,
  attempts: 2,
  patienceMs: 3_600_000,
  maxModelCalls: 50,
} as const;
