-- Who may come in. Credentials and sessions are plain tables, not events: they are replaced, not remembered.

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL,
  name          text,
  password_hash text NOT NULL,
  roles         text[] NOT NULL DEFAULT '{}',
  locale        text NOT NULL DEFAULT 'nb-NO',
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- Each refresh token is used once. A family is one sign-in; using a spent token again revokes the family.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  family_id  uuid NOT NULL,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  spent_at   timestamptz,
  revoked_at timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

-- A browser's session: the cookie holds a random token, this table its hash.
CREATE TABLE sessions (
  token_hash   bytea PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  user_agent   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON users, refresh_tokens, sessions TO finance_api;
-- Expired ones are cleared away by the programs.
GRANT SELECT, DELETE ON refresh_tokens, sessions TO finance_projector;
