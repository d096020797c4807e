import { MOMENTS } from '../domain/story/time-line.js';
import type { StoryFacts } from '../domain/story/story-facts.js';
import type { Schemas } from '../domain/template/schema-place.js';
import { isJsonObject, type JsonValue } from '../domain/text/json.js';
import { PhasegateError } from '../domain/failures.js';
import type { PrismaClient } from './database.js';
import { fromStored, fromStoredJson } from './postgres-text.js';

/** More would make the report longer than anybody reads. Of events the last count, of artifacts too. */
const MOST = {
  requirements: 20_000,
  comment: 2_000,
  requests: 300,
  decisions: 500,
  moments: 2_000,
  outputs: 100,
  tail: 4_000,
  documents: 60,
  rawBytes: 262_144,
} as const;

type StoryRow = Omit<StoryFacts, 'schemas'> & { schemas: Record<string, JsonValue> };

/** All that a run is told by, beside the facts of `readReportFacts`, in one statement. It fails with `run_not_found`. */
export async function readStoryFacts(prisma: PrismaClient, runId: string): Promise<StoryFacts> {
  const [row] = await prisma.$queryRaw<StoryRow[]>`
    SELECT
      (SELECT left(i.requirements, ${MOST.requirements}) FROM public.run_inputs i WHERE i.run_id = r.id) AS requirements,
      (SELECT i.started_by FROM public.run_inputs i WHERE i.run_id = r.id) AS "startedBy",
      (SELECT coalesce(json_agg(json_build_object('requestId', q.id, 'phaseKey', q.phase_key, 'gate', q.gate, 'round', q.round, 'state', q.state,
          'artifactSha256', q.artifact_sha256, 'requestedAt', q.requested_at, 'expiresAt', e.payload->>'expiresAt',
          'approvers', CASE WHEN jsonb_typeof(e.payload->'approvers') = 'array' THEN e.payload->'approvers' END,
          'required', CASE WHEN jsonb_typeof(e.payload->'required') = 'number' THEN e.payload->'required' END,
          'separateStarter', e.payload->'separateStarter' = 'true', 'onTimeout', e.payload->>'onTimeout', 'decideBy', e.payload->>'decideBy',
          'escalateTo', CASE WHEN jsonb_typeof(e.payload->'escalateTo') = 'array' THEN e.payload->'escalateTo' END,
          'mayRevise', e.payload->'mayRevise' IS DISTINCT FROM 'false', 'note', e.payload->>'note') ORDER BY q.requested_at, q.id), '[]')
        FROM (SELECT * FROM public.approval_requests WHERE run_id = r.id ORDER BY requested_at DESC, id DESC LIMIT ${MOST.requests}) q
        LEFT JOIN public.run_events e ON e.run_id = r.id AND e.type = 'approval_requested' AND e.payload->>'requestId' = q.id) AS requests,
      (SELECT coalesce(json_agg(json_build_object('requestId', d.request_id, 'action', d.action, 'by', d.claimed_by, 'via', d.via,
          'comment', left(d.comment, ${MOST.comment}), 'at', d.decided_at) ORDER BY d.decided_at, d.id), '[]')
        FROM (SELECT * FROM public.approval_decisions WHERE run_id = r.id ORDER BY decided_at DESC, id DESC LIMIT ${MOST.decisions}) d) AS decisions,
      (SELECT coalesce(json_agg(json_build_object('type', e.type, 'phaseKey', e.phase_key, 'ts', e.ts,
          'round', CASE WHEN jsonb_typeof(e.payload->'round') = 'number' THEN e.payload->'round' END) ORDER BY e.seq), '[]')
        FROM (SELECT * FROM public.run_events WHERE run_id = r.id AND type = ANY (${[...MOMENTS]}::text[])
          ORDER BY seq DESC LIMIT ${MOST.moments}) e) AS moments,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', c.phase_key, 'calls', c.calls, 'costMicroUsd', trim_scale(c.cost)::text, 'unpricedCalls', c.unpriced)
          ORDER BY c.phase_key), '[]')
        FROM (SELECT phase_key, count(*) AS calls, sum(coalesce(cost_input_micro_usd, 0) + coalesce(cost_output_micro_usd, 0)) AS cost,
            count(*) FILTER (WHERE cost_input_micro_usd IS NULL OR cost_output_micro_usd IS NULL) AS unpriced
          FROM public.llm_calls WHERE run_id = r.id GROUP BY phase_key) c) AS calls,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', k.phase_key, 'durationMs', k.duration_ms, 'ts', k.ts) ORDER BY k.ts, k.id), '[]')
        FROM (SELECT * FROM public.check_runs WHERE run_id = r.id ORDER BY ts DESC, id DESC LIMIT ${MOST.moments}) k) AS "commandTimes",
      (SELECT coalesce(json_agg(json_build_object('phaseKey', o.phase_key, 'round', o.round, 'kind', o.kind, 'name', o.name, 'command', left(o.command, 500),
          'outcome', o.outcome, 'tail', right(o.output, ${MOST.tail})) ORDER BY o.ts, o.id), '[]')
        FROM (SELECT * FROM (SELECT DISTINCT ON (phase_key, round, kind, name) * FROM public.check_runs WHERE run_id = r.id
            ORDER BY phase_key, round, kind, name, ts DESC, id DESC) l ORDER BY l.ts DESC, l.id DESC LIMIT ${MOST.outputs}) o) AS outputs,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', a.phase_key, 'round', a.round, 'path', a.path, 'schemaId', a.schema_id, 'sha256', a.sha256,
          'bytes', a.bytes, 'raw', CASE WHEN a.bytes <= ${MOST.rawBytes} THEN translate(encode(a.raw, 'base64'), E'\n', '') END,
          'schemasHash', p.schemas_hash) ORDER BY p.index, a.phase_key, a.round), '[]')
        FROM (SELECT * FROM (SELECT DISTINCT ON (phase_key, round) * FROM public.artifacts WHERE run_id = r.id AND valid
            ORDER BY phase_key, round, id DESC) n ORDER BY n.id DESC LIMIT ${MOST.documents}) a
        LEFT JOIN public.run_phases p ON p.run_id = r.id AND p.phase_key = a.phase_key) AS documents,
      coalesce((SELECT CASE WHEN jsonb_typeof(e.payload->'files') = 'array' THEN e.payload->'files' END FROM public.run_events e
        WHERE e.run_id = r.id AND e.type = 'protected_changed' ORDER BY e.seq DESC LIMIT 1), '[]') AS "protectedFiles",
      (SELECT coalesce(json_object_agg(s.hash, s.content), '{}') FROM public.artifact_schemas s
        WHERE s.hash IN (SELECT p.schemas_hash FROM public.run_phases p WHERE p.run_id = r.id)) AS schemas,
      (SELECT coalesce(json_object_agg(p.phase_key, p.gates), '{}') FROM public.run_phases p WHERE p.run_id = r.id) AS gates
    FROM public.runs r WHERE r.id = ${runId}::uuid`;
  if (!row) throw new PhasegateError('run_not_found', `the mirror has no run ${runId}`);
  const text = <T extends string | null>(stored: T): T => (stored === null ? null : fromStored(stored)) as T;
  return {
    ...row,
    requirements: text(row.requirements),
    startedBy: text(row.startedBy),
    requests: row.requests.map((request) => ({
      ...request,
      gate: fromStored(request.gate),
      requestedAt: isoTime(request.requestedAt),
      approvers: fromStoredJson(request.approvers) as string[] | null,
      note: text(request.note),
    })),
    decisions: row.decisions.map((decision) => ({
      ...decision,
      by: text(decision.by),
      comment: text(decision.comment),
      at: isoTime(decision.at),
    })),
    moments: row.moments.map((moment) => ({ ...moment, ts: isoTime(moment.ts) })),
    commandTimes: row.commandTimes.map((time) => ({ ...time, ts: isoTime(time.ts) })),
    outputs: row.outputs.map((output) => ({
      ...output,
      name: fromStored(output.name),
      command: fromStored(output.command),
      tail: fromStored(output.tail),
    })),
    documents: row.documents.map((document) => ({ ...document, path: fromStored(document.path) })),
    protectedFiles: (fromStoredJson(row.protectedFiles) as unknown[]).filter((path) => typeof path === 'string'),
    schemas: Object.fromEntries(
      Object.entries(row.schemas)
        .filter(([, schemas]) => isJsonObject(schemas))
        .map(([hash, schemas]) => [hash, fromStoredJson(schemas) as unknown as Schemas]),
    ),
  };
}

function isoTime(time: string): string {
  return new Date(time).toISOString();
}
