import { isRoundCopyPath } from '../rounds/round-copy.js';
import { didYouMean } from '../text/nearest-name.js';
import type { Template, TemplateIssue, TemplatePhase } from './template.js';

const MOST_TIMES = 20;

/** Finds the mistakes in how the phases of a template send work back, as far as no schema is needed to see them. */
export function sendBackIssues({ phases }: Template): TemplateIssue[] {
  return phases.flatMap((phase, index) =>
    [...conditionIssues(phase), ...targetIssues(phase, index, phases)].map(({ pointer, message }) => ({
      pointer: `/phases/${index}/${pointer}`,
      message,
    })),
  );
}

function conditionIssues({ key, artifact, sendBack, failWhen, gates = [] }: TemplatePhase): TemplateIssue[] {
  const issues: TemplateIssue[] = [];
  if (artifact && isRoundCopyPath(artifact.path))
    issues.push({ pointer: 'artifact/path', message: 'ends like the copy of an earlier round: choose another name' });
  for (const [field, given] of Object.entries({ sendBack, failWhen })) {
    if (given && !artifact)
      issues.push({ pointer: field, message: `${field} looks at an artifact, and phase ${key} has none` });
  }
  for (const [pointer, when] of Object.entries({ 'sendBack/when': sendBack?.when, failWhen })) {
    if (when && Object.keys(when).length === 0)
      issues.push({ pointer, message: 'needs at least one field of the artifact, such as verdict: changes_requested' });
  }
  if (!sendBack) return issues;
  const { max, onMax = 'gate' } = sendBack;
  if (!Number.isInteger(max) || max < 1 || max > MOST_TIMES)
    issues.push({
      pointer: 'sendBack/max',
      message: `must be a whole number between 1 and ${MOST_TIMES}, found ${max}`,
    });
  if (onMax === 'gate' && gates.length === 0)
    issues.push({
      pointer: 'sendBack',
      message: `after ${max} rounds people are to decide, and phase ${key} has no gate: give it one in gates, or write onMax: fail`,
    });
  return issues;
}

function targetIssues(
  { key, sendBack }: TemplatePhase,
  index: number,
  phases: readonly TemplatePhase[],
): TemplateIssue[] {
  if (!sendBack) return [];
  const earlier = phases.slice(0, index).filter(({ artifact }) => artifact);
  if (earlier.some((phase) => phase.key === sendBack.to)) return [];
  const at = phases.findIndex((phase) => phase.key === sendBack.to);
  const names = earlier.map((phase) => phase.key);
  const what =
    sendBack.to === key
      ? `phase ${key} can't send work back to itself: checks and gates make it work again`
      : at > index
        ? `phase ${sendBack.to} comes later: work goes back only`
        : at >= 0
          ? `phase ${sendBack.to} has no artifact, so that no agent works in it`
          : `there is no phase ${JSON.stringify(sendBack.to)}${didYouMean(sendBack.to, names)}`;
  const may = names.length === 0 ? 'there is no phase before it' : `it can go to: ${names.join(', ')}`;
  return [{ pointer: 'sendBack/to', message: `${what}; ${may}` }];
}
