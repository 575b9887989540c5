-- Workspaces take turns: of those with a job that is due, the one that was served least recently comes next,
-- so that a long queue of one holds up no other. `turn` counts claims of a kind; no row: never served.
CREATE TABLE job_turns (
  kind TEXT NOT NULL,
  workspace TEXT NOT NULL,
  turn INTEGER NOT NULL,
  PRIMARY KEY (kind, workspace)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_turns_last ON job_turns (kind, turn);

-- The first job of each workspace, and from each workspace to the next one that has any.
CREATE INDEX jobs_waiting ON jobs (kind, workspace, run_at_ms, seq) WHERE state = 'queued';
