-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "workflow_templates" (
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_templates_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "agent_personas" (
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "backend" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_personas_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "persona_consents" (
    "persona_hash" TEXT NOT NULL,
    "persona_name" TEXT NOT NULL,
    "persona_version" TEXT NOT NULL,
    "consented_by" TEXT NOT NULL,
    "consented_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "persona_consents_pkey" PRIMARY KEY ("persona_hash")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" UUID NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "execution_run_id" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'created',
    "template_name" TEXT,
    "template_version" TEXT,
    "template_hash" TEXT,
    "repo_path" TEXT,
    "base_branch" TEXT,
    "base_commit" TEXT,
    "branch" TEXT,
    "budget_micro_usd" BIGINT,
    "cost_micro_usd" BIGINT NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_message" TEXT,
    "event_seq" INTEGER NOT NULL DEFAULT 0,
    "report" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_inputs" (
    "run_id" UUID NOT NULL,
    "requirements" TEXT NOT NULL,
    "requirements_sha256" TEXT NOT NULL,
    "objective" TEXT,
    "extra" JSONB NOT NULL,
    "input_hash" TEXT NOT NULL,

    CONSTRAINT "run_inputs_pkey" PRIMARY KEY ("run_id")
);

-- CreateTable
CREATE TABLE "run_bindings" (
    "run_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "persona_hash" TEXT NOT NULL,
    "binding_hash" TEXT NOT NULL,

    CONSTRAINT "run_bindings_pkey" PRIMARY KEY ("run_id","role")
);

-- CreateTable
CREATE TABLE "run_phases" (
    "run_id" UUID NOT NULL,
    "phase_key" TEXT NOT NULL,
    "index" INTEGER,
    "role" TEXT,
    "artifact_path" TEXT,
    "schema_id" TEXT,
    "gates" TEXT[],
    "timeout_ms" BIGINT,
    "max_attempts" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "reason" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_phases_pkey" PRIMARY KEY ("run_id","phase_key")
);

-- CreateTable
CREATE TABLE "run_events" (
    "run_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "phase_key" TEXT,
    "payload" JSONB NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "run_events_pkey" PRIMARY KEY ("run_id","seq")
);

-- CreateTable
CREATE TABLE "artifacts" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "execution_run_id" UUID NOT NULL,
    "phase_key" TEXT NOT NULL,
    "occurrence" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "schema_id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "valid" BOOLEAN NOT NULL,
    "reason" TEXT,
    "errors" JSONB NOT NULL,
    "content" JSONB,
    "raw" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "artifacts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval_requests" (
    "run_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "phase_key" TEXT NOT NULL,
    "gate" TEXT NOT NULL,
    "artifact_sha256" TEXT,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "approval_requests_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateTable
CREATE TABLE "approval_decisions" (
    "run_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "claimed_by" TEXT,
    "comment" TEXT,
    "via" TEXT,
    "artifact_sha256" TEXT,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "approval_decisions_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateTable
CREATE TABLE "llm_calls" (
    "run_id" UUID NOT NULL,
    "call_id" TEXT NOT NULL,
    "phase_key" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "thread_id" TEXT NOT NULL,
    "persona" TEXT NOT NULL,
    "persona_version" TEXT NOT NULL,
    "backend" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "error_code" TEXT,
    "finish_reason" TEXT,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cached_tokens" BIGINT NOT NULL,
    "reasoning_tokens" BIGINT NOT NULL,
    "cost_input_micro_usd" BIGINT,
    "cost_output_micro_usd" BIGINT,
    "latency_ms" BIGINT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "llm_calls_pkey" PRIMARY KEY ("run_id","thread_id","call_id")
);

-- CreateTable
CREATE TABLE "tool_calls" (
    "run_id" UUID NOT NULL,
    "call_id" TEXT NOT NULL,
    "phase_key" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "thread_id" TEXT NOT NULL,
    "tool" TEXT NOT NULL,
    "args" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "message" TEXT,
    "duration_ms" BIGINT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tool_calls_pkey" PRIMARY KEY ("run_id","thread_id","call_id")
);

-- CreateIndex
CREATE INDEX "workflow_templates_name_version_idx" ON "workflow_templates"("name", "version");

-- CreateIndex
CREATE INDEX "agent_personas_name_version_idx" ON "agent_personas"("name", "version");

-- CreateIndex
CREATE INDEX "runs_workflow_id_created_at_idx" ON "runs"("workflow_id", "created_at");

-- CreateIndex
CREATE INDEX "runs_state_created_at_idx" ON "runs"("state", "created_at");

-- CreateIndex
CREATE INDEX "runs_template_name_created_at_idx" ON "runs"("template_name", "created_at");

-- CreateIndex
CREATE INDEX "runs_template_hash_idx" ON "runs"("template_hash");

-- CreateIndex
CREATE INDEX "runs_error_code_created_at_idx" ON "runs"("error_code", "created_at");

-- CreateIndex
CREATE INDEX "runs_created_at_idx" ON "runs"("created_at");

-- CreateIndex
CREATE INDEX "run_inputs_input_hash_idx" ON "run_inputs"("input_hash");

-- CreateIndex
CREATE INDEX "run_bindings_persona_hash_idx" ON "run_bindings"("persona_hash");

-- CreateIndex
CREATE INDEX "run_phases_state_idx" ON "run_phases"("state");

-- CreateIndex
CREATE INDEX "run_events_type_ts_idx" ON "run_events"("type", "ts");

-- CreateIndex
CREATE UNIQUE INDEX "run_events_run_id_idempotency_key_key" ON "run_events"("run_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "artifacts_run_id_sha256_idx" ON "artifacts"("run_id", "sha256");

-- CreateIndex
CREATE UNIQUE INDEX "artifacts_run_id_phase_key_occurrence_attempt_sha256_key" ON "artifacts"("run_id", "phase_key", "occurrence", "attempt", "sha256");

-- CreateIndex
CREATE INDEX "approval_requests_state_requested_at_idx" ON "approval_requests"("state", "requested_at");

-- CreateIndex
CREATE INDEX "approval_decisions_run_id_request_id_idx" ON "approval_decisions"("run_id", "request_id");

-- CreateIndex
CREATE INDEX "llm_calls_ts_idx" ON "llm_calls"("ts");

-- CreateIndex
CREATE INDEX "llm_calls_model_ts_idx" ON "llm_calls"("model", "ts");

-- CreateIndex
CREATE INDEX "tool_calls_tool_ts_idx" ON "tool_calls"("tool", "ts");

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_template_hash_fkey" FOREIGN KEY ("template_hash") REFERENCES "workflow_templates"("hash") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_inputs" ADD CONSTRAINT "run_inputs_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_bindings" ADD CONSTRAINT "run_bindings_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_bindings" ADD CONSTRAINT "run_bindings_persona_hash_fkey" FOREIGN KEY ("persona_hash") REFERENCES "agent_personas"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_phases" ADD CONSTRAINT "run_phases_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_requests" ADD CONSTRAINT "approval_requests_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_decisions" ADD CONSTRAINT "approval_decisions_run_id_request_id_fkey" FOREIGN KEY ("run_id", "request_id") REFERENCES "approval_requests"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "llm_calls" ADD CONSTRAINT "llm_calls_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tool_calls" ADD CONSTRAINT "tool_calls_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;


