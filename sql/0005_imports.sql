-- Imports: the job of taking a statement in. A request leaves the file here, encrypted, and the import program works through it.

CREATE TABLE imports (
  id             uuid PRIMARY KEY,
  owner_id       uuid NOT NULL,
  account_id     uuid NOT NULL,
  status         text NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'reverted')),
  filename       text,
  format         text NOT NULL,
  preset         text NOT NULL,
  rows_total     integer NOT NULL,
  rows_done      integer NOT NULL DEFAULT 0,
  rows_new       integer NOT NULL DEFAULT 0,
  rows_duplicate integer NOT NULL DEFAULT 0,
  rows_review    integer NOT NULL DEFAULT 0,
  rows_rejected  integer NOT NULL DEFAULT 0,
  rows_skipped   integer NOT NULL DEFAULT 0,
  error          text,
  leased_until   timestamptz,
  started_at     timestamptz NOT NULL DEFAULT now(),
  completed_at   timestamptz
) WITH (fillfactor = 50);
-- One import at a time into an account: the same file sent twice at once is told so, rather than sharing its rows between two jobs.
CREATE UNIQUE INDEX imports_running ON imports (account_id) WHERE status = 'running';
CREATE INDEX imports_owner ON imports (owner_id, started_at DESC);

-- The statement itself, under the person's key, until the import is done: a crash resumes from here.
CREATE TABLE import_files (
  import_id uuid PRIMARY KEY REFERENCES imports (id) ON DELETE CASCADE,
  owner_id  uuid NOT NULL,
  content   bytea NOT NULL
);
ALTER TABLE import_files ALTER COLUMN content SET STORAGE EXTERNAL;

-- No foreign key: it would be checked once for every row of every file.
CREATE TABLE import_rows (
  owner_id       uuid NOT NULL,
  import_id      uuid NOT NULL,
  ordinal        integer NOT NULL,
  line           integer NOT NULL,
  verdict        text NOT NULL,
  reason         jsonb,
  transaction_id uuid,
  PRIMARY KEY (import_id, ordinal)
);

-- Decides what is a duplicate: the nth line with this identity in this account. Commits with the append of the transaction.
CREATE TABLE statement_lines (
  owner_id       uuid NOT NULL,
  account_id     uuid NOT NULL,
  identity       bytea NOT NULL,
  ordinal        integer NOT NULL,
  transaction_id uuid NOT NULL,
  PRIMARY KEY (account_id, identity, ordinal)
);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['imports', 'import_files', 'import_rows', 'statement_lines'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I TO finance_api USING (owner_id = app_user_id()) WITH CHECK (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO finance_api, finance_projector', model);
  END LOOP;
END $$;
