-- The event log as a hypertable of TimescaleDB, compressed where it is old. Not numbered, and run again at every start: the extension may
-- be installed long after the migrations ran (core/database/TimescaleDB says when this is run, docs/adr/0008 why it is as it is).

-- The position up to which everything in the log is older than a week. Times rise with positions but for the length of a transaction,
-- so it is found by halving. It is the log's "now" (TimescaleDB: integer_now_func) to the job that compresses it, which asks twice a day and
-- has no search_path of its own.
CREATE OR REPLACE FUNCTION events_settled() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $settled$
DECLARE
  settled bigint := 0;
  recent  bigint := (SELECT last_value + 1 FROM events_position);
  middle  bigint;
BEGIN
  WHILE recent - settled > 1 LOOP
    middle := (settled + recent) / 2;
    IF (SELECT recorded_at < now() - interval '7 days' FROM events WHERE position >= middle ORDER BY position LIMIT 1) THEN
      settled := middle;
    ELSE
      recent := middle;
    END IF;
  END LOOP;
  RETURN settled;
END $settled$;

DO $convert$
BEGIN
  IF EXISTS (SELECT FROM timescaledb_information.hypertables
             WHERE format('%I.%I', hypertable_schema, hypertable_name)::regclass = 'events'::regclass) THEN
    RETURN;
  END IF;

  -- A unique key of a hypertable must hold the column that divides it. PRIMARY KEY (position) does; versions are unique by `streams`.
  ALTER TABLE events DROP CONSTRAINT events_stream_version;
  CREATE INDEX events_stream_version ON events (stream_id, version);
  PERFORM create_hypertable('events', by_range('position', 1000000::bigint), create_default_indexes => false, migrate_data => true);

  ALTER TABLE events SET (timescaledb.enable_columnstore, timescaledb.segmentby = '', timescaledb.orderby = 'position');
  PERFORM set_integer_now_func('events', 'events_settled');
  CALL add_columnstore_policy('events', after => 0::bigint);
END $convert$;
