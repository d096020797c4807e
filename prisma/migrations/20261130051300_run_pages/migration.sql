-- AlterTable
ALTER TABLE "public"."run_inputs" ADD COLUMN     "started_by" TEXT;

-- AlterTable
ALTER TABLE "public"."run_phases" ADD COLUMN     "schemas_hash" TEXT;

-- CreateTable
CREATE TABLE "public"."artifact_schemas" (
    "hash" TEXT NOT NULL,
    "content" JSON NOT NULL,

    CONSTRAINT "artifact_schemas_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "public"."run_pages" (
    "run_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "phase_key" TEXT,
    "gate" TEXT,
    "round" INTEGER,
    "sha256" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "ts" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "run_pages_pkey" PRIMARY KEY ("run_id","id")
);

-- AddForeignKey
ALTER TABLE "public"."run_pages" ADD CONSTRAINT "run_pages_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
