-- One writer of events, for one and for many: src/mirror/append-events.ts. What an event changes is decided in
-- src/mirror/projections; these functions only write it down, event by event, in their order.

DROP FUNCTION public.append_run_events(uuid, jsonb, jsonb);
DROP FUNCTION public.apply_run_changes(uuid, int, jsonb);

-- Writes what one event changes in the tables that are made from events. What the change does not name stays.
CREATE FUNCTION public.apply_event(_run_id uuid, _change jsonb) RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  _run jsonb := _change->'run';
  _end jsonb := _change->'end';
  _resolution jsonb := _change->'resolution';
  _superseded jsonb := _change->'superseded';
BEGIN
  IF _run IS NOT NULL THEN
    UPDATE runs SET
      state = COALESCE(_run->>'state', state),
      started_at = CASE WHEN _run ? 'startedAt' THEN (_run->>'startedAt')::timestamptz ELSE started_at END,
      ended_at = CASE WHEN _run ? 'endedAt' THEN (_run->>'endedAt')::timestamptz ELSE ended_at END,
      error_code = CASE WHEN _run ? 'errorCode' THEN _run->>'errorCode' ELSE error_code END,
      error_message = CASE WHEN _run ? 'errorMessage' THEN _run->>'errorMessage' ELSE error_message END
    WHERE id = _run_id AND (NOT _change ? 'ifEnded' OR ended_at IS NOT NULL);
  END IF;

  IF _change ? 'budget' THEN
    UPDATE runs SET budget_micro_usd = (_change->'budget'->>'microUsd')::bigint, budget_tokens = (_change->'budget'->>'tokens')::bigint
    WHERE id = _run_id;
  END IF;

  IF _change ? 'phase' THEN
    INSERT INTO run_phases (run_id, phase_key, state, started_at, ended_at, attempts, error_code, reason)
    SELECT _run_id, c."phaseKey", c.state, c."startedAt", c."endedAt", c.attempts, c."errorCode", c.reason
    FROM jsonb_to_record(_change->'phase')
      AS c ("phaseKey" text, state text, "startedAt" timestamptz, "endedAt" timestamptz, attempts int, "errorCode" text, reason text)
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      state = EXCLUDED.state,
      started_at = COALESCE(EXCLUDED.started_at, run_phases.started_at),
      ended_at = EXCLUDED.ended_at,
      -- a phase that begins (again) has made none
      attempts = CASE WHEN EXCLUDED.started_at IS NULL THEN GREATEST(run_phases.attempts, EXCLUDED.attempts) ELSE EXCLUDED.attempts END,
      error_code = EXCLUDED.error_code,
      reason = EXCLUDED.reason;
  END IF;

  -- a run that was reset to a phase has not done the later ones
  IF _change ? 'resetTo' THEN
    UPDATE run_phases SET state = 'pending', attempts = 0, started_at = NULL, ended_at = NULL, error_code = NULL, reason = NULL
    WHERE run_id = _run_id AND index > (SELECT p.index FROM run_phases p WHERE p.run_id = _run_id AND p.phase_key = _change->>'resetTo');
  END IF;

  -- a run that has ended has no phase under way: what never ended by itself ended with it, what never began was skipped
  IF _end IS NOT NULL THEN
    UPDATE run_phases SET
      error_code = CASE WHEN state = 'pending' THEN error_code ELSE COALESCE(error_code, _end->>'errorCode') END,
      ended_at = CASE WHEN state = 'pending' THEN ended_at ELSE (_end->>'at')::timestamptz END,
      state = CASE WHEN state = 'pending' THEN 'skipped' ELSE 'failed' END
    WHERE run_id = _run_id AND state NOT IN ('completed', 'failed', 'skipped');
  END IF;

  IF _change ? 'request' THEN
    INSERT INTO approval_requests (run_id, id, phase_key, gate, artifact_sha256, requested_at)
    SELECT _run_id, q.id, q."phaseKey", q.gate, q."artifactSha256", q."requestedAt"
    FROM jsonb_to_record(_change->'request') AS q (id text, "phaseKey" text, gate text, "artifactSha256" text, "requestedAt" timestamptz)
    ON CONFLICT DO NOTHING;
  END IF;

  IF _resolution IS NOT NULL THEN
    UPDATE approval_requests SET state = _resolution->>'state', resolved_at = (_resolution->>'resolvedAt')::timestamptz
    WHERE run_id = _run_id AND id = _resolution->>'id';
  END IF;

  IF _change ? 'decision' THEN
    INSERT INTO approval_decisions (run_id, id, request_id, action, claimed_by, comment, via, artifact_sha256, decided_at)
    SELECT _run_id, d.id, d."requestId", d.action, d."claimedBy", d.comment, d.via, d."artifactSha256", d."decidedAt"
    FROM jsonb_to_record(_change->'decision')
      AS d (id text, "requestId" text, action text, "claimedBy" text, comment text, via text, "artifactSha256" text, "decidedAt" timestamptz)
    ON CONFLICT DO NOTHING;
  END IF;

  -- a phase that begins (again) leaves what was asked in it before without an answer, a run's end all that is open
  IF _superseded IS NOT NULL THEN
    UPDATE approval_requests SET state = 'superseded', resolved_at = (_superseded->>'at')::timestamptz
    WHERE run_id = _run_id AND state = 'pending'
      AND (_superseded->>'phaseKey' IS NULL OR (phase_key = _superseded->>'phaseKey' AND requested_at < (_superseded->>'at')::timestamptz));
  END IF;
