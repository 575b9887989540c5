-- Finished reports are delivered: to whom, and what became of each message.
CREATE TABLE notification_groups (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  emails TEXT NOT NULL CHECK (json_valid(emails)),
  -- [{"url": …, "secret": …}, …]: signing needs the secret as it is
  webhooks TEXT NOT NULL CHECK (json_valid(webhooks)),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_groups_newest ON notification_groups (workspace, created_at_ms, id);

ALTER TABLE schedules ADD COLUMN notification_group_seq INTEGER REFERENCES notification_groups (seq);
CREATE INDEX schedules_group ON schedules (notification_group_seq) WHERE notification_group_seq IS NOT NULL;

-- What messages say of a report beyond its columns, so that nobody reads the whole document for it.
ALTER TABLE reports ADD COLUMN headline TEXT CHECK (json_valid(headline));

-- A delivery is about a report, or is a group's test.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  report_seq INTEGER REFERENCES reports (seq) ON DELETE CASCADE,
  group_seq INTEGER REFERENCES notification_groups (seq) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  target TEXT NOT NULL,
  -- Of a webhook, as it was when the delivery was queued.
  secret TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Which sending this is: more than 1 when somebody asked to send it again.
  round INTEGER NOT NULL DEFAULT 1,
  error TEXT,
  created_at_ms INTEGER NOT NULL,
  sent_at_ms INTEGER,
  CHECK ((report_seq IS NULL) <> (group_seq IS NULL))
) STRICT;
-- A report goes to each target once.
CREATE UNIQUE INDEX deliveries_once ON deliveries (report_seq, channel, target) WHERE report_seq IS NOT NULL;
CREATE INDEX deliveries_test ON deliveries (group_seq) WHERE group_seq IS NOT NULL;

-- Workers take jobs of their own kinds only: deliveries wait for no report, and reports for no mail server.
CREATE INDEX jobs_of_kind_due ON jobs (kind, run_at_ms, seq) WHERE state = 'queued';
