-- A call may cost less than a micro-dollar: costs keep their parts, and a run's cost is rounded once. A call whose usage nobody
-- knows has its worst case beside it, which counts against budgets.
ALTER TABLE "public"."llm_calls"
    ALTER COLUMN "cost_input_micro_usd" SET DATA TYPE DECIMAL,
    ALTER COLUMN "cost_output_micro_usd" SET DATA TYPE DECIMAL,
    ADD COLUMN "reserved_micro_usd" DECIMAL,
    ADD COLUMN "reserved_tokens" BIGINT;

ALTER TABLE "public"."runs" ADD COLUMN "cost_exact_micro_usd" DECIMAL NOT NULL DEFAULT 0;
UPDATE "public"."runs" SET "cost_exact_micro_usd" = "cost_micro_usd";
