-- Schedules run by themselves: when next (NULL: never), and which periods were produced.
ALTER TABLE schedules ADD COLUMN next_run_at_ms INTEGER;
CREATE INDEX schedules_due ON schedules (next_run_at_ms) WHERE next_run_at_ms IS NOT NULL;

-- A period of a schedule is produced once, whatever happens to clocks, edits and processes. The rows stay
-- when a schedule or a report is deleted: a deleted report is not made again.
CREATE TABLE produced_periods (
  schedule_id TEXT NOT NULL,
  cadence TEXT NOT NULL CHECK (cadence IN ('daily', 'weekly', 'monthly')),
  from_date TEXT NOT NULL,
  report_id TEXT NOT NULL,
  PRIMARY KEY (schedule_id, cadence, from_date)
) STRICT, WITHOUT ROWID;
