-- The event log. Payloads are ciphertext (core/event-store/Vault), so neither table needs row-level security, and neither has it:
-- TimescaleDB refuses to compress a table that does.

CREATE SEQUENCE events_position CACHE 1;

CREATE TABLE events (
  position       bigint PRIMARY KEY DEFAULT nextval('events_position'),
  stream_id      uuid NOT NULL,
  stream_type    text NOT NULL,
  version        bigint NOT NULL,
  event_id       uuid NOT NULL,
  type           text NOT NULL,
  schema_version smallint NOT NULL,
  owner_id       uuid,
  payload        bytea,
  payload_hash   bytea NOT NULL,
  metadata       jsonb NOT NULL DEFAULT '{}',
  occurred_at    timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT events_stream_version UNIQUE (stream_id, version)
);
ALTER SEQUENCE events_position OWNED BY events.position;
COMMENT ON COLUMN events.payload IS 'ciphertext; removed after an erasure, and its hash stays';

-- The current version of a stream, changed by compare-and-swap: this is what keeps versions unique and without gaps.
CREATE TABLE streams (
  stream_id   uuid PRIMARY KEY,
  stream_type text NOT NULL,
  owner_id    uuid,
  version     bigint NOT NULL
) WITH (fillfactor = 80);

-- The answer given to a command, so that the same command sent again is answered again and not carried out again.
CREATE TABLE commands (
  command_id  text PRIMARY KEY,
  owner_id    uuid,
  body_hash   bytea NOT NULL,
  status      smallint,
  result      bytea,
  recorded_at timestamptz NOT NULL DEFAULT now()
);

-- One random key per person, wrapped by the master key of that version. No key, no plaintext: erasure deletes the wrapped key.
CREATE TABLE data_keys (
  owner_id           uuid PRIMARY KEY,
  wrapped_key        bytea,
  master_key_version smallint NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  erased_at          timestamptz
);

-- How far each sink (a bus) has been told of the log, and the last position told in each partition.
CREATE TABLE outbox_checkpoints (
  sink       text PRIMARY KEY,
  position   bigint NOT NULL DEFAULT 0,
  partitions bigint[] NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE outbox_batches (
  sink           text NOT NULL,
  from_position  bigint NOT NULL,
  to_position    bigint NOT NULL,
  published_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sink, to_position)
);

-- The log is the outbox: this view says of every event when each sink was told of it, and null when it has not been yet.
CREATE VIEW outbox WITH (security_invoker = true) AS
SELECT e.position, e.stream_type AS aggregate_type, e.stream_id AS aggregate_id, e.type AS event_type, e.recorded_at AS created_at,
       c.sink, b.published_at
FROM events e
CROSS JOIN outbox_checkpoints c
LEFT JOIN LATERAL (
  SELECT published_at FROM outbox_batches b
  WHERE b.sink = c.sink AND b.to_position >= e.position AND b.from_position <= e.position
  ORDER BY b.to_position LIMIT 1
) b ON e.position <= c.position;

-- How far each partition of each processor has come, moved in the transaction of its effect.
CREATE TABLE checkpoints (
  processor  text NOT NULL,
  partition  integer NOT NULL,
  position   bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (processor, partition)
) WITH (fillfactor = 50);

-- What each processor is doing, as its processes last said.
CREATE TABLE processors (
  name       text PRIMARY KEY,
  version    integer NOT NULL,
  state      text NOT NULL,
  handled    bigint NOT NULL DEFAULT 0,
  throughput double precision NOT NULL DEFAULT 0,
  last_error text,
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

GRANT SELECT, INSERT ON events TO finance_api, finance_projector;
GRANT UPDATE ON events TO finance_projector;
GRANT SELECT, INSERT, UPDATE ON streams, data_keys TO finance_api, finance_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON commands TO finance_api, finance_projector;
GRANT USAGE, SELECT ON SEQUENCE events_position TO finance_api, finance_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_checkpoints, outbox_batches, checkpoints, processors TO finance_projector;
GRANT SELECT ON outbox_checkpoints, checkpoints, processors, outbox TO finance_api;
GRANT SELECT ON outbox TO finance_projector;
