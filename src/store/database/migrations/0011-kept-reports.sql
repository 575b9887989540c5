-- Retention counts the reports of a schedule and trigger, newest first, without looking into each.
CREATE INDEX reports_kept ON reports (workspace, schedule_id, trigger, status, created_at_ms, id)
  WHERE voided_at_ms IS NULL;
