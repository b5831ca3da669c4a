-- The rules a person has written for their own lines, in the order they are asked. Plain rows: a rule is replaced, and what it did
-- is told by the events of the transactions it spoke on.

CREATE TABLE personal_rules (
  id            uuid PRIMARY KEY,
  owner_id      uuid NOT NULL,
  name          text NOT NULL,
  text          text,
  merchant      text,
  min_amount    bigint,
  max_amount    bigint,
  category      text NOT NULL,
  merchant_name text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(text, merchant, min_amount, max_amount) > 0)
);
CREATE INDEX personal_rules_owner ON personal_rules (owner_id, created_at, id);

ALTER TABLE personal_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY person ON personal_rules TO finance_api USING (owner_id = app_user_id()) WITH CHECK (owner_id = app_user_id());
CREATE POLICY projector ON personal_rules TO finance_projector USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON personal_rules TO finance_api, finance_projector;
