-- The master keys that data keys may be wrapped by: their versions alone, for the keys themselves lie in DATA_DIR/keys. The highest is
-- current. The foreign key lets go of a version only when nothing is wrapped by it, and lets nobody come late and wrap by it again.

CREATE TABLE master_keys (
  version     smallint PRIMARY KEY CHECK (version > 0),
  check_value bytea,
  rotated_at  timestamptz DEFAULT now()
);
COMMENT ON COLUMN master_keys.check_value IS 'HMAC of a constant, by which the right key is known; null for one from before there were any';
COMMENT ON COLUMN master_keys.rotated_at IS 'null while data keys are being wrapped again under it';
ALTER TABLE data_keys ALTER COLUMN master_key_version DROP NOT NULL;
UPDATE data_keys SET master_key_version = NULL WHERE wrapped_key IS NULL;
INSERT INTO master_keys (version) SELECT DISTINCT master_key_version FROM data_keys WHERE wrapped_key IS NOT NULL;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_master_key FOREIGN KEY (master_key_version) REFERENCES master_keys (version);
CREATE INDEX data_keys_master_key_version ON data_keys (master_key_version);
COMMENT ON COLUMN data_keys.master_key_version IS 'null once the person is erased';

GRANT SELECT, INSERT ON master_keys TO finance_api, finance_projector;

-- The chain over the log (core/event-store/Seal). Whoever writes for everyone may add to it, and nobody but the owner change it.
CREATE TABLE seals (
  number        bigint PRIMARY KEY CHECK (number > 0),
  from_position bigint NOT NULL,
  to_position   bigint NOT NULL,
  events        integer NOT NULL,
  entries       bytea NOT NULL,
  sealed_at     timestamptz NOT NULL,
  hash          bytea NOT NULL,
  CHECK (from_position <= to_position)
);
ALTER TABLE seals ALTER COLUMN entries SET STORAGE EXTERNAL;
COMMENT ON COLUMN seals.entries IS '72 bytes an event: position, SHA-256 of the header, SHA-256 of the payload hash';

GRANT SELECT, INSERT ON seals TO finance_projector;
