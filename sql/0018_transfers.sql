-- Moves between a person's own accounts: what is linked is told by the transactions themselves, and these are what the program that finds
-- the other half remembers.

ALTER TABLE transactions ADD COLUMN transfer_id uuid;

CREATE TABLE transfer_accounts (
  account_id uuid PRIMARY KEY,
  owner_id   uuid NOT NULL,
  name       text NOT NULL,
  currency   text NOT NULL
);
CREATE INDEX transfer_accounts_owner ON transfer_accounts (owner_id);

-- Lines that can be a leg. What a card has bought is none, and is not here.
CREATE TABLE transfer_legs (
  transaction_id uuid PRIMARY KEY,
  owner_id       uuid NOT NULL,
  account_id     uuid NOT NULL,
  import_id      uuid,
  day            integer NOT NULL,
  amount         bigint NOT NULL,
  currency       text NOT NULL,
  description    text NOT NULL,
  category       text NOT NULL,
  merchant_name  text,
  deleted        boolean NOT NULL,
  counterpart_id uuid,
  apart          uuid[] NOT NULL
);
COMMENT ON COLUMN transfer_legs.day IS 'days since 1970-01-01';
COMMENT ON COLUMN transfer_legs.apart IS 'lines that its person has taken it apart from';
CREATE INDEX transfer_legs_open ON transfer_legs (owner_id, amount) WHERE counterpart_id IS NULL AND NOT deleted;
CREATE INDEX transfer_legs_days ON transfer_legs (owner_id, currency, day) WHERE counterpart_id IS NULL AND NOT deleted;
CREATE INDEX transfer_legs_import ON transfer_legs (import_id) WHERE import_id IS NOT NULL;

-- Imports that are complete: their lines have been looked at.
CREATE TABLE transfer_imports (
  import_id uuid PRIMARY KEY,
  owner_id  uuid NOT NULL
);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['transfer_accounts', 'transfer_legs', 'transfer_imports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
