-- What reports say in more detail: maintenance that recurs, and which words make a cause power, network or
-- device, by workspace.

-- The rule (RFC 5545) by which a window comes back, NULL for once, and the zone of its wall clock.
-- recurs_until_ms: from there on a recurring window touches nothing; NULL when it goes on for ever.
ALTER TABLE maintenance_windows ADD COLUMN rrule TEXT;
ALTER TABLE maintenance_windows ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE maintenance_windows ADD COLUMN recurs_until_ms INTEGER;
CREATE INDEX maintenance_windows_recurring ON maintenance_windows (workspace, starts_at_ms) WHERE rrule IS NOT NULL;

-- A workspace without a row uses the default patterns. The lines are one value: their order decides.
CREATE TABLE cause_patterns (
  workspace TEXT PRIMARY KEY,
  patterns TEXT NOT NULL CHECK (json_valid(patterns)),
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
