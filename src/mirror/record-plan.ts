import { referencedSchemas } from '../domain/template/schema-refs.js';
import { contentHash, sha256 } from '../domain/text/hash.js';
import type { Plan } from '../domain/plan.js';
import type { RunRef } from '../domain/run-state.js';
import type { Template } from '../domain/template/template.js';
import type { PrismaClient } from './database.js';
import { toStored, toStoredJson } from './postgres-text.js';
import type { RecordedInput } from './types.js';

/**
 * Records what a run is going to do (S02–S06): the template and the personas once per content, the run, its input, its
 * bindings and its phases. A plan that is made anew after a reset replaces the earlier one. It is one statement instead
 * of ten, each of which would be a round trip. Documents go as texts, because Prisma would take them apart value by
 * value.
 */
export async function recordPlan(
  prisma: PrismaClient,
  run: RunRef,
  plan: Plan,
  input: RecordedInput,
  template: Template,
): Promise<void> {
  const { repository, budget } = plan;
  const roles = plan.bindings.map(({ role }) => role);
  const keys = plan.phases.map(({ key }) => key);
  const { schemas, hashes } = schemasOf(plan);
  await prisma.$executeRaw`
    WITH template AS (
      INSERT INTO public.workflow_templates (hash, name, version, content)
      VALUES (${plan.template.hash}, ${plan.template.name}, ${plan.template.version}, ${json(template)}::jsonb)
      ON CONFLICT DO NOTHING
    ), schemas AS (
      INSERT INTO public.artifact_schemas (hash, content)
      -- as a text: the order of fields must stay
      SELECT s.hash, s.content::json FROM unnest(${[...schemas.keys()]}::text[], ${[...schemas.values()]}::text[]) AS s (hash, content)
      ON CONFLICT DO NOTHING
    ), personas AS (
      INSERT INTO public.agent_personas (hash, name, version, backend, model, content)
      SELECT * FROM jsonb_to_recordset(${json(personaRows(plan))}::jsonb)
        AS p (hash text, name text, version text, backend text, model text, content jsonb)
      ON CONFLICT DO NOTHING
    ), run AS (
      INSERT INTO public.runs (id, workflow_id, execution_run_id, template_name, template_version, template_hash,
        repo_path, base_branch, base_commit, branch, budget_micro_usd, budget_tokens)
      VALUES (${run.runId}::uuid, ${toStored(run.workflowId)}, ${run.executionRunId}::uuid, ${plan.template.name}, ${plan.template.version}, ${plan.template.hash},
        ${toStored(repository.path)}, ${repository.baseBranch}, ${repository.baseCommit}, ${repository.branch}, ${budget.microUsd}::bigint, ${budget.tokens}::bigint)
      ON CONFLICT (id) DO UPDATE SET
        execution_run_id = EXCLUDED.execution_run_id, template_name = EXCLUDED.template_name, template_version = EXCLUDED.template_version,
        template_hash = EXCLUDED.template_hash, repo_path = EXCLUDED.repo_path, base_branch = EXCLUDED.base_branch, base_commit = EXCLUDED.base_commit,
        branch = EXCLUDED.branch, budget_micro_usd = EXCLUDED.budget_micro_usd, budget_tokens = EXCLUDED.budget_tokens, updated_at = now()
    ), input AS (
      INSERT INTO public.run_inputs (run_id, requirements, requirements_sha256, objective, started_by, extra, input_hash, commands)
      VALUES (${run.runId}::uuid, ${toStored(input.requirements)}, ${plan.requirements.sha256},
        ${input.objective === null ? null : toStored(input.objective)}, ${plan.startedBy === null ? null : toStored(plan.startedBy)}, ${json(input.extra)}::jsonb, ${plan.inputHash}, ${json(commandsOf(plan))}::jsonb)
      ON CONFLICT (run_id) DO UPDATE SET
        requirements = EXCLUDED.requirements, requirements_sha256 = EXCLUDED.requirements_sha256, objective = EXCLUDED.objective,
        started_by = EXCLUDED.started_by, extra = EXCLUDED.extra, input_hash = EXCLUDED.input_hash, commands = EXCLUDED.commands
    ), other_bindings AS (
      DELETE FROM public.run_bindings WHERE run_id = ${run.runId}::uuid AND role <> ALL (${roles}::text[])
    ), bindings AS (
      INSERT INTO public.run_bindings (run_id, role, persona_hash, binding_hash)
      SELECT ${run.runId}::uuid, b.role, b.persona_hash, b.binding_hash
      FROM jsonb_to_recordset(${json(bindingRows(plan))}::jsonb) AS b (role text, persona_hash text, binding_hash text)
      ON CONFLICT (run_id, role) DO UPDATE SET persona_hash = EXCLUDED.persona_hash, binding_hash = EXCLUDED.binding_hash
    ), other_phases AS (
      DELETE FROM public.run_phases WHERE run_id = ${run.runId}::uuid AND phase_key <> ALL (${keys}::text[])
    )
    INSERT INTO public.run_phases (run_id, phase_key, index, role, artifact_path, schema_id, schemas_hash, gates, timeout_ms, max_attempts)
    SELECT ${run.runId}::uuid, p.phase_key, p.index, p.role, p.artifact_path, p.schema_id, p.schemas_hash, p.gates, p.timeout_ms, p.max_attempts
    FROM jsonb_to_recordset(${json(phaseRows(plan, hashes))}::jsonb)
      AS p (phase_key text, index int, role text, artifact_path text, schema_id text, schemas_hash text, gates text[], timeout_ms bigint, max_attempts int)
    -- a row may be there already, made by an event that came before its plan: its state stays
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      index = EXCLUDED.index, role = EXCLUDED.role, artifact_path = EXCLUDED.artifact_path, schema_id = EXCLUDED.schema_id,
      schemas_hash = EXCLUDED.schemas_hash, gates = EXCLUDED.gates, timeout_ms = EXCLUDED.timeout_ms, max_attempts = EXCLUDED.max_attempts`;
}

