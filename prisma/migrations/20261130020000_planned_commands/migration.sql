-- Where the commands of a run come from, in which sandbox they run, and what people should know of them.
ALTER TABLE "public"."run_inputs" ADD COLUMN "commands" JSONB;
