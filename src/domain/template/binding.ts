import { PhasegateError } from '../failures.js';
import { contentHash } from '../text/hash.js';
import type { Persona } from './persona.js';
import type { Binding } from '../plan.js';
import type { Template } from './template.js';

/** The choices that {@link bindPersonas} has. */
export interface BindingChoice {
  /** All personas, in the order in which they are preferred. */
  pool: readonly Persona[];
  /** Whether a backend can be used now. It must be in the backends file, and its key must be there. */
  backendState: (backend: string) => 'available' | 'no_key' | 'unknown';
  /** Hashes of the persona contents that a person consented to. */
  consented: ReadonlySet<string>;
  /** Persona by role, from the run's input. */
  overrides: Readonly<Record<string, string>>;
}

/**
 * Gives every role of the template its persona (S05). An override beats the template's own choice. Without either, it
 * takes the first persona that lists the role, whose backend is available and that has the consent it needs.
 *
 * @throws PhasegateError `role_unbound`, `persona_not_found`, `consent_missing`, `backend_unavailable`,
 *   `backend_not_found`, `input_invalid` (an override for a role that the template doesn't have)
 */
export function bindPersonas(template: Template, choice: BindingChoice): Binding[] {
  const roles = [...new Set(template.phases.map((phase) => phase.role))];
  const unknown = Object.keys(choice.overrides).find((role) => !roles.includes(role));
  if (unknown !== undefined) {
    throw new PhasegateError(
      'input_invalid',
      `/overrides/${unknown}: template ${template.name} has no role ${unknown}; its roles: ${roles.join(', ')}`,
    );
  }
  return roles.map((role) => bindRole(role, template, choice));
}

function bindRole(role: string, template: Template, choice: BindingChoice): Binding {
  const named = ownOf(choice.overrides, role) ?? ownOf(template.roles ?? {}, role);
  const persona = named === undefined ? firstThatFits(role, choice) : namedPersona(role, named, choice);
  refuseUnknownFallback(role, persona, choice);
  const personaHash = contentHash(persona);
  return { role, persona, personaHash, bindingHash: contentHash({ role, personaHash, backend: persona.backend }) };
}

/** Every object of JavaScript has a `constructor`, which may be the name of a role, too. */
function ownOf(byRole: Readonly<Record<string, string>>, role: string): string | undefined {
  return Object.hasOwn(byRole, role) ? byRole[role] : undefined;
}

function namedPersona(role: string, name: string, choice: BindingChoice): Persona {
  const persona = choice.pool.find((candidate) => candidate.name === name);
  if (!persona) {
    throw new PhasegateError(
      'persona_not_found',
      `role ${role} names the persona ${name}, which does not exist; there are: ${names(choice.pool)}`,
    );
  }
  if (lacksConsent(persona, choice)) {
    throw new PhasegateError(
      'consent_missing',
      `role ${role}: persona ${name} needs a person's consent for its present content (${contentHash(persona).slice(0, 12)}…); ` +
        `give it by: npm run client -- consent ${name}`,
    );
  }
  const state = choice.backendState(persona.backend);
  if (state === 'unknown') {
    throw new PhasegateError(
      'backend_not_found',
      `role ${role}: persona ${name} uses the backend ${persona.backend}, which is not in the backends file`,
    );
  }
  if (state === 'no_key') {
    throw new PhasegateError(
      'backend_unavailable',
      `role ${role}: persona ${name} uses the backend ${persona.backend}, whose key is not set on this worker`,
    );
  }
  return persona;
}

function firstThatFits(role: string, choice: BindingChoice): Persona {
  const candidates = choice.pool.filter((persona) => persona.roles.includes(role));
  const fit = candidates.find(
    (persona) => !lacksConsent(persona, choice) && choice.backendState(persona.backend) === 'available',
  );
  if (fit) return fit;
  // one candidate that fails for a reason that a person can mend says more than "nobody fits"
  const [first] = candidates;
  if (first) return namedPersona(role, first.name, choice);
  throw new PhasegateError('role_unbound', `no persona lists the role ${role}; there are: ${names(choice.pool)}`);
}

/** A fallback without a key may get one before it is needed. A fallback of no backend never can be used. */
function refuseUnknownFallback(role: string, { name, fallbacks = [] }: Persona, choice: BindingChoice): void {
  const unknown = fallbacks.find(({ backend }) => choice.backendState(backend) === 'unknown');
  if (unknown === undefined) return;
  throw new PhasegateError(
    'backend_not_found',
    `role ${role}: persona ${name} has a fallback of the backend ${unknown.backend}, which is not in the backends file`,
  );
}

function lacksConsent(persona: Persona, choice: BindingChoice): boolean {
  return persona.requiresConsent === true && !choice.consented.has(contentHash(persona));
}

function names(pool: readonly Persona[]): string {
  return pool.map((persona) => persona.name).join(', ') || 'none';
}
