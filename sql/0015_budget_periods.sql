-- Budgets whose months begin on any day, and roll over.

-- A budget may be of one month alone, beside what holds from that month on.
ALTER TABLE budgets
  ADD COLUMN rollover text NOT NULL DEFAULT 'none',
  ADD COLUMN one_month boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT budgets_pkey,
  ADD PRIMARY KEY (owner_id, category, month, one_month);
ALTER TABLE budgets ALTER COLUMN rollover DROP DEFAULT, ALTER COLUMN one_month DROP DEFAULT;

-- How a person's time is cut into months (core/budgets/Periods).
CREATE TABLE budget_settings (
  owner_id uuid PRIMARY KEY,
  periods  jsonb NOT NULL
);

-- What was spent in each category on each day, a calendar month a row: a period is summed up from it, wherever it begins.
CREATE TABLE budget_days (
  owner_id uuid NOT NULL,
  category text NOT NULL,
  month    date NOT NULL,
  currency text NOT NULL,
  spent    bigint[] NOT NULL CHECK (cardinality(spent) = 31),
  PRIMARY KEY (owner_id, category, month, currency)
) WITH (fillfactor = 70);
COMMENT ON COLUMN budget_days.spent IS 'of the 1st, the 2nd … the 31st; money that came back is taken off';

-- The sums of calendar months are known to the øre up to the checkpoint of `budgets`. Their days are told by the transactions, which may
-- be some events further or less far: what differs goes to the first day, so that the sums stay what they were.
ALTER TABLE transactions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE budget_status NO FORCE ROW LEVEL SECURITY;

WITH days AS (
  SELECT owner_id, category, currency, date_trunc('month', booking_date)::date AS month, extract(day FROM booking_date)::integer AS day,
         -sum(amount) AS spent
  FROM transactions WHERE NOT deleted GROUP BY 1, 2, 3, 4, 5
), spread AS (
  SELECT owner_id, category, month, currency, day,
         coalesce(d.spent, 0) + CASE WHEN day > 1 THEN 0 ELSE s.spent - coalesce(sum(d.spent) OVER whole, 0) END AS spent
  FROM budget_status s CROSS JOIN generate_series(1, 31) AS n (day) LEFT JOIN days d USING (owner_id, category, month, currency, day)
  WINDOW whole AS (PARTITION BY owner_id, category, month, currency)
)
INSERT INTO budget_days (owner_id, category, month, currency, spent)
SELECT owner_id, category, month, currency, array_agg(spent::bigint ORDER BY day) FROM spread GROUP BY owner_id, category, month, currency;

-- What is left of the status is what has been told, by the period's name.
DELETE FROM budget_status WHERE thresholds_reached = '{}';
ALTER TABLE budget_status DROP COLUMN spent, ALTER COLUMN thresholds_reached DROP DEFAULT;

ALTER TABLE transactions FORCE ROW LEVEL SECURITY;
ALTER TABLE budget_status FORCE ROW LEVEL SECURITY;

ALTER TABLE budget_alerts ADD COLUMN carried_amount bigint NOT NULL DEFAULT 0;
ALTER TABLE budget_alerts ALTER COLUMN carried_amount DROP DEFAULT;

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['budget_settings', 'budget_days'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I FOR SELECT TO finance_api USING (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT ON %I TO finance_api', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %I TO finance_projector', model);
  END LOOP;
END $$;
