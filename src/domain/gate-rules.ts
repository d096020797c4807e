import { BUDGET_GATE } from './names.js';
import { parseDuration } from './text/duration.js';
import { differentPeople, isAmong, isSamePerson, namesSomebody } from './person.js';
import type { PlannedGate } from './plan.js';
import type { TemplateGate, TemplateIssue, TemplatePhase } from './template/template.js';

/** Longest time for a decision. */
const MOST_MS = 365 * 24 * 3_600_000;

/**
 * Finds the mistakes in the gates of a phase that the JSON Schema can't express.
 *
 * @returns issues with pointers below the phase: `gates/0/timeout`
 */
export function gateIssues({ key, gates = [] }: TemplatePhase): TemplateIssue[] {
  const names = gates.map((gate) => (typeof gate === 'string' ? gate : gate.name));
  const reviewed = gates.findIndex((gate) => typeof gate !== 'string' && gate.decideBy === 'pullRequest');
  return gates.flatMap((gate, index) => {
    const issues: TemplateIssue[] = [];
    if (typeof gate !== 'string' && gate.decideBy !== undefined && index !== reviewed)
      issues.push({
        pointer: `gates/${index}/decideBy`,
        message: 'only one gate of a phase can be decided by the pull request: raise its `required` instead',
      });
    if (names.indexOf(names[index] ?? '') !== index) {
      issues.push({
        pointer: `gates/${index}`,
        message: `the gate ${JSON.stringify(names[index])} stands twice in phase ${key}`,
      });
    }
    if (names[index] === BUDGET_GATE)
      issues.push({
        pointer: `gates/${index}`,
        message: `the name ${BUDGET_GATE} is that of the gate at which a run waits whose budget is spent`,
      });
    if (typeof gate !== 'string')
      issues.push(
        ...ruleIssues(gate).map(({ pointer, message }) => ({ pointer: `gates/${index}/${pointer}`, message })),
      );
    return issues;
  });
}

/**
 * Why a gate could never be approved in this run; null where it can. The gate may exclude its only approver, who starts
 * the run. And a persona may not decide.
 *
 * @param starter - who starts the run
 */
export function neverApproved(gate: PlannedGate, starter: string | null, personas: readonly string[]): string | null {
  const { approvers, required, separateStarter, escalateTo } = gate;
  if (!separateStarter && approvers === null) return null;
  if (separateStarter && !namesSomebody(starter)) {
    return 'must be approved by somebody else than the starter: say who starts the run';
  }
  if (approvers === null) return null;
  const excluded = separateStarter && starter !== null ? [...personas, starter] : personas;
  const may = differentPeople([...approvers, ...escalateTo]).filter((name) => !isAmong(name, excluded));
  if (may.length >= required) return null;
  const needs = required === 1 ? '1 approval' : `${required} different people`;
  return `needs ${needs}, and without the starter and the personas of the run only ${may.length} may approve`;
}

function ruleIssues({
  approvers,
  required = 1,
  timeout,
  onTimeout,
  escalateTo,
  remindAt,
}: TemplateGate): TemplateIssue[] {
  const issues: TemplateIssue[] = [];
  const people = approvers && differentPeople(approvers).length;
  if (people !== undefined && required > people) {
    issues.push({ pointer: 'required', message: `${required} people must approve, and only ${people} may` });
  }
  for (const [field, names = []] of Object.entries({ approvers, escalateTo })) issues.push(...nameIssues(field, names));
  const ms = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout !== undefined && (ms === undefined || ms < 1_000 || ms > MOST_MS)) {
    issues.push({
      pointer: 'timeout',
      message: `must be a duration between 1s and 365d, found ${JSON.stringify(timeout)}`,
    });
  }
  for (const [field, value] of Object.entries({ onTimeout, remindAt })) {
    if (value !== undefined && timeout === undefined)
      issues.push({ pointer: field, message: `${field} needs a timeout` });
  }
  if (escalateTo && onTimeout !== 'escalate')
    issues.push({ pointer: 'escalateTo', message: 'escalateTo needs onTimeout: escalate' });
  return issues;
}

function nameIssues(field: string, names: readonly string[]): TemplateIssue[] {
  return names.flatMap((name, index) => {
    const pointer = `${field}/${index}`;
    if (!namesSomebody(name)) return [{ pointer, message: 'a name in which nothing can be seen names nobody' }];
    const earlier = names.slice(0, index).find((one) => isSamePerson(one, name));
    if (earlier === undefined) return [];
    return [{ pointer, message: `${JSON.stringify(name)} is the same person as ${JSON.stringify(earlier)}` }];
  });
}
