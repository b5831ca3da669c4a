-- Moves between a person's own accounts. `transfer_id` is the same on both legs; `transfer_lines` is what the program that links them
-- remembers: lines whose text does not speak against it.

ALTER TABLE transactions ADD COLUMN transfer_id uuid;

CREATE TABLE transfer_lines (
  transaction_id  uuid PRIMARY KEY,
  owner_id        uuid NOT NULL,
  account_id      uuid NOT NULL,
  import_id       uuid,
  amount          bigint NOT NULL,
  currency        text NOT NULL,
  day             date NOT NULL,
  description     text NOT NULL,
  merchant_name   text,
  category        text NOT NULL,
  category_source text NOT NULL,
  numbers         text[] NOT NULL,
  apart_from      uuid[] NOT NULL,
  counterpart_id  uuid,
  deleted         boolean NOT NULL,
  version         integer NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN transfer_lines.numbers IS 'account numbers and KIDs that the line holds';
COMMENT ON COLUMN transfer_lines.apart_from IS 'transactions that the person has parted it from';
CREATE INDEX transfer_lines_open ON transfer_lines (owner_id, day) WHERE counterpart_id IS NULL AND NOT deleted;
CREATE INDEX transfer_lines_counterpart ON transfer_lines (counterpart_id) WHERE counterpart_id IS NOT NULL;

-- Each person's accounts: a text that names one says where the money went.
CREATE TABLE transfer_accounts (
  account_id   uuid PRIMARY KEY,
  owner_id     uuid NOT NULL,
  name         text NOT NULL,
  account_type text NOT NULL
);
CREATE INDEX transfer_accounts_owner ON transfer_accounts (owner_id);

-- Imports that are complete: their lines are seen.
CREATE TABLE transfer_imports (
  import_id uuid PRIMARY KEY,
  owner_id  uuid NOT NULL
);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['transfer_lines', 'transfer_accounts', 'transfer_imports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
