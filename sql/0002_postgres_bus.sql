-- The bus of an installation without a broker (core/bus/PostgresEventBus). Offsets are drawn from the partition's row, whose lock is
-- held until the publisher commits, so offsets become visible in order.

CREATE TABLE bus_partitions (
  topic       text NOT NULL,
  partition   integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- A ledger event is carried by reference, for its ciphertext stands in the log of this same database; anything else by value.
CREATE TABLE bus_messages (
  topic        text NOT NULL,
  partition    integer NOT NULL,
  "offset"     bigint NOT NULL,
  position     bigint,
  previous     bigint,
  event        jsonb,
  data         bytea,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, "offset"),
  CHECK ((position IS NULL) <> (event IS NULL))
);
CREATE INDEX bus_messages_age ON bus_messages USING brin (published_at);

CREATE TABLE bus_groups (
  "group"     text NOT NULL,
  topic       text NOT NULL,
  partition   integer NOT NULL,
  next_offset bigint NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("group", topic, partition)
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE, DELETE ON bus_partitions, bus_messages, bus_groups TO finance_projector;
GRANT SELECT ON bus_partitions, bus_groups TO finance_api;
