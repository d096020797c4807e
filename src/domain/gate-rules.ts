import { BUDGET_GATE } from './names.js';
import { parseDuration } from './duration.js';
import type { TemplateGate, TemplatePhase } from './template.js';
import type { TemplateIssue } from './template-rules.js';

/** Longest time for a decision. */
const MOST_MS = 365 * 24 * 3_600_000;

/**
 * What is wrong with the gates of a phase that the JSON Schema can't say.
 *
 * @returns issues with pointers below the phase: `gates/0/timeout`
 */
export function gateIssues({ key, gates = [] }: TemplatePhase): TemplateIssue[] {
  const names = gates.map((gate) => (typeof gate === 'string' ? gate : gate.name));
  return gates.flatMap((gate, index) => {
    const issues: TemplateIssue[] = [];
    if (names.indexOf(names[index] ?? '') !== index) {
      issues.push({ pointer: `gates/${index}`, message: `the gate ${JSON.stringify(names[index])} stands twice in phase ${key}` });
    }
    if (names[index] === BUDGET_GATE) issues.push({ pointer: `gates/${index}`, message: `the name ${BUDGET_GATE} is that of the gate at which a run waits whose budget is spent` });
    if (typeof gate !== 'string') issues.push(...ruleIssues(gate).map(({ pointer, message }) => ({ pointer: `gates/${index}/${pointer}`, message })));
    return issues;
  });
}

function ruleIssues({ approvers, required = 1, timeout, onTimeout, escalateTo, remindAt }: TemplateGate): TemplateIssue[] {
  const issues: TemplateIssue[] = [];
  if (approvers && required > approvers.length) {
    issues.push({ pointer: 'required', message: `${required} people must approve, and only ${approvers.length} may` });
  }
  const ms = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout !== undefined && (ms === undefined || ms < 1_000 || ms > MOST_MS)) {
    issues.push({ pointer: 'timeout', message: `must be a duration between 1s and 365d, found ${JSON.stringify(timeout)}` });
  }
  for (const [field, value] of Object.entries({ onTimeout, remindAt })) {
    if (value !== undefined && timeout === undefined) issues.push({ pointer: field, message: `${field} needs a timeout` });
  }
  if (escalateTo && onTimeout !== 'escalate') issues.push({ pointer: 'escalateTo', message: 'escalateTo needs onTimeout: escalate' });
  return issues;
}
