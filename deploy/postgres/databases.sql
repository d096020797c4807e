-- Databases and their owners, one of each for Temporal and for phasegate. Run by psql as superuser at every start:
-- what is there stays, a changed password is set.
\set ON_ERROR_STOP on
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv phasegate_password PHASEGATE_DB_PASSWORD
-- passwords must not appear in the server's log
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

SELECT format('CREATE ROLE %I LOGIN', name)
FROM (VALUES ('temporal'), ('phasegate')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE phasegate PASSWORD :'phasegate_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('phasegate', 'phasegate')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

-- else every role could look into every database
REVOKE ALL ON DATABASE temporal, temporal_visibility, phasegate FROM PUBLIC;
