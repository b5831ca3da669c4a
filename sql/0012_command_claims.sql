-- Which process carries a command out. When that process is gone, who sends the command again need not wait.
ALTER TABLE commands ADD COLUMN claimed_by bigint;
COMMENT ON COLUMN commands.claimed_by IS 'the advisory lock that the process holds for as long as it lives (core/database/Presence)';

CREATE FUNCTION is_present(process bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32) + objid::bigint = process
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
