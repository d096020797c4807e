-- A batch of events is written in one round trip: src/mirror/append-events.ts. What events mean is decided there, in
-- src/mirror/project-*.ts; these functions only write it down.
--
-- Names are not qualified and search_path is not pinned: the functions are made beside the tables, and are called with the
-- search_path of every other statement. A worker of an earlier version may call them while this one is rolled out, so that
-- what would change their parameters, or the shape of a document that they take, is a function with another name.

-- Brings the run's row, and the other tables that are made from events, up to date.
CREATE FUNCTION apply_run_changes(_run_id uuid, _event_seq int, _changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  _run jsonb := _changes->'run';
  _end jsonb := _changes->'end';
  _superseded jsonb := _changes->'superseded';
BEGIN
  -- what is not named stays, what is named null becomes null
  UPDATE runs SET
    event_seq = _event_seq,
    execution_run_id = (_changes->>'executionRunId')::uuid,
    state = COALESCE(_run->>'state', state),
    started_at = CASE WHEN _run ? 'startedAt' THEN (_run->>'startedAt')::timestamptz ELSE started_at END,
    ended_at = CASE WHEN _run ? 'endedAt' THEN (_run->>'endedAt')::timestamptz ELSE ended_at END,
    error_code = CASE WHEN _run ? 'errorCode' THEN _run->>'errorCode' ELSE error_code END,
    error_message = CASE WHEN _run ? 'errorMessage' THEN _run->>'errorMessage' ELSE error_message END,
    updated_at = now()
  WHERE id = _run_id;

  IF _changes->'phases' <> '[]' THEN
    INSERT INTO run_phases (run_id, phase_key, state, started_at, ended_at, attempts, error_code, reason)
    SELECT _run_id, c."phaseKey", c.state, c."startedAt", c."endedAt", c.attempts, c."errorCode", c.reason
    FROM jsonb_to_recordset(_changes->'phases')
      AS c ("phaseKey" text, state text, "startedAt" timestamptz, "endedAt" timestamptz, attempts int, "errorCode" text, reason text)
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      state = EXCLUDED.state,
      started_at = COALESCE(EXCLUDED.started_at, run_phases.started_at),
      ended_at = EXCLUDED.ended_at,
      attempts = CASE WHEN EXCLUDED.started_at IS NULL THEN GREATEST(run_phases.attempts, EXCLUDED.attempts) ELSE EXCLUDED.attempts END,
      error_code = EXCLUDED.error_code,
      reason = EXCLUDED.reason;
  END IF;

  -- a run that was reset to a phase has not done the later ones
  IF _changes->>'resetTo' IS NOT NULL THEN
    UPDATE run_phases SET state = 'pending', attempts = 0, started_at = NULL, ended_at = NULL, error_code = NULL, reason = NULL
    WHERE run_id = _run_id AND index > (SELECT p.index FROM run_phases p WHERE p.run_id = _run_id AND p.phase_key = _changes->>'resetTo');
  END IF;

  -- a run that has ended has no phase under way: what never ended by itself ended with it, what never began was skipped
  IF _end <> 'null' THEN
    UPDATE run_phases SET
      error_code = CASE WHEN state = 'pending' THEN error_code ELSE COALESCE(error_code, _end->>'errorCode') END,
      ended_at = CASE WHEN state = 'pending' THEN ended_at ELSE (_end->>'at')::timestamptz END,
      state = CASE WHEN state = 'pending' THEN 'skipped' ELSE 'failed' END
    WHERE run_id = _run_id AND state NOT IN ('completed', 'failed', 'skipped');
  END IF;

  IF _changes->'requests' <> '[]' THEN
    INSERT INTO approval_requests (run_id, id, phase_key, gate, artifact_sha256, requested_at)
    SELECT _run_id, q.id, q."phaseKey", q.gate, q."artifactSha256", q."requestedAt"
    FROM jsonb_to_recordset(_changes->'requests') AS q (id text, "phaseKey" text, gate text, "artifactSha256" text, "requestedAt" timestamptz)
    ON CONFLICT DO NOTHING;
  END IF;

  IF _changes->'resolutions' <> '[]' THEN
    UPDATE approval_requests q SET state = r.state, resolved_at = r."resolvedAt"
    FROM jsonb_to_recordset(_changes->'resolutions') AS r (id text, state text, "resolvedAt" timestamptz)
    WHERE q.run_id = _run_id AND q.id = r.id;
  END IF;

  IF _changes->'decisions' <> '[]' THEN
    INSERT INTO approval_decisions (run_id, id, request_id, action, claimed_by, comment, via, artifact_sha256, decided_at)
    SELECT _run_id, d.id, d."requestId", d.action, d."claimedBy", d.comment, d.via, d."artifactSha256", d."decidedAt"
    FROM jsonb_to_recordset(_changes->'decisions')
      AS d (id text, "requestId" text, action text, "claimedBy" text, comment text, via text, "artifactSha256" text, "decidedAt" timestamptz)
    ON CONFLICT DO NOTHING;
  END IF;

  -- a phase that begins (again) leaves what was asked in it before without an answer, a run's end all that is open
  IF _superseded <> 'null' THEN
    UPDATE approval_requests SET state = 'superseded', resolved_at = (_superseded->>'at')::timestamptz
    WHERE run_id = _run_id AND state = 'pending'
      AND (_superseded->>'phaseKey' IS NULL OR (phase_key = _superseded->>'phaseKey' AND requested_at < (_superseded->>'at')::timestamptz));
  END IF;
END $$;

-- Numbers events behind the run's last one, adds them, and applies what they change. Writes nothing and gives NULL when one of
-- them, or its number, is there already, or the run's row is not. The keys of the events must differ from each other.
CREATE FUNCTION append_run_events(_run_id uuid, _events jsonb, _changes jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  _last int;
BEGIN
  -- as strong as the lock of an UPDATE: whoever only refers to the row need not wait
  SELECT event_seq INTO _last FROM runs WHERE id = _run_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- a statement of its own, so that it sees what was committed while the lock was waited for. Not left to a unique key: a team may
  -- partition the table (docs/scaling.md)
  IF EXISTS (SELECT FROM run_events WHERE run_id = _run_id AND seq > _last)
    OR EXISTS (SELECT FROM run_events WHERE run_id = _run_id AND idempotency_key = ANY (ARRAY(SELECT e->>'idempotencyKey' FROM jsonb_array_elements(_events) e)))
  THEN RETURN NULL; END IF;
  INSERT INTO run_events (run_id, seq, type, phase_key, payload, idempotency_key, ts)
  SELECT _run_id, _last + e.seq, e.type, e."phaseKey", e.payload, e."idempotencyKey", e.ts
  FROM jsonb_to_recordset(_events) AS e (seq int, type text, "phaseKey" text, payload jsonb, "idempotencyKey" text, ts timestamptz);
  _last := _last + jsonb_array_length(_events);
  PERFORM apply_run_changes(_run_id, _last, _changes);
  RETURN _last;
END $$;
