import type { Client } from '@temporalio/client';
import { readConfig } from '../config.js';
import { readArtifactJson } from '../domain/artifact-intake.js';
import type { ArtifactRef } from '../domain/artifact.js';
import { occurrenceIn } from '../domain/record/event-keys.js';
import { contentHash } from '../domain/text/hash.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import type { Plan } from '../domain/plan.js';
import { rebuiltEvents } from '../domain/record/rebuilt-events.js';
import type { RunInput } from '../domain/run-input.js';
import type { Template } from '../domain/template/template.js';
import { storedJsonText } from '../mirror/stored-json-text.js';
import type { Mirror } from '../mirror/types.js';
import { findArtifact } from '../workspace/find-artifact.js';
import { runFolder } from '../workspace/run-folder.js';
import { compareRun, type Comparison } from './compare-run.js';
import { planIn } from './earlier-plan.js';

/**
 * Makes the rows of a run again. It does nothing to a run whose rows are whole, and may be repeated.
 *
 * @param id - workflow id, or the run id of a run that the mirror knows
 * @param workspaceRoot - where the run's folder is, if it is on this machine
 * @returns what was done, and the comparison with history afterwards: differences that are left could not be mended
 */
export async function rebuildRun(
  client: Client,
  mirror: Mirror,
  id: string,
  workspaceRoot: string,
): Promise<{ done: string[]; after: Comparison }> {
  const before = await compareRun(client, mirror, id);
  if (before.findings.length === 0) return { done: [], after: before };
  const done = [
    ...(await rebuildPlan(mirror, before)),
    ...(await rebuildArtifacts(mirror, before, workspaceRoot)),
    ...(before.findings.some(({ kind }) => kind === 'calls_missing')
      ? ['model calls are recorded in the mirror only: those that are lost cannot be written again']
      : []),
    ...(before.findings.some(({ kind }) => kind === 'checks_missing')
      ? ['runs of checks are recorded in the mirror only: those that are lost cannot be written again']
      : []),
    ...(await rebuildAllEvents(mirror, before)),
  ];
  return { done, after: await compareRun(client, mirror, before.run.runId) };
}

async function rebuildPlan(mirror: Mirror, { run, executions }: Comparison): Promise<string[]> {
  const plan = planIn(executions);
  const [input] = executions[0]?.input ?? [];
  if (!plan || !isJsonObject(input)) return [];
  const { requirements, objective = null, extra = {} } = input as unknown as RunInput;
  const kept = await mirror.readTemplate(plan.template.hash);
  const template = kept ?? (await templateOfCatalog(plan)) ?? planAsTemplate(plan);
  await mirror.recordPlan(run, plan, { requirements, objective, extra: extra as JsonObject }, template);
  const exact = kept !== null || contentHash(template) === plan.template.hash;
  return [
    'plan, input, bindings and phases are written from history',
    ...(exact
      ? []
      : [
          `the text of template ${plan.template.name} (hash ${plan.template.hash}) is lost: only its phases are written`,
        ]),
  ];
}

/** The template's file, if it is still the one that the run used. */
async function templateOfCatalog({ template: { name, hash } }: Plan): Promise<Template | null> {
  const { CATALOG_SETTINGS, loadCatalog } = await import('../catalog/catalog.js');
  const catalog = loadCatalog(readConfig(process.env, CATALOG_SETTINGS));
  const found = await catalog.template(name).catch(() => null);
  return found && contentHash(found) === hash ? found : null;
}

function planAsTemplate({ template: { name, version }, phases }: Plan): Template {
  return {
    name,
    version,
    phases: phases.map(({ key, role }) => ({ key, role })),
    rebuilt: true,
  } as unknown as Template;
}

async function rebuildArtifacts(
  mirror: Mirror,
  { run, history, findings }: Comparison,
  workspaceRoot: string,
): Promise<string[]> {
  if (!findings.some(({ kind }) => kind === 'artifact_missing' || kind === 'run_missing')) return [];
  const { root } = runFolder(workspaceRoot, run.runId);
  const wanted: { artifact: ArtifactRef; occurrence: string; round: number; attempt: number; ts: string | null }[] = [
    ...history.phases.flatMap(({ task, outcome, endedAt, executionRunId }) =>
      outcome
        ? [
            {
              artifact: outcome.artifact,
              occurrence: occurrenceIn(executionRunId, task.occurrence),
              round: task.round,
              attempt: outcome.attempts,
              ts: endedAt,
            },
          ]
        : [],
    ),
    ...history.edits.flatMap(({ look, artifact, endedAt }) =>
      artifact ? [{ artifact, occurrence: look.requestId, round: look.round, attempt: 0, ts: endedAt }] : [],
    ),
  ];
  const done: string[] = [];
  for (const { artifact, occurrence, round, attempt, ts } of wanted) {
    const raw = (await mirror.readArtifact(run.runId, artifact.sha256)) ?? (await findArtifact(root, artifact));
    const intake = raw && readArtifactJson(raw);
    if (!raw || !intake?.ok) {
      done.push(`${artifact.path} (sha256 ${artifact.sha256}) is not in ${root}: its content is lost`);
      continue;
    }
    const { phaseKey, path, schemaId, sha256, bytes } = artifact;
    await mirror.recordArtifact(run, {
      phaseKey,
      occurrence,
      // a run that began before there were rounds has none in its history
      round: round ?? 1,
      attempt,
      path,
      schemaId,
      sha256,
      bytes,
      valid: true,
      reason: null,
      errors: [],
      content: storedJsonText(intake.text),
      raw,
      ts: ts ?? new Date().toISOString(),
    });
    done.push(`${path} is written from the run's folder`);
  }
  return done;
}

async function rebuildAllEvents(mirror: Mirror, { run, history }: Comparison): Promise<string[]> {
  const stored = new Set((await mirror.readMirroredRun(run.runId))?.events.map(({ idempotencyKey }) => idempotencyKey));
  const { added, corrected, total } = await mirror.rebuildEvents(run, rebuiltEvents(history, stored));
  return [`${total} events: ${added} added, ${corrected} corrected`];
}
