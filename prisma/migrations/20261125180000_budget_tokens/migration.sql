-- A budget may be given in tokens as well.
ALTER TABLE "runs" ADD COLUMN "budget_tokens" BIGINT;
