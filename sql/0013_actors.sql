-- Each partition of each processor is an actor (processors/src/Processor). What an operator wants of the processors, what their actors
-- say of themselves, and the events that they have set aside. No table here holds anything of an event's payload, in no form: an event
-- is named by its position and its ids, an error by its name and where it arose. So none needs row-level security.

-- A processor that has never started is unknown here, and no command can be given to it.
ALTER TABLE processors ADD COLUMN rebuildable boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN processors.rebuildable IS 'whether it has tables that can be filled anew from the log';

-- What is wanted of a processor, until something else is. Every instance obeys within a second; no row means that it runs.
CREATE TABLE processor_control (
  processor  text PRIMARY KEY,
  paused     boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT now()
);

-- Rebuilds as they were asked for, and how far each has come. One of a processor is open at a time.
CREATE TABLE processor_rebuilds (
  id           uuid PRIMARY KEY,
  processor    text NOT NULL,
  state        text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'running', 'completed', 'failed')),
  done         bigint NOT NULL DEFAULT 0,
  total        bigint,
  error        text,
  requested_at timestamptz NOT NULL DEFAULT now(),
  started_at   timestamptz,
  heard_at     timestamptz,
  finished_at  timestamptz
);
CREATE UNIQUE INDEX processor_rebuilds_open ON processor_rebuilds (processor) WHERE state IN ('requested', 'running');
CREATE INDEX processor_rebuilds_latest ON processor_rebuilds (processor, requested_at DESC);
COMMENT ON COLUMN processor_rebuilds.done IS 'positions of the log that it has passed, of `total` up to the end of the log';
COMMENT ON COLUMN processor_rebuilds.heard_at IS 'when its process last said how far it is: one that was killed leaves it running, and another begins anew';

-- What each actor last said, every two seconds. An instance is a process with its programs; one that ended in order takes its rows along,
-- one that was killed leaves them, and they go after a day. One partition has one actor, but for the moment when it moves.
CREATE TABLE processor_actors (
  processor  text NOT NULL,
  partition  integer NOT NULL,
  instance   uuid NOT NULL,
  host       text NOT NULL,
  state      text NOT NULL CHECK (state IN ('starting', 'running', 'caught-up', 'paused', 'rebuilding', 'failed')),
  handled    bigint NOT NULL DEFAULT 0,
  throughput double precision NOT NULL DEFAULT 0,
  restarts   bigint NOT NULL DEFAULT 0,
  last_error text,
  heard_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (processor, partition, instance)
) WITH (fillfactor = 50);
COMMENT ON COLUMN processor_actors.host IS 'host name and process id, for the operator to find it';
COMMENT ON COLUMN processor_actors.handled IS 'events since the instance took the partition';
COMMENT ON COLUMN processor_actors.restarts IS 'batches that failed and were tried again since the instance took the partition';
COMMENT ON COLUMN processor_actors.last_error IS 'of the batch in hand; null once it is handled';

-- Events that a program could not handle, each with the later ones of its key, in the order of the log. They wait for a replay.
CREATE TABLE parked_events (
  processor           text NOT NULL,
  partition           integer NOT NULL,
  key                 uuid NOT NULL,
  position            bigint NOT NULL,
  event_id            uuid NOT NULL,
  stream_id           uuid NOT NULL,
  stream_type         text NOT NULL,
  type                text NOT NULL,
  owner_id            uuid,
  error               text,
  attempts            integer NOT NULL DEFAULT 0,
  parked_at           timestamptz NOT NULL DEFAULT now(),
  replay_requested_at timestamptz,
  PRIMARY KEY (processor, key, position)
);
CREATE INDEX parked_events_partition ON parked_events (processor, partition, position);
CREATE INDEX parked_events_owner ON parked_events (owner_id);
CREATE INDEX parked_events_replay ON parked_events (processor, partition) WHERE replay_requested_at IS NOT NULL;
COMMENT ON COLUMN parked_events.key IS 'the stream of the event, or its owner where the program keeps its state per person';
COMMENT ON COLUMN parked_events.error IS 'why it could not be handled; null for one that only waits behind another of its key';
COMMENT ON COLUMN parked_events.attempts IS 'how often handling it has failed; 0 for one that only waits behind another of its key';
COMMENT ON COLUMN parked_events.replay_requested_at IS 'set by an operator, cleared when the replay failed again; what was replayed is deleted';

-- Who is erased has nothing waiting.
CREATE FUNCTION forget_parked_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  DELETE FROM parked_events WHERE owner_id = NEW.owner_id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_parked_events AFTER INSERT OR UPDATE OF erased_at ON data_keys
  FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION forget_parked_events();

GRANT SELECT, INSERT, UPDATE, DELETE ON processor_control, processor_rebuilds, processor_actors, parked_events TO finance_projector;
GRANT SELECT ON processor_control, processor_rebuilds, processor_actors, parked_events TO finance_api;
GRANT INSERT, UPDATE ON processor_control TO finance_api;
GRANT INSERT ON processor_rebuilds TO finance_api;
GRANT UPDATE (replay_requested_at) ON parked_events TO finance_api;
