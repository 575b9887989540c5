-- A clock that was ahead: what was made meanwhile, of days that had not been, does not count.

-- When the report was marked as one of the future, by the clock of then; NULL: it counts.
ALTER TABLE reports ADD COLUMN voided_at_ms INTEGER;
-- Whether that is settled; until then the clock is not believed, and the report may count again.
ALTER TABLE reports ADD COLUMN void_settled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX reports_voided ON reports (voided_at_ms) WHERE voided_at_ms IS NOT NULL;

-- When the period was over; NULL for those of before.
ALTER TABLE produced_periods ADD COLUMN ends_at_ms INTEGER;
CREATE INDEX produced_periods_end ON produced_periods (ends_at_ms) WHERE ends_at_ms IS NOT NULL;

-- A jump of the clock that the server does not believe yet; no row: there is none.
CREATE TABLE clock_hold (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- What the clock said when the jump was noticed, how far it was, and what the time would have been.
  since_ms INTEGER NOT NULL,
  jump_ms INTEGER NOT NULL,
  expected_ms INTEGER NOT NULL,
  -- Somebody said that the clock is right.
  accepted INTEGER NOT NULL DEFAULT 0
) STRICT;
