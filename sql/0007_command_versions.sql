-- Commands that the event store answers for itself, under person/id: what they said and did stands in the log, at this version of their
-- stream. The others are answers to HTTP requests, under a hash.
ALTER TABLE commands ADD COLUMN version bigint, ALTER COLUMN body_hash DROP NOT NULL,
  ADD CHECK ((version IS NULL) <> (body_hash IS NULL));
