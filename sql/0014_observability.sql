-- What is needed to say how far behind a program is, and to follow one request through the log to the screen.

-- How many events of each partition a sink has been told of, at every 256th position: so that how many wait for a program is a
-- subtraction, however long the log is. The events of one mark are counted one by one (core/src/read-models/ProcessorLag).
CREATE TABLE outbox_marks (
  sink              text NOT NULL,
  partition         integer NOT NULL,
  number            bigint NOT NULL,
  events            integer NOT NULL,
  told              bigint NOT NULL,
  first_position    bigint NOT NULL,
  last_position     bigint NOT NULL,
  first_recorded_at timestamptz NOT NULL,
  PRIMARY KEY (sink, partition, number)
) WITH (fillfactor = 50);
COMMENT ON COLUMN outbox_marks.number IS 'position / 256, of the events that the mark counts';
COMMENT ON COLUMN outbox_marks.told IS 'events of the partition in this mark and all before it; of what was told before the table was made none is counted';
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_marks TO finance_projector;
GRANT SELECT ON outbox_marks TO finance_api;

-- The request that an import came of, for what the import appends.
ALTER TABLE imports ADD COLUMN correlation_id text, ADD COLUMN traceparent text;

-- The trace that a change is part of, while there is a collector of traces: who tells of the change goes on with it.
ALTER TABLE changes ADD COLUMN traceparent text;
