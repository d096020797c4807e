-- The exit code of a command that an agent ran with the tool run_command.
ALTER TABLE "public"."tool_calls" ADD COLUMN "exit_code" INTEGER;