/** A run that was planned by an older version has none. */
function commandsOf({ commands }: Partial<Plan>): Plan['commands'] | null {
  return commands ?? null;
}

function json(value: unknown): string {
  return JSON.stringify(toStoredJson(value));
}

function personaRows({ bindings }: Plan): unknown[] {
  return bindings.map(({ persona }) => {
    const { name, version, backend, model } = persona;
    return { hash: contentHash(persona), name, version, backend, model, content: persona };
  });
}

function bindingRows({ bindings }: Plan): unknown[] {
  return bindings.map(({ role, personaHash, bindingHash }) => ({
    role,
    persona_hash: personaHash,
    binding_hash: bindingHash,
  }));
}

/**
 * The schemas of each kind of artifact as texts, by their hash, and the hash by the `$id` of the kind.
 */
function schemasOf({ phases, schemas }: Plan): { schemas: Map<string, string>; hashes: Map<string, string> } {
  const texts = new Map<string, string>();
  const hashes = new Map<string, string>();
  for (const id of new Set(phases.flatMap(({ artifact }) => artifact?.schemaId ?? []))) {
    const text = JSON.stringify(toStoredJson(referencedSchemas(id, schemas)));
    const hash = sha256(text);
    texts.set(hash, text);
    hashes.set(id, hash);
  }
  return { schemas: texts, hashes };
}

function phaseRows({ phases }: Plan, hashes: ReadonlyMap<string, string>): unknown[] {
  return phases.map(({ key, index, role, artifact, gates, timeoutMs, attempts }) => ({
    phase_key: key,
    index,
    role,
    artifact_path: artifact?.path ?? null,
    schema_id: artifact?.schemaId ?? null,
    schemas_hash: artifact ? hashes.get(artifact.schemaId) : null,
    gates: gates.map(({ name }) => name),
    timeout_ms: timeoutMs,
    max_attempts: attempts,
  }));
}
