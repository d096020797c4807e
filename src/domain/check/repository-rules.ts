import type { TemplateIssue } from '../template/template.js';
import { checkNameProblem, commandProblem, foldName, timeoutProblem } from './command-rules.js';
import { hostProblem } from './host-name.js';
import { patternProblem } from './path-pattern.js';
import type { RepositoryCheck, RepositoryFile, SetupStep } from './repository-file.js';
import { variableProblem } from './reserved-variables.js';

/**
 * Finds the mistakes in a repository's file, or in the same fields of a run's input, that the JSON Schema can't
 * express.
 *
 * @param file - one that satisfies `schemas/repository.schema.json`
 * @param keys - names of the variables that hold keys of backends
 */
export function repositoryIssues(file: RepositoryFile, keys: readonly string[] = []): TemplateIssue[] {
  const { setup = [], checks = [], protect = [], env = [] } = file;
  return [
    ...setup.flatMap((step, index) => [
      ...commandIssues(step, `/setup/${index}`),
      ...networkIssues(step, `/setup/${index}/network`),
    ]),
    ...checks.flatMap((check, index) => commandIssues(check, `/checks/${index}`)),
    ...nameIssues(checks),
    ...protect.flatMap((pattern, index) => issuesAt(`/protect/${index}`, patternProblem(pattern))),
    ...env.flatMap((name, index) => {
      const problem = variableProblem(name, keys);
      return issuesAt(`/env/${index}`, problem && `the variable ${name} ${problem}`);
    }),
  ];
}

function commandIssues({ run, timeout }: SetupStep | RepositoryCheck, pointer: string): TemplateIssue[] {
  return [
    ...issuesAt(`${pointer}/run`, commandProblem(run)),
    ...issuesAt(`${pointer}/timeout`, timeout === undefined ? undefined : timeoutProblem(timeout)),
  ];
}

function networkIssues({ network }: SetupStep, pointer: string): TemplateIssue[] {
  if (network === undefined || network === 'host') return [];
  return network.flatMap((host, index) => {
    const problem = hostProblem(host);
    return issuesAt(`${pointer}/${index}`, problem && `${JSON.stringify(host)} ${problem}`);
  });
}

function nameIssues(checks: readonly RepositoryCheck[]): TemplateIssue[] {
  const first = new Map<string, number>();
  return checks.flatMap(({ name }, index) => {
    const pointer = `/checks/${index}/name`;
    const earlier = first.get(foldName(name));
    if (earlier === undefined) first.set(foldName(name), index);
    return issuesAt(
      pointer,
      checkNameProblem(name) ??
        (earlier === undefined
          ? undefined
          : `the name ${name} is that of check ${earlier + 1}, too: give each check a name of its own`),
    );
  });
}

function issuesAt(pointer: string, message: string | undefined): TemplateIssue[] {
  return message === undefined ? [] : [{ pointer, message }];
}
