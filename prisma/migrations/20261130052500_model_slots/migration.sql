-- Places for calls of a backend, shared by all workers: src/mirror/model-slots.ts. All times are of this server's clock.
CREATE TABLE "model_slots" (
    "id" UUID NOT NULL,
    "backend" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "model_slots_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "model_slots_backend_started_at_idx" ON "model_slots"("backend", "started_at");

CREATE TABLE "backend_pauses" (
    "backend" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "backend_pauses_pkey" PRIMARY KEY ("backend")
);

-- Takes a place for one call, or says why there is none (`pause`, `place`, `rate`) and when to ask again.
CREATE FUNCTION take_model_slot(_backend text, _id uuid, _most int, _per_minute int, _lease_ms int, OUT why text, OUT wait_ms int)
LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  _now timestamptz;
  _then timestamptz;
BEGIN
  wait_ms := 0;
  IF _most IS NOT NULL OR _per_minute IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('phasegate:model_slots:' || _backend, 0));
  END IF;
  -- after the lock: now() is the time before it
  _now := clock_timestamp();

  SELECT p.until INTO _then FROM backend_pauses p WHERE p.backend = _backend AND p.until > _now;
  IF FOUND THEN
    why := 'pause';
    wait_ms := ceil(extract(epoch FROM _then - _now) * 1000);
    RETURN;
  END IF;
  IF _most IS NULL AND _per_minute IS NULL THEN RETURN; END IF;

  -- the answer of an earlier try was lost
  PERFORM 1 FROM model_slots s WHERE s.id = _id AND s.ended_at IS NULL AND s.expires_at > _now;
  IF FOUND THEN RETURN; END IF;

  IF _most IS NOT NULL AND _most <= (
    SELECT count(*) FROM model_slots s WHERE s.backend = _backend AND s.ended_at IS NULL AND s.expires_at > _now
  ) THEN
    why := 'place';
    wait_ms := 500;
    RETURN;
  END IF;

  IF _per_minute IS NOT NULL THEN
    SELECT s.started_at INTO _then FROM model_slots s
    WHERE s.backend = _backend AND s.started_at > _now - interval '1 minute'
    ORDER BY s.started_at DESC OFFSET _per_minute - 1 LIMIT 1;
    IF FOUND THEN
      why := 'rate';
      wait_ms := greatest(1, ceil(extract(epoch FROM _then + interval '1 minute' - _now) * 1000));
      RETURN;
    END IF;
  END IF;

  DELETE FROM model_slots s
  WHERE s.backend = _backend AND s.started_at < _now - interval '2 minutes' AND (s.ended_at IS NOT NULL OR s.expires_at < _now);
  INSERT INTO model_slots (id, backend, started_at, expires_at)
  VALUES (_id, _backend, _now, _now + _lease_ms * interval '1 millisecond')
  ON CONFLICT (id) DO NOTHING;
END;
$$;