END $$;

-- Adds those events that are new, numbers them behind the run's last one, and writes what each changes. Makes the run's row
-- where it is not there yet.
--
-- Gives how many were new (`appended`), and the places (from 0) of those whose key was used before for something else
-- (`conflicts`), of which nothing is written. Gives only `behind`, the number of the run's last event, when an event with a
-- higher number is there: nothing is written then.
CREATE FUNCTION public.append_run_events(_run_id uuid, _workflow_id text, _execution_run_id uuid, _events jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  _first int;
  _last int;
  _place int := -1;
  _event jsonb;
  _known record;
  _conflicts int[] := '{}';
BEGIN
  -- as strong as the lock of an UPDATE: whoever only refers to the row need not wait
  SELECT event_seq INTO _first FROM runs WHERE id = _run_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO runs (id, workflow_id, execution_run_id) VALUES (_run_id, _workflow_id, _execution_run_id) ON CONFLICT DO NOTHING;
    SELECT event_seq INTO _first FROM runs WHERE id = _run_id FOR NO KEY UPDATE;
  END IF;
  IF EXISTS (SELECT FROM run_events WHERE run_id = _run_id AND seq > _first) THEN
    RETURN jsonb_build_object('behind', _first);
  END IF;
  _last := _first;
  FOR _event IN SELECT e FROM jsonb_array_elements(_events) WITH ORDINALITY AS given (e, n) ORDER BY n LOOP
    _place := _place + 1;
    -- not left to a unique key: a team may partition the table (docs/scaling.md)
    SELECT e.type, e.phase_key, e.payload INTO _known FROM run_events e
    WHERE e.run_id = _run_id AND e.idempotency_key = _event->>'idempotencyKey' LIMIT 1;
    IF FOUND THEN
      IF (_known.type, _known.phase_key, _known.payload) IS DISTINCT FROM (_event->>'type', _event->>'phaseKey', _event->'payload') THEN
        _conflicts := _conflicts || _place;
      END IF;
      CONTINUE;
    END IF;
    _last := _last + 1;
    INSERT INTO run_events (run_id, seq, type, phase_key, payload, idempotency_key, ts)
    VALUES (_run_id, _last, _event->>'type', _event->>'phaseKey', _event->'payload', _event->>'idempotencyKey', (_event->>'ts')::timestamptz);
    PERFORM apply_event(_run_id, _event->'change');
  END LOOP;
  IF _last > _first THEN
    UPDATE runs SET event_seq = _last, execution_run_id = _execution_run_id, updated_at = now() WHERE id = _run_id;
  END IF;
  RETURN jsonb_build_object('appended', _last - _first, 'conflicts', _conflicts);
END $$;
