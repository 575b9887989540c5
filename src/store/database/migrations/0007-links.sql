-- Signed links are kept, so that one can see who made which, and take them back.
CREATE TABLE links (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  report_seq INTEGER NOT NULL REFERENCES reports (seq) ON DELETE CASCADE,
  artefact TEXT NOT NULL,
  -- The subject of the token that made it; of a link in a message, the delivery and which sending it was.
  made_by TEXT,
  delivery_id TEXT,
  round INTEGER,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  CHECK ((made_by IS NULL) <> (delivery_id IS NULL))
) STRICT;
CREATE INDEX links_newest ON links (report_seq, created_at_ms, id);
CREATE INDEX links_delivery ON links (delivery_id, round) WHERE delivery_id IS NOT NULL;
CREATE INDEX links_expired ON links (expires_at_ms);

-- Since when links are kept here: older ones, which are in no table, run out from then on. One row.
CREATE TABLE links_kept (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  since_ms INTEGER NOT NULL
) STRICT;
