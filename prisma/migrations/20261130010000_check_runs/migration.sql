-- CreateTable
CREATE TABLE "public"."check_runs" (
    "run_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "phase_key" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "expected" TEXT NOT NULL,
    "command_end" TEXT NOT NULL,
    "exit_code" INTEGER,
    "signal" TEXT,
    "duration_ms" BIGINT NOT NULL,
    "output" TEXT NOT NULL,
    "output_sha256" TEXT NOT NULL,
    "output_bytes" BIGINT NOT NULL,
    "tree" TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    "sandbox" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "check_runs_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateIndex
CREATE INDEX "check_runs_name_ts_idx" ON "public"."check_runs"("name", "ts");

-- CreateIndex
CREATE INDEX "check_runs_outcome_ts_idx" ON "public"."check_runs"("outcome", "ts");

-- AddForeignKey
ALTER TABLE "public"."check_runs" ADD CONSTRAINT "check_runs_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
