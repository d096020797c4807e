import { checkNameProblem, commandProblem, foldName, timeoutProblem } from '../check/command-rules.js';
import { didYouMean } from '../text/nearest-name.js';
import type { TemplateCheck, TemplateIssue, TemplatePhase } from './template.js';

/**
 * Finds the mistakes in the checks of a template's phases that the JSON Schema can't express.
 *
 * @param phases - ones that satisfy `schemas/template.schema.json`
 */
export function checkIssues(phases: readonly TemplatePhase[]): TemplateIssue[] {
  return phases.flatMap((phase, index) => phaseIssues(phase, phases, index));
}

function phaseIssues(phase: TemplatePhase, phases: readonly TemplatePhase[], index: number): TemplateIssue[] {
  const { checks = [], artifact } = phase;
  const pointer = `/phases/${index}/checks`;
  if (!artifact && checks.length > 0)
    return [{ pointer, message: 'checks run once the artifact is valid, and this phase has none' }];
  if (typeof checks === 'string') return [];
  const names = checks.map((check) => foldName(typeof check === 'string' ? check : check.name));
  return checks.flatMap((check, place) => {
    const issue = (field: string, message: string): TemplateIssue => ({
      pointer: `${pointer}/${place}${field}`,
      message,
    });
    const twice =
      names.indexOf(names[place] ?? '') === place
        ? []
        : [issue(typeof check === 'string' ? '' : '/name', `${names[place]} stands twice in the checks of this phase`)];
    return typeof check === 'string' ? twice : [...twice, ...ownIssues(check, phases.slice(0, index + 1), issue)];
  });
}

type MakeIssue = (field: string, message: string) => TemplateIssue;

/**
 * @param known - the phases up to the check's own, which is the last
 */
function ownIssues(check: TemplateCheck, known: readonly TemplatePhase[], issue: MakeIssue): TemplateIssue[] {
  const { name, run, fromArtifact, timeout } = check;
  const problems: [field: string, problem: string | undefined][] = [
    ['/name', checkNameProblem(name)],
    ['/run', run === undefined ? undefined : commandProblem(run)],
    ['/timeout', timeout === undefined ? undefined : timeoutProblem(timeout)],
  ];
  if ((run === undefined) === (fromArtifact === undefined))
    problems.push(['', 'needs either run, a command, or fromArtifact, the place of the command in an artifact']);
  if (fromArtifact === undefined) {
    for (const field of ['of', 'unchanged'] as const)
      if (check[field] !== undefined) problems.push([`/${field}`, 'counts only beside fromArtifact']);
  } else {
    problems.push(['/of', ofProblem(check, known)]);
  }
  return problems.flatMap(([field, problem]) => (problem === undefined ? [] : [issue(field, problem)]));
}

function ofProblem({ of }: TemplateCheck, known: readonly TemplatePhase[]): string | undefined {
  if (of === undefined) return undefined;
  const phase = known.find(({ key }) => key === of);
  if (phase) return phase.artifact ? undefined : `the phase ${of} leaves no artifact`;
  const keys = known.map(({ key }) => key);
  return `no phase ${JSON.stringify(of)} up to this one${didYouMean(of, keys)} (there are: ${keys.join(', ')})`;
}
