-- What these functions write lies in the schema public, whatever the role, the database or a pooler's connection has as its search_path.
ALTER FUNCTION apply_run_changes(uuid, int, jsonb) SET search_path = public;
ALTER FUNCTION append_run_events(uuid, jsonb, jsonb) SET search_path = public;
