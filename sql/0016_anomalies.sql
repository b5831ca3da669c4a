-- Anomalies. What was found and is shown (`anomalies`, a read model), and what the program that finds it remembers (`anomaly_…`).

CREATE TABLE anomalies (
  id             uuid PRIMARY KEY,
  owner_id       uuid NOT NULL,
  transaction_id uuid NOT NULL,
  anomaly_type   text NOT NULL,
  anomaly_score  double precision NOT NULL,
  explanation    jsonb NOT NULL,
  evidence       uuid[] NOT NULL,
  late           boolean NOT NULL,
  status         text NOT NULL,
  detected_at    timestamptz NOT NULL,
  position       bigint NOT NULL
);
COMMENT ON COLUMN anomalies.position IS 'of the event that told of it: many are told of in one moment, in the order of their days';
CREATE INDEX anomalies_newest ON anomalies (owner_id, position DESC);
CREATE INDEX anomalies_transaction ON anomalies (transaction_id);

-- Money out, line by line, as the detectors see it.
CREATE TABLE anomaly_lines (
  transaction_id uuid PRIMARY KEY,
  owner_id       uuid NOT NULL,
  import_id      uuid,
  day            integer NOT NULL,
  spent          bigint NOT NULL,
  currency       text NOT NULL,
  merchant       text COLLATE "C" NOT NULL,
  category       text NOT NULL,
  by_hand        boolean NOT NULL,
  deleted        boolean NOT NULL,
  description    text NOT NULL
) WITH (fillfactor = 90);
COMMENT ON COLUMN anomaly_lines.day IS 'days since 1970-01-01';
COMMENT ON COLUMN anomaly_lines.merchant IS 'its name, or what the bank''s text has in its place; the empty text where nobody is named';
CREATE INDEX anomaly_lines_merchant ON anomaly_lines (owner_id, merchant, day);
-- The lines of an import lie side by side: an index of pages finds them, and costs next to nothing to keep.
CREATE INDEX anomaly_lines_import ON anomaly_lines USING brin (import_id) WITH (pages_per_range = 16);

-- Imports that are complete: their lines have been looked at.
CREATE TABLE anomaly_imports (
  import_id uuid PRIMARY KEY,
  owner_id  uuid NOT NULL
);

-- How many lines of which size, by category: what a person usually pays at once.
CREATE TABLE anomaly_habits (
  owner_id  uuid NOT NULL,
  currency  text NOT NULL,
  category  text NOT NULL,
  size      integer NOT NULL,
  lines     bigint NOT NULL,
  first_day integer NOT NULL,
  PRIMARY KEY (owner_id, currency, category, size)
) WITH (fillfactor = 70);
COMMENT ON COLUMN anomaly_habits.size IS 'the logarithm of the amount, in steps of ten per cent';

CREATE TABLE anomaly_findings (
  transaction_id uuid NOT NULL,
  anomaly_type   text NOT NULL,
  owner_id       uuid NOT NULL,
  status         text NOT NULL,
  version        integer NOT NULL,
  scope          text NOT NULL,
  size           bigint NOT NULL,
  PRIMARY KEY (transaction_id, anomaly_type)
);
CREATE INDEX anomaly_findings_owner ON anomaly_findings (owner_id);

-- What a person's dismissals have taught.
CREATE TABLE anomaly_lessons (
  owner_id     uuid NOT NULL,
  anomaly_type text NOT NULL,
  scope        text NOT NULL,
  times        integer NOT NULL,
  size         bigint NOT NULL,
  PRIMARY KEY (owner_id, anomaly_type, scope)
);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['anomalies', 'anomaly_lines', 'anomaly_imports', 'anomaly_habits', 'anomaly_findings', 'anomaly_lessons'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
