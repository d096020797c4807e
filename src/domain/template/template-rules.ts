import { parseDuration } from '../text/duration.js';
import { deliverIssues } from '../deliver/plan-deliver.js';
import { gateIssues } from '../gate-rules.js';
import { nearestName } from '../text/nearest-name.js';
import { checkIssues } from './template-checks.js';
import { sendBackIssues } from './send-back-rules.js';
import type { Template, TemplateIssue, TemplatePhase } from './template.js';

/** A phase's key is part of file names, branch names and thread names. */
const PHASE_KEY = /^[a-z][a-z0-9-]{0,62}$/;

const BOUNDS = {
  timeout: { least: '100ms', most: '24h' },
  patience: { least: '0s', most: '30d' },
  attempts: { least: 1, most: 20 },
  maxModelCalls: { least: 1, most: 1_000 },
  maxRevisions: { least: 0, most: 20 },
} as const;

/**
 * Finds the mistakes in a template that its JSON Schema can't express (S03): names used twice, paths that lead out of
 * the run's folder, values out of bounds.
 *
 * @param template - one that satisfies `schemas/template.schema.json`
 */
export function templateIssues(template: Template): TemplateIssue[] {
  if (template.phases.length === 0) return [{ pointer: '/phases', message: 'a template needs at least one phase' }];
  return [
    ...template.phases.flatMap(phaseIssues),
    ...repeated(template.phases, (phase) => phase.key, 'key', 'the phase key'),
    ...repeated(
      template.phases,
      (phase) => phase.artifact && foldPath(phase.artifact.path),
      'artifact/path',
      'the artifact path',
    ),
    ...checkIssues(template.phases),
    ...unusedRoles(template),
    ...sendBackIssues(template),
    ...deliverIssues(template.deliver),
    ...reviewedGates(template),
  ];
}

function phaseIssues(phase: TemplatePhase, index: number): TemplateIssue[] {
  const issue = (field: string, message: string): TemplateIssue => ({ pointer: `/phases/${index}/${field}`, message });
  const issues: TemplateIssue[] = [];
  if (!PHASE_KEY.test(phase.key)) {
    issues.push(
      issue(
        'key',
        'a phase key begins with a small letter and has small letters, digits and hyphens, at most 63 characters',
      ),
    );
  }
  const path = phase.artifact && artifactPathProblem(phase.artifact.path);
  if (path) issues.push(issue('artifact/path', path));
  issues.push(...gateIssues(phase).map(({ pointer, message }) => issue(pointer, message)));
  if (phase.gates?.length && !phase.artifact)
    issues.push(issue('gates', 'a gate approves an artifact, and this phase has none'));
  return [...issues, ...durationIssues(phase, issue), ...countIssues(phase, issue)];
}

/** A gate that the pull request decides needs one. */
function reviewedGates({ phases, deliver }: Template): TemplateIssue[] {
  if (deliver?.pullRequest) return [];
  return phases.flatMap(({ gates = [] }, index) =>
    gates.flatMap((gate, place) =>
      typeof gate === 'string' || gate.decideBy === undefined
        ? []
        : [
            {
              pointer: `/phases/${index}/gates/${place}/decideBy`,
              message: 'the template must say in deliver.pullRequest where the pull request is opened',
            },
          ],
    ),
  );
}

type MakeIssue = (field: string, message: string) => TemplateIssue;

function durationIssues(phase: TemplatePhase, issue: MakeIssue): TemplateIssue[] {
  return (['timeout', 'patience'] as const).flatMap((field) => {
    const text = phase[field];
    if (text === undefined) return [];
    const { least, most } = BOUNDS[field];
    const ms = parseDuration(text);
    if (ms === undefined)
      return [issue(field, `not a duration: write a number and a unit, such as 300s, 20m, 1h or 3d`)];
    const isWithin = ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? Infinity);
    return isWithin ? [] : [issue(field, `must be between ${least} and ${most}, found ${text}`)];
  });
}

function countIssues(phase: TemplatePhase, issue: MakeIssue): TemplateIssue[] {
  return (['attempts', 'maxModelCalls', 'maxRevisions'] as const).flatMap((field) => {
    const { least, most } = BOUNDS[field];
    const count = phase[field];
    if (count === undefined || (Number.isInteger(count) && count >= least && count <= most)) return [];
    return [issue(field, `must be a whole number between ${least} and ${most}, found ${count}`)];
  });
}

/** Why a path can't hold an artifact; undefined for a path that can. */
export function artifactPathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (/[\\\u0000-\u001F\u007F]/.test(path))
    return 'has a character that paths here must not have (a backslash or a control character)';
  if (path.startsWith('/') || segments.includes('..'))
    return `leads out of the run's folder: ${JSON.stringify(path)}; write artifacts/NAME.json`;
  if (segments[0] !== 'artifacts' || segments.length < 2)
    return `is not below artifacts/: ${JSON.stringify(path)}; write artifacts/NAME.json`;
  if (segments.some((segment) => segment === '' || segment.startsWith('.')))
    return `has an empty or a hidden part: ${JSON.stringify(path)}`;
  if (!path.endsWith('.json')) return `does not end in .json: ${JSON.stringify(path)}`;
  if (segments.some((segment) => segment !== segment.trim() || new TextEncoder().encode(segment).length > 200)) {
    return `has a part that begins or ends with white space, or is over 200 bytes`;
  }
  return undefined;
}

/** A form that is equal for two such paths when some file systems take them for one file. */
function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

type Pick = (phase: TemplatePhase) => string | undefined;

function repeated(phases: readonly TemplatePhase[], pick: Pick, field: string, what: string): TemplateIssue[] {
  const first = new Map<string, string>();
  return phases.flatMap((phase, index) => {
    const value = pick(phase);
    if (value === undefined) return [];
    const owner = first.get(value);
    if (owner === undefined) first.set(value, phase.key);
    if (owner === undefined) return [];
    return [
      {
        pointer: `/phases/${index}/${field}`,
        message: `${what} ${JSON.stringify(value)} is that of an earlier phase (${owner}) too`,
      },
    ];
  });
}

function unusedRoles({ roles = {}, phases }: Template): TemplateIssue[] {
  const used = new Set(phases.map((phase) => phase.role));
  return Object.keys(roles)
    .filter((role) => !used.has(role))
    .map((role) => {
      const nearest = nearestName(role, used);
      const hint =
        nearest === undefined ? `the roles are: ${[...used].join(', ')}` : `did you mean ${JSON.stringify(nearest)}?`;
      return { pointer: `/roles/${role}`, message: `no phase has the role ${JSON.stringify(role)}; ${hint}` };
    });
}
