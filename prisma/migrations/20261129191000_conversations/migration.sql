-- CreateTable
CREATE TABLE "public"."conversation_messages" (
    "run_id" UUID NOT NULL,
    "thread_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "message" JSON NOT NULL,
    "wrote" TEXT[],
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "conversation_messages_pkey" PRIMARY KEY ("run_id","thread_id","ordinal")
);

-- AddForeignKey
ALTER TABLE "public"."conversation_messages" ADD CONSTRAINT "conversation_messages_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- LangGraph's checkpoints of earlier builds: conversations are rows of our own now.
DROP SCHEMA IF EXISTS "langgraph" CASCADE;
