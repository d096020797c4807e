import type { ArtifactError } from '../domain/artifact.js';
import type { PlannedCommands } from '../domain/check/planned-check.js';
import { PhasegateError } from '../domain/failures.js';
import type {
  ArtifactFacts,
  CheckFacts,
  BindingFacts,
  DeliveryFacts,
  EventFacts,
  FallbackFacts,
  OpenApproval,
  PhaseFacts,
  ReportFacts,
  RoundFacts,
} from '../domain/record/report-facts.js';
import type { JsonValue } from '../domain/text/json.js';
import type { PrismaClient } from './database.js';
import { toEventFacts } from './list-events.js';
import { fromStored, fromStoredJson } from './postgres-text.js';
import { toUsage, usageOf, type UsageRow } from './read-usage.js';
import { toSummary, type SummaryRow } from './runs.js';

/** Most events in a report. */
const LAST_EVENTS = 20;
/** Most runs of commands in a report. */
const LAST_CHECKS = 200;
/** Most deliveries in a report. */
const LAST_DELIVERIES = 10;
/** Most lines about rounds, and about fallbacks, in a report. */
const MOST_ROUNDS = 200;

/** Rows of a run as PostgreSQL puts them into JSON. Texts are in their stored form, and times in PostgreSQL's. */
interface FactsRow extends SummaryRow {
  objective: string | null;
  commands: JsonValue;
  checks: CheckFacts[];
  phases: PhaseFacts[];
  artifacts: ArtifactFacts[];
  events: EventFacts[];
  approvals: OpenApproval[];
  rounds: RoundFacts[];
  fallbacks: FallbackFacts[];
  ignoredMessages: number;
  bindings: BindingFacts[];
  deliveries: DeliveryFacts[];
  usage: UsageRow;
}

/**
 * All that a report says of a run, in one statement, and so in one snapshot. Table by table there would be thirteen.
 */
