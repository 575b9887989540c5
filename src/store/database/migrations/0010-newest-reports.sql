-- The list shows, and counts, only reports that count: without looking into each whether it does.
DROP INDEX reports_newest;
CREATE INDEX reports_newest ON reports (workspace, status, created_at_ms, id) WHERE voided_at_ms IS NULL;
