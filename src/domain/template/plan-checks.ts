import { ALL_CHECKS, foldName } from '../check/command-rules.js';
import type { PlannedCheck } from '../check/planned-check.js';
import { CHECK_DEFAULTS } from '../check/repository-file.js';
import { PhasegateError } from '../failures.js';
import { parseDuration } from '../text/duration.js';
import { nearestName } from '../text/nearest-name.js';
import type { TemplateCheck, TemplatePhase } from './template.js';

/**
 * The checks that a phase's tree must pass, in the order of its template, each once.
 *
 * @param available - the checks of the repository; null where it says nothing of checks, so that the names of a
 *   template mean none
 * @throws PhasegateError `check_not_found` with what there is; `template_invalid` when a check of the template's own has
 *   the name of one of the repository
 */
export function planChecks(
  { key, checks = [] }: Pick<TemplatePhase, 'key' | 'checks'>,
  available: readonly PlannedCheck[] | null,
): PlannedCheck[] {
  const wanted = checks === ALL_CHECKS ? [ALL_CHECKS] : checks;
  const planned = new Map<string, PlannedCheck>();
  for (const item of wanted) {
    for (const check of typeof item === 'string' ? named(item, available, key) : [planOwn(item, key)]) {
      const other = planned.get(foldName(check.name));
      if (other && other !== check) throw nameTaken(key, check.name);
      planned.set(foldName(check.name), check);
    }
  }
  return [...planned.values()];
}

function named(name: string, available: readonly PlannedCheck[] | null, phase: string): readonly PlannedCheck[] {
  if (available === null) return [];
  if (name === ALL_CHECKS) return available;
  const found = available.find((check) => check.name === name);
  if (!found) throw notFound(name, available, phase);
  return [found];
}

function planOwn(check: TemplateCheck, phase: string): PlannedCheck {
  const { name, run, fromArtifact = '', of = phase, expect = 'pass', timeout = '' } = check;
  return {
    name,
    run: run ?? { artifactOf: of, pointer: fromArtifact },
    expect,
    timeoutMs: parseDuration(timeout) ?? CHECK_DEFAULTS.timeoutMs,
    retries: check.retries ?? CHECK_DEFAULTS.retries,
    required: check.required ?? false,
    unchanged: check.unchanged ?? null,
  };
}

function notFound(name: string, available: readonly PlannedCheck[], phase: string): PhasegateError {
  const names = available.map((check) => check.name);
  const nearest = nearestName(name, names);
  const meant = nearest === undefined ? '.' : `, did you mean ${nearest}?`;
  return new PhasegateError(
    'check_not_found',
    `phase ${phase} wants the check ${JSON.stringify(name)}, and the repository has none of that name${meant} ` +
      `Its checks are: ${names.join(', ') || 'none'}`,
    { phase, wanted: name, ...(nearest === undefined ? {} : { nearest }) },
  );
}

function nameTaken(phase: string, name: string): PhasegateError {
  return new PhasegateError(
    'template_invalid',
    `phase ${phase}: the template has a check ${name} of its own, and the repository has one of that name, too: rename one of them`,
    { phase, check: name },
  );
}