export async function readReportFacts(prisma: PrismaClient, runId: string): Promise<ReportFacts> {
  const [row] = await prisma.$queryRaw<FactsRow[]>`
    SELECT r.id, r.workflow_id AS "workflowId", r.execution_run_id AS "executionRunId", r.state, r.template_name AS "templateName",
      r.template_version AS "templateVersion", r.template_hash AS "templateHash", r.repo_path AS "repoPath", r.base_branch AS "baseBranch",
      r.base_commit AS "baseCommit", r.branch, r.budget_micro_usd AS "budgetMicroUsd", r.budget_tokens AS "budgetTokens",
      r.cost_micro_usd AS "costMicroUsd", r.error_code AS "errorCode", r.error_message AS "errorMessage", r.event_seq AS "eventSeq",
      r.created_at AS "createdAt", r.started_at AS "startedAt", r.ended_at AS "endedAt",
      (SELECT i.objective FROM public.run_inputs i WHERE i.run_id = r.id) AS objective,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', c.phase_key, 'round', c.round, 'attempt', c.attempt, 'kind', c.kind, 'name', c.name,
          'expect', c.expected, 'outcome', c.outcome, 'end', c.command_end, 'exitCode', c.exit_code, 'durationMs', c.duration_ms,
          'outputSha256', c.output_sha256, 'sandbox', c.sandbox) ORDER BY c.ts, c.id), '[]')
        FROM (SELECT k.* FROM public.check_runs k WHERE k.run_id = r.id ORDER BY k.ts DESC, k.id DESC LIMIT ${LAST_CHECKS}) c) AS checks,
      (SELECT i.commands FROM public.run_inputs i WHERE i.run_id = r.id) AS commands,
      (SELECT coalesce(json_agg(json_build_object('key', p.phase_key, 'index', p.index, 'role', p.role, 'state', p.state, 'round', p.round, 'attempts', p.attempts,
          'startedAt', p.started_at, 'endedAt', p.ended_at, 'errorCode', p.error_code, 'reason', p.reason) ORDER BY p.index, p.phase_key), '[]')
        FROM public.run_phases p WHERE p.run_id = r.id) AS phases,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', a.phase_key, 'occurrence', a.occurrence, 'round', a.round, 'attempt', a.attempt, 'path', a.path,
          'schemaId', a.schema_id, 'sha256', a.sha256, 'bytes', a.bytes, 'valid', a.valid, 'reason', a.reason, 'errors', a.errors,
          'createdAt', a.created_at) ORDER BY a.id), '[]')
        FROM public.artifacts a WHERE a.run_id = r.id) AS artifacts,
      (SELECT coalesce(json_agg(json_build_object('seq', e.seq, 'type', e.type, 'phaseKey', e.phase_key, 'payload', e.payload, 'ts', e.ts) ORDER BY e.seq), '[]')
        FROM (SELECT * FROM public.run_events WHERE run_id = r.id ORDER BY seq DESC LIMIT ${LAST_EVENTS}) e) AS events,
      -- a gate that nobody decided before the run ended is superseded, and is still unresolved
      (SELECT coalesce(json_agg(json_build_object('requestId', q.id, 'phaseKey', q.phase_key, 'gate', q.gate, 'artifactSha256', q.artifact_sha256,
          'requestedAt', q.requested_at) ORDER BY q.requested_at), '[]')
        FROM public.approval_requests q WHERE q.run_id = r.id AND q.state IN ('pending', 'superseded')) AS approvals,
      (SELECT coalesce(json_agg(json_build_object('type', e.type, 'phaseKey', e.phase_key, 'to', e.payload->>'to', 'gate', e.payload->>'gate',
          'round', CASE WHEN jsonb_typeof(e.payload->'round') = 'number' THEN e.payload->'round' END, 'why', e.payload->>'why',
          'by', e.payload->>'by', 'ts', e.ts) ORDER BY e.seq), '[]')
        FROM (SELECT * FROM public.run_events WHERE run_id = r.id AND type IN ('sent_back', 'approval_voided') ORDER BY seq LIMIT ${MOST_ROUNDS}) e) AS rounds,
      (SELECT coalesce(json_agg(json_build_object('phaseKey', e.phase_key, 'from', e.payload->>'from', 'to', e.payload->>'to',
          'code', e.payload->>'code', 'ts', e.ts) ORDER BY e.seq), '[]')
        FROM (SELECT * FROM public.run_events WHERE run_id = r.id AND type = 'fallback_used' ORDER BY seq LIMIT ${MOST_ROUNDS}) e) AS fallbacks,
      (SELECT coalesce(sum(CASE e.type WHEN 'decision_ignored' THEN 1 ELSE (e.payload->>'count')::int END), 0)::int
        FROM public.run_events e WHERE e.run_id = r.id AND e.type IN ('decision_ignored', 'ignored_counted')) AS "ignoredMessages",
      (SELECT coalesce(json_agg(json_build_object('role', b.role, 'persona', p.name, 'personaVersion', p.version, 'personaHash', b.persona_hash,
          'backend', p.backend, 'model', p.model, 'bindingHash', b.binding_hash) ORDER BY b.role), '[]')
        FROM public.run_bindings b JOIN public.agent_personas p ON p.hash = b.persona_hash WHERE b.run_id = r.id) AS bindings,
      (SELECT coalesce(json_agg(json_build_object('state', d.state, 'by', d.claimed_by, 'remote', d.remote, 'branch', d.branch, 'sha', d.sha,
          'provider', d.provider, 'number', d.pull_request_number, 'url', d.pull_request_url, 'checks', d.checks, 'errorCode', d.error_code,
          'errorMessage', d.error_message, 'startedAt', d.started_at, 'endedAt', d.ended_at) ORDER BY d.started_at, d.id), '[]')
        FROM (SELECT * FROM public.deliveries WHERE run_id = r.id ORDER BY started_at DESC, id DESC LIMIT ${LAST_DELIVERIES}) d) AS deliveries,
      (${usageOf(runId)}) AS usage
    FROM public.runs r WHERE r.id = ${runId}::uuid`;
  if (!row) throw new PhasegateError('run_not_found', `the mirror has no run ${runId}`);
  return {
    run: toSummary(row),
    objective: row.objective === null ? null : fromStored(row.objective),
    checks: row.checks.map((check) => ({ ...check, name: fromStored(check.name) })),
    commands: fromStoredJson(row.commands) as unknown as PlannedCommands | null,
    phases: row.phases.map((phase) => ({
      ...phase,
      reason: phase.reason === null ? null : fromStored(phase.reason),
      startedAt: isoTime(phase.startedAt),
      endedAt: isoTime(phase.endedAt),
    })),
    artifacts: row.artifacts.map((artifact) => ({
      ...artifact,
      path: fromStored(artifact.path),
      errors: fromStoredJson(artifact.errors) as unknown as ArtifactError[],
      createdAt: isoTime(artifact.createdAt),
    })),
    events: row.events.map((event) => toEventFacts({ ...event, ts: new Date(event.ts) })),
    openApprovals: row.approvals.map((approval) => ({
      ...approval,
      gate: fromStored(approval.gate),
      requestedAt: isoTime(approval.requestedAt),
    })),
    rounds: row.rounds.map((round) => ({
      ...round,
      why: round.why === null ? null : fromStored(round.why),
      by: round.by === null ? null : fromStored(round.by),
      ts: isoTime(round.ts),
    })),
    fallbacks: row.fallbacks.map((each) => ({
      ...each,
      from: fromStored(each.from),
      to: fromStored(each.to),
      ts: isoTime(each.ts),
    })),
    ignoredMessages: row.ignoredMessages,
    usage: toUsage(row.usage),
    bindings: row.bindings,
    deliveries: row.deliveries.map(toDelivery),
  };
}

function toDelivery(row: DeliveryFacts): DeliveryFacts {
  const text = <T extends string | null>(stored: T): T => (stored === null ? stored : (fromStored(stored) as T));
  return {
    ...row,
    by: text(row.by),
    remote: text(row.remote),
    branch: text(row.branch),
    url: text(row.url),
    errorMessage: text(row.errorMessage),
    startedAt: isoTime(row.startedAt),
    endedAt: isoTime(row.endedAt),
  };
}

function isoTime<T extends string | null>(time: T): T {
  return (time === null ? null : new Date(time).toISOString()) as T;
}
