-- What comes back. `recurring` is shown; `recurring_lines` is what the program that keeps it remembers. Both are rebuilt at will.

CREATE TABLE recurring (
  id                  uuid PRIMARY KEY,
  owner_id            uuid NOT NULL,
  merchant_key        text COLLATE "C" NOT NULL,
  currency            text NOT NULL,
  incoming            boolean NOT NULL,
  merchant_name       text,
  to_account_id       uuid,
  category            text NOT NULL,
  account_id          uuid NOT NULL,
  cadence             text NOT NULL,
  varies              boolean NOT NULL,
  expected_amount     bigint NOT NULL,
  last_amount         bigint NOT NULL,
  last_on             date NOT NULL,
  next_on             date NOT NULL,
  tolerance_days      integer NOT NULL,
  last_transaction_id uuid NOT NULL,
  payments            integer NOT NULL
) WITH (fillfactor = 70);
COMMENT ON COLUMN recurring.to_account_id IS 'where the person''s own money goes, for a standing move between their accounts';
CREATE INDEX recurring_merchant ON recurring (owner_id, merchant_key);

CREATE TABLE recurring_lines (
  transaction_id uuid PRIMARY KEY,
  owner_id       uuid NOT NULL,
  account_id     uuid NOT NULL,
  import_id      uuid,
  amount         bigint NOT NULL,
  currency       text NOT NULL,
  day            date NOT NULL,
  description    text NOT NULL,
  merchant_name  text,
  category       text NOT NULL,
  merchant_key   text COLLATE "C" NOT NULL,
  to_account_id  uuid,
  counts         boolean NOT NULL
) WITH (fillfactor = 90);
COMMENT ON COLUMN recurring_lines.merchant_key IS 'what a payment is grouped by: the merchant, or what the bank''s text has in its place; empty where nobody is named';
COMMENT ON COLUMN recurring_lines.counts IS 'not deleted, and no incoming half of a move between own accounts';
CREATE INDEX recurring_lines_merchant ON recurring_lines (owner_id, merchant_key, day);
-- The lines of an import lie side by side: an index of pages finds them, and costs next to nothing to keep.
CREATE INDEX recurring_lines_import ON recurring_lines USING brin (import_id) WITH (pages_per_range = 16);

-- Imports that are complete: their lines are seen.
CREATE TABLE recurring_imports (
  import_id uuid PRIMARY KEY,
  owner_id  uuid NOT NULL
);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['recurring', 'recurring_lines', 'recurring_imports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
