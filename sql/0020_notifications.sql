-- What a person is told of, and what became of telling them elsewhere than in the app.

-- One for each event that is worth one, under that event's id, so that what comes twice is told once.
CREATE TABLE notifications (
  id         uuid PRIMARY KEY,
  owner_id   uuid NOT NULL,
  kind       text NOT NULL,
  notice     jsonb NOT NULL,
  in_app     boolean NOT NULL,
  created_at timestamptz NOT NULL,
  read_at    timestamptz
);
COMMENT ON COLUMN notifications.in_app IS 'whether the person had it shown in the app; if not, it stands here for its deliveries alone';
CREATE INDEX notifications_newest ON notifications (owner_id, created_at DESC, id DESC) WHERE in_app;
CREATE INDEX notifications_unread ON notifications (owner_id) WHERE in_app AND read_at IS NULL;

CREATE TABLE notification_preferences (
  owner_id   uuid PRIMARY KEY,
  language   text NOT NULL,
  discreet   boolean NOT NULL,
  quiet_from text,
  quiet_to   text,
  time_zone  text,
  kinds      jsonb NOT NULL,
  CHECK (num_nulls(quiet_from, quiet_to, time_zone) IN (0, 3))
);

-- Addresses, tokens and secrets are under the person's key, and gone with it.
CREATE TABLE notification_channels (
  id          uuid PRIMARY KEY,
  owner_id    uuid NOT NULL,
  kind        text NOT NULL,
  name        text NOT NULL,
  target      bytea NOT NULL,
  fingerprint bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  verified_at timestamptz,
  disabled_at timestamptz,
  UNIQUE (owner_id, fingerprint)
);
COMMENT ON COLUMN notification_channels.fingerprint IS 'of where it leads: the same browser or address is one channel';
COMMENT ON COLUMN notification_channels.verified_at IS 'when a message first arrived; nothing but tests is sent before';

-- At most one for each notification and channel. A test has no notification. `sending` is committed before anything is sent: what a crash
-- leaves there has perhaps arrived.
CREATE TABLE notification_deliveries (
  id              uuid PRIMARY KEY,
  owner_id        uuid NOT NULL,
  channel_id      uuid NOT NULL REFERENCES notification_channels (id) ON DELETE CASCADE,
  notification_id uuid REFERENCES notifications (id) ON DELETE CASCADE,
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'expired')),
  due_at          timestamptz NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  message_id      uuid,
  claimed_at      timestamptz,
  claimed_until   timestamptz,
  settled_at      timestamptz,
  detail          text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (notification_id, channel_id)
) WITH (fillfactor = 70);
COMMENT ON COLUMN notification_deliveries.message_id IS 'the message it went with: several deliveries of one message are a digest';
CREATE INDEX notification_deliveries_due ON notification_deliveries (due_at) WHERE status = 'waiting';
CREATE INDEX notification_deliveries_claimed ON notification_deliveries (claimed_until) WHERE status = 'sending';
CREATE INDEX notification_deliveries_channel ON notification_deliveries (channel_id, claimed_at);
CREATE INDEX notification_deliveries_newest ON notification_deliveries (owner_id, created_at DESC, id DESC);

DO $$
DECLARE
  model text;
BEGIN
  FOREACH model IN ARRAY ARRAY['notifications', 'notification_preferences', 'notification_channels', 'notification_deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', model);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', model);
    EXECUTE format('CREATE POLICY person ON %I TO finance_api USING (owner_id = app_user_id()) WITH CHECK (owner_id = app_user_id())', model);
    EXECUTE format('CREATE POLICY projector ON %I TO finance_projector USING (true) WITH CHECK (true)', model);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO finance_projector', model);
  END LOOP;
END $$;
GRANT SELECT, UPDATE (read_at) ON notifications TO finance_api;
GRANT SELECT, INSERT, UPDATE ON notification_preferences TO finance_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON notification_channels TO finance_api;
GRANT SELECT, INSERT, UPDATE ON notification_deliveries TO finance_api;
