/**
 * ReadModels: the tables that are compared with the log, as queries that give one person after the other. Each names the columns as
 * `PersonFold` does, and a row's key within its person.
 */
export interface ReadModel {
  readonly name: string
  /** `owner_id`, `key` and the columns to compare; ordered by owner when it is read. */
  readonly query: string
}

const model = (name: string, key: string, columns: string, from: string = name): ReadModel => ({
  name,
  query: `SELECT owner_id, ${key} AS key, ${columns} FROM ${from}`
})

export const readModels: ReadonlyArray<ReadModel> = [
  model(
    "account_projections",
    "id::text",
    `name, bank_name, account_type, currency, opening_balance, opened_on, current_balance, transaction_count, last_synced_at, created_at,
     closed_at, version`
  ),
  model(
    "transactions",
    "id::text",
    `account_id, amount, currency, description, merchant_name, category, category_source, category_confidence, category_explanation,
     alternatives, needs_review, transfer_id, occurred_at, booking_date, created_at, source, import_id, notes, tags, deleted, version`
  ),
  model(
    "transaction_events",
    "concat_ws('/', transaction_id, version, entry)",
    "account_id, position, type, booked_on, balance_change, recorded_at"
  ),
  model(
    "daily_aggregates",
    "concat_ws('/', day, category, currency, merchant_name)",
    "total_amount, spent_amount, transaction_count"
  ),
  model(
    "budget_alerts",
    "id::text",
    "category, month, currency, budget_amount, carried_amount, current_spent, threshold_percentage, raised_at"
  ),
  model(
    "anomalies",
    "id::text",
    "transaction_id, anomaly_type, anomaly_score, explanation, evidence, late, status, detected_at, position"
  ),
  model("user_consents", "consent_type", "granted, policy_version, changed_at"),
  model("budgets", "concat_ws('/', category, to_char(month, 'YYYY-MM'), one_month::text)", "amount, currency, rollover"),
  model("budget_settings", "''", "periods"),
  model(
    "budget_days",
    "concat_ws('/', category, currency, month + day::integer - 1)",
    "spent",
    `(SELECT d.owner_id, d.category, d.currency, d.month, s.day, s.spent
      FROM budget_days d, unnest(d.spent) WITH ORDINALITY AS s (spent, day) WHERE s.spent <> 0) AS days`
  ),
  model("budget_status", "concat_ws('/', category, to_char(month, 'YYYY-MM'), currency)", "thresholds_reached")
]
