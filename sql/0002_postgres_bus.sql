-- The bus of an installation without a broker (core/bus/PostgresEventBus). Offsets are drawn from the partition's row, whose lock is
-- held until the publisher commits, so offsets become visible in order.

CREATE TABLE bus_partitions (
  topic       text NOT NULL,
  partition   integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE bus_messages (
  topic        text NOT NULL,
  partition    integer NOT NULL,
  "offset"     bigint NOT NULL,
  id           text NOT NULL,
  key          text NOT NULL,
  attributes   jsonb NOT NULL,
  data         bytea,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, "offset"),
  CONSTRAINT bus_messages_id UNIQUE (topic, id)
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
