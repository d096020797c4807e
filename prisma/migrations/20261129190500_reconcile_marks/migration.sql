-- How far reconciling has come, by namespace and task queue of Temporal. Beside the rows it is about: a restored backup brings both back.
CREATE TABLE "reconcile_marks" (
    "id" TEXT NOT NULL,
    "looked_until" TIMESTAMPTZ(3) NOT NULL,
    "swept_to" UUID,
    CONSTRAINT "reconcile_marks_pkey" PRIMARY KEY ("id")
);
