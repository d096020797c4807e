import { HARMLESS_VARIABLES } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { REPOSITORY_FILE } from '../../domain/names.js';

/** The variables that commands get, and the values that no output shows. */
export interface CommandEnv {
  env: Record<string, string>;
  secrets: string[];
  /** Names that this worker has no value for, or does not give. */
  missing: string[];
}

/**
 * The variables of the worker that the repository names for its commands.
 *
 * @param names - from the plan
 * @param env - the worker's own
 * @param allowed - names that this worker gives: it may be another one than the worker that planned the run
 */
export function commandEnv(names: readonly string[], env: NodeJS.ProcessEnv, allowed: readonly string[]): CommandEnv {
  const isGiven = (name: string): boolean => allowed.includes(name) && env[name] !== undefined;
  const given = names.filter(isGiven).map((name): [string, string] => [name, env[name] ?? '']);
  return {
    env: Object.fromEntries(given),
    secrets: given.map(([, value]) => value),
    missing: names.filter((name) => !isGiven(name)),
  };
}

/** Whether commands get a variable that may be a secret. */
export function mayGetSecrets(names: readonly string[]): boolean {
  return names.some((name) => !HARMLESS_VARIABLES.includes(name));
}

/**
 * A repository gets no variable that the people who run the worker did not name: its set-up could send it anywhere.
 *
 * @throws PhasegateError `variable_not_allowed`
 */
export function refuseUnallowed(names: readonly string[], allowed: readonly string[]): void {
  const refused = names.filter((name) => !allowed.includes(name));
  if (refused.length === 0) return;
  const may = allowed.length === 0 ? 'none' : allowed.join(', ');
  throw new PhasegateError(
    'variable_not_allowed',
    `${REPOSITORY_FILE} asks for ${refused.join(', ')} in \`env\`, and this worker gives no such variable to commands; it gives: ${may} (PHASEGATE_COMMAND_ENV)`,
  );
}
