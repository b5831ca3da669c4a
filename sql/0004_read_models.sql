-- Read models: plaintext, one person's rows visible to one person (row-level security), deleted and rebuilt from the log at will.
-- `app.user_id` is set for the length of a transaction. Unset, it matches nobody.

CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

CREATE TABLE account_projections (
  id                uuid PRIMARY KEY,
  owner_id          uuid NOT NULL,
  name              text NOT NULL,
  bank_name         text NOT NULL,
  account_type      text NOT NULL,
  currency          text NOT NULL,
  opening_balance   bigint NOT NULL,
  opened_on         date,
  current_balance   bigint NOT NULL,
  transaction_count bigint NOT NULL DEFAULT 0,
  last_synced_at    timestamptz,
  created_at        timestamptz NOT NULL,
  closed_at         timestamptz,
  version           bigint NOT NULL
);
CREATE INDEX account_projections_owner ON account_projections (owner_id, created_at);

CREATE TABLE transactions (
  id                   uuid PRIMARY KEY,
  owner_id             uuid NOT NULL,
  account_id           uuid NOT NULL,
  amount               bigint NOT NULL,
  currency             text NOT NULL,
  description          text NOT NULL,
  merchant_name        text,
  category             text NOT NULL,
  category_confidence  real NOT NULL,
  category_source      text NOT NULL,
  category_explanation jsonb NOT NULL,
  alternatives         jsonb NOT NULL DEFAULT '[]',
  needs_review         boolean NOT NULL,
  occurred_at          timestamptz NOT NULL,
  booking_date         date NOT NULL,
  created_at           timestamptz NOT NULL,
  source               text NOT NULL,
  import_id            uuid,
  notes                text,
  tags                 text[] NOT NULL DEFAULT '{}',
  deleted              boolean NOT NULL DEFAULT false,
  version              bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE transactions IS 'half of each page is left free: nearly every row is written again, on the same page, when it is categorised';
CREATE INDEX transactions_newest ON transactions (owner_id, occurred_at DESC, id DESC) WHERE NOT deleted;
CREATE INDEX transactions_account ON transactions (owner_id, account_id, occurred_at DESC, id DESC) WHERE NOT deleted;

-- Every event of a transaction: what it did to the account's balance, on which day of the books, known since when. Moving a
-- transaction to another day is two entries, like in any ledger.
CREATE TABLE transaction_events (
  owner_id       uuid NOT NULL,
  account_id     uuid NOT NULL,
  transaction_id uuid NOT NULL,
  version        bigint NOT NULL,
  entry          integer NOT NULL,
  position       bigint NOT NULL,
  type           text NOT NULL,
  booked_on      date NOT NULL,
  balance_change bigint NOT NULL,
  recorded_at    timestamptz NOT NULL,
  PRIMARY KEY (transaction_id, version, entry)
);
CREATE INDEX transaction_events_books ON transaction_events (owner_id, account_id, booked_on) INCLUDE (balance_change, recorded_at)
  WHERE balance_change <> 0;

CREATE TABLE daily_aggregates (
  owner_id          uuid NOT NULL,
  day               date NOT NULL,
  category          text NOT NULL,
  merchant_name     text NOT NULL,
  currency          text NOT NULL,
  total_amount      bigint NOT NULL,
  spent_amount      bigint NOT NULL,
  transaction_count bigint NOT NULL,
  avg_amount        numeric GENERATED ALWAYS AS (CASE WHEN transaction_count = 0 THEN 0 ELSE total_amount::numeric / transaction_count END) STORED,
  PRIMARY KEY (owner_id, day, category, merchant_name, currency)
) WITH (fillfactor = 70);
COMMENT ON COLUMN daily_aggregates.merchant_name IS 'the empty text where no merchant is known';
COMMENT ON COLUMN daily_aggregates.spent_amount IS 'money out, as a positive number';

CREATE VIEW monthly_aggregates WITH (security_invoker = true) AS
SELECT owner_id, date_trunc('month', day)::date AS month, category, merchant_name, currency, sum(total_amount)::bigint AS total_amount,
       sum(spent_amount)::bigint AS spent_amount, sum(transaction_count)::bigint AS transaction_count
FROM daily_aggregates
GROUP BY owner_id, date_trunc('month', day), category, merchant_name, currency;

CREATE VIEW category_totals WITH (security_invoker = true) AS
SELECT owner_id, date_trunc('month', day)::date AS month, category, currency, sum(total_amount)::bigint AS total_amount,
       sum(spent_amount)::bigint AS spent_amount, sum(transaction_count)::bigint AS transaction_count
FROM daily_aggregates
GROUP BY owner_id, date_trunc('month', day), category, currency;

-- What a person has taught: the category they chose for lines like this (HMAC of the line's correction key).
CREATE TABLE corrections (
  owner_id       uuid NOT NULL,
  correction_key text NOT NULL,
  category       text NOT NULL,
  merchant_name  text,
  corrected_at   timestamptz NOT NULL,
  PRIMARY KEY (owner_id, correction_key)
);

-- Budgets as set, each from its month on; a null amount ends it from that month.
CREATE TABLE budgets (
  owner_id  uuid NOT NULL,
  category  text NOT NULL,
  month     date NOT NULL,
  amount    bigint,
  currency  text NOT NULL,
  PRIMARY KEY (owner_id, category, month)
);

-- What was spent in each category in each month, and which of its budget's thresholds have been told of: each once a month.
CREATE TABLE budget_status (
  owner_id           uuid NOT NULL,
  category           text NOT NULL,
  month              date NOT NULL,
  currency           text NOT NULL,
  spent              bigint NOT NULL,
  thresholds_reached integer[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (owner_id, category, month, currency)
) WITH (fillfactor = 70);

CREATE TABLE budget_alerts (
  id                   uuid PRIMARY KEY,
  owner_id             uuid NOT NULL,
  category             text NOT NULL,
  month                date NOT NULL,
  currency             text NOT NULL,
  budget_amount        bigint NOT NULL,
  current_spent        bigint NOT NULL,
  threshold_percentage integer NOT NULL,
  raised_at            timestamptz NOT NULL
);
CREATE INDEX budget_alerts_owner ON budget_alerts (owner_id, raised_at DESC);

CREATE TABLE user_consents (
  owner_id       uuid NOT NULL,
  consent_type   text NOT NULL,
  granted        boolean NOT NULL,
  policy_version text NOT NULL,
  changed_at     timestamptz NOT NULL,
  PRIMARY KEY (owner_id, consent_type)
);

-- What has changed for a person, in the order it became visible. `seq` counts per person without gaps: the row in change_heads is
-- locked from the draw to the commit.
CREATE TABLE change_heads (
  owner_id uuid PRIMARY KEY,
  seq      bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE changes (
  owner_id    uuid NOT NULL,
  seq         bigint NOT NULL,
  kind        text NOT NULL,
  subject     jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (owner_id, seq)
);
COMMENT ON COLUMN changes.subject IS 'ids only: what is shown is read from the read models when it is sent';

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['account_projections', 'transactions', 'transaction_events', 'daily_aggregates', 'corrections', 'budgets',
                               'budget_status', 'budget_alerts', 'user_consents', 'change_heads', 'changes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
GRANT SELECT ON monthly_aggregates, category_totals TO finance_api, finance_projector;
