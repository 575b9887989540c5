-- How long reports are kept; NULL: for ever. A schedule's own values (in its settings) come first.
CREATE TABLE workspace_settings (
  workspace TEXT PRIMARY KEY,
  retention_days INTEGER,
  retention_count INTEGER
) STRICT, WITHOUT ROWID;
