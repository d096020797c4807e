-- Deliveries: a run's branch at a remote, and its pull request. Their state is apart from the run's.

CREATE TABLE public.deliveries (
    run_id UUID NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'delivering',
    claimed_by TEXT,
    remote TEXT,
    branch TEXT,
    sha TEXT,
    provider TEXT,
    pull_request_number INTEGER,
    pull_request_url TEXT,
    checks TEXT,
    error_code TEXT,
    error_message TEXT,
    started_at TIMESTAMPTZ(3) NOT NULL,
    ended_at TIMESTAMPTZ(3),
    CONSTRAINT deliveries_pkey PRIMARY KEY (run_id, id)
);
CREATE INDEX deliveries_state_started_at_idx ON public.deliveries(state, started_at);
ALTER TABLE public.deliveries ADD CONSTRAINT deliveries_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id) ON DELETE CASCADE ON UPDATE CASCADE;

-- Writes what one event changes of a delivery. What the change does not name stays.
CREATE FUNCTION public.apply_delivery(_run_id uuid, _change jsonb) RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  INSERT INTO deliveries (run_id, id, started_at) VALUES (_run_id, _change->>'id', (_change->>'at')::timestamptz) ON CONFLICT DO NOTHING;
  UPDATE deliveries SET
    state = COALESCE(_change->>'state', state),
    claimed_by = COALESCE(_change->>'claimedBy', claimed_by),
    remote = COALESCE(_change->>'remote', remote),
    branch = COALESCE(_change->>'branch', branch),
    sha = COALESCE(_change->>'sha', sha),
    provider = COALESCE(_change->>'provider', provider),
    pull_request_number = COALESCE((_change->>'number')::int, pull_request_number),
    pull_request_url = COALESCE(_change->>'url', pull_request_url),
    checks = COALESCE(_change->>'checks', checks),
    error_code = COALESCE(_change->>'errorCode', error_code),
    error_message = COALESCE(_change->>'errorMessage', error_message),
    ended_at = CASE WHEN _change->>'state' IN ('delivered', 'failed') THEN (_change->>'at')::timestamptz ELSE ended_at END
  WHERE run_id = _run_id AND id = _change->>'id';
END $$;

-- Writes what one event changes in the tables that are made from events. What the change does not name stays.
CREATE OR REPLACE FUNCTION public.apply_event(_run_id uuid, _change jsonb) RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  _run jsonb := _change->'run';
  _end jsonb := _change->'end';
  _resolution jsonb := _change->'resolution';
  _superseded jsonb := _change->'superseded';
  _sent_back jsonb := _change->'sentBack';
BEGIN
  IF _change ? 'delivery' THEN
    PERFORM apply_delivery(_run_id, _change->'delivery');
  END IF;

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
    INSERT INTO run_phases (run_id, phase_key, state, started_at, ended_at, attempts, error_code, reason, round)
    SELECT _run_id, c."phaseKey", c.state, c."startedAt", c."endedAt", c.attempts, c."errorCode", c.reason, COALESCE(c.round, 1)
    FROM jsonb_to_record(_change->'phase')
      AS c ("phaseKey" text, state text, "startedAt" timestamptz, "endedAt" timestamptz, attempts int, "errorCode" text, reason text, round int)
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      state = EXCLUDED.state,
      started_at = COALESCE(EXCLUDED.started_at, run_phases.started_at),
      ended_at = EXCLUDED.ended_at,
      -- a phase that begins (again) has made none
      attempts = CASE WHEN EXCLUDED.started_at IS NULL THEN GREATEST(run_phases.attempts, EXCLUDED.attempts) ELSE EXCLUDED.attempts END,
      error_code = EXCLUDED.error_code,
      reason = EXCLUDED.reason,
      -- only an event with which a phase begins tells it
      round = COALESCE((_change->'phase'->>'round')::int, run_phases.round);
  END IF;

  -- work that was sent back is done again, by these phases; nobody needs to decide about what they left
  IF _sent_back IS NOT NULL THEN
    UPDATE run_phases SET state = 'pending', attempts = 0, started_at = NULL, ended_at = NULL, error_code = NULL, reason = NULL
    WHERE run_id = _run_id
      AND index >= (SELECT p.index FROM run_phases p WHERE p.run_id = _run_id AND p.phase_key = _sent_back->>'to')
      AND index <= (SELECT p.index FROM run_phases p WHERE p.run_id = _run_id AND p.phase_key = _sent_back->>'from');
    UPDATE approval_requests SET state = 'voided', resolved_at = (_sent_back->>'at')::timestamptz
    WHERE run_id = _run_id AND state = 'pending' AND phase_key IN (
      SELECT p.phase_key FROM run_phases p WHERE p.run_id = _run_id
        AND p.index >= (SELECT q.index FROM run_phases q WHERE q.run_id = _run_id AND q.phase_key = _sent_back->>'to')
        AND p.index <= (SELECT q.index FROM run_phases q WHERE q.run_id = _run_id AND q.phase_key = _sent_back->>'from'));
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
    INSERT INTO approval_requests (run_id, id, phase_key, gate, artifact_sha256, requested_at, round)
    SELECT _run_id, q.id, q."phaseKey", q.gate, q."artifactSha256", q."requestedAt", COALESCE(q.round, 1)
    FROM jsonb_to_record(_change->'request')
      AS q (id text, "phaseKey" text, gate text, "artifactSha256" text, "requestedAt" timestamptz, round int)
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
