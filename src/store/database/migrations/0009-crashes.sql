-- A job that was running when the whole process ended is not to blame, unless it ran alone, and that again and
-- again. `crashes` counts how often it was running then, `crashes_alone` how often nothing else was.
ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN crashes_alone INTEGER NOT NULL DEFAULT 0;

-- Those that are to run alone.
CREATE INDEX jobs_suspect ON jobs (run_at_ms, seq) WHERE crashes > 0 AND state = 'queued';
