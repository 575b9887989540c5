-- Instants are INTEGER epoch milliseconds UTC (columns end in _ms). Every table that holds a user's
-- objects carries the workspace. `seq` is the short internal key; `id` is what the API shows.

CREATE TABLE sites (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  external_id TEXT,
  address TEXT,
  tags TEXT NOT NULL CHECK (json_valid(tags)),
  monitored_since_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sites_external ON sites (workspace, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX sites_name ON sites (workspace, name);
CREATE INDEX sites_newest ON sites (workspace, created_at_ms, id);

CREATE TABLE wan_links (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  site_seq INTEGER NOT NULL REFERENCES sites (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  isp TEXT
) STRICT;
CREATE INDEX wan_links_site ON wan_links (site_seq, position);

-- Causes repeat: a fault row holds a small number, and a cause is sorted into its category once.
CREATE TABLE causes (
  seq INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE faults (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  site_seq INTEGER NOT NULL REFERENCES sites (seq) ON DELETE CASCADE,
  link_seq INTEGER REFERENCES wan_links (seq) ON DELETE CASCADE,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  cause_seq INTEGER REFERENCES causes (seq),
  message TEXT,
  started_at_ms INTEGER NOT NULL,
  resolved_at_ms INTEGER CHECK (resolved_at_ms >= started_at_ms),
  external_id TEXT,
  -- What an imported row is recognised by: 'e:' and the external id, or 'n:' and site, link, type,
  -- start and cause. NULL for a second fault with the same natural key.
  identity TEXT,
  updated_at_ms INTEGER NOT NULL,
  -- Does it count as downtime of its site?
  counted INTEGER NOT NULL GENERATED ALWAYS AS (type = 'site' AND link_seq IS NULL) STORED,
  -- Length class: 0 up to a day, 1 up to 32 days, 2 up to 1024 days, 3 longer or open. A fault that
  -- touches a window began at most its class's length before it, so old history is never read.
  span INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN resolved_at_ms IS NULL THEN 3
      WHEN resolved_at_ms - started_at_ms <= 86400000 THEN 0
      WHEN resolved_at_ms - started_at_ms <= 32 * 86400000 THEN 1
      WHEN resolved_at_ms - started_at_ms <= 1024 * 86400000 THEN 2
      ELSE 3
    END
  ) STORED
) STRICT;
CREATE UNIQUE INDEX faults_identity ON faults (workspace, identity) WHERE identity IS NOT NULL;
CREATE INDEX faults_newest ON faults (workspace, started_at_ms, seq);
CREATE INDEX faults_site ON faults (site_seq, started_at_ms, resolved_at_ms, counted, cause_seq);
CREATE INDEX faults_long ON faults (span, site_seq, started_at_ms, resolved_at_ms, counted, cause_seq) WHERE span > 0;
CREATE INDEX faults_link ON faults (link_seq) WHERE link_seq IS NOT NULL;

CREATE TABLE fault_comments (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  fault_seq INTEGER NOT NULL REFERENCES faults (seq) ON DELETE CASCADE,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX fault_comments_fault ON fault_comments (fault_seq, seq);

CREATE TABLE business_hours (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  days TEXT NOT NULL CHECK (json_valid(days)),
  holidays TEXT NOT NULL CHECK (json_valid(holidays)),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX business_hours_newest ON business_hours (workspace, created_at_ms, id);

CREATE TABLE maintenance_windows (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  starts_at_ms INTEGER NOT NULL,
  ends_at_ms INTEGER NOT NULL CHECK (ends_at_ms > starts_at_ms),
  -- Kept apart from the lists, so that deleting the last named site does not make it a window for all.
  applies_to TEXT NOT NULL CHECK (applies_to IN ('sites', 'tags', 'all')),
  tags TEXT CHECK (json_valid(tags)),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX maintenance_windows_newest ON maintenance_windows (workspace, created_at_ms, id);
CREATE INDEX maintenance_windows_end ON maintenance_windows (workspace, ends_at_ms);

CREATE TABLE maintenance_window_sites (
  window_seq INTEGER NOT NULL REFERENCES maintenance_windows (seq) ON DELETE CASCADE,
  site_seq INTEGER NOT NULL REFERENCES sites (seq) ON DELETE CASCADE,
  PRIMARY KEY (window_seq, site_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_window_sites_site ON maintenance_window_sites (site_seq);

CREATE TABLE schedules (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  -- All settings but the references, which are columns and rows of their own.
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  business_hours_seq INTEGER REFERENCES business_hours (seq),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_newest ON schedules (workspace, created_at_ms, id);
CREATE INDEX schedules_hours ON schedules (business_hours_seq) WHERE business_hours_seq IS NOT NULL;

CREATE TABLE schedule_sites (
  schedule_seq INTEGER NOT NULL REFERENCES schedules (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  site_seq INTEGER NOT NULL REFERENCES sites (seq) ON DELETE CASCADE,
  PRIMARY KEY (schedule_seq, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_sites_site ON schedule_sites (site_seq);

-- A report outlives its schedule: no reference, but a copy of the settings as they were.
CREATE TABLE reports (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  schedule_id TEXT NOT NULL,
  schedule_name TEXT NOT NULL,
  snapshot TEXT NOT NULL CHECK (json_valid(snapshot)),
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
  progress REAL NOT NULL DEFAULT 0,
  trigger TEXT NOT NULL CHECK (trigger IN ('on_demand', 'daily', 'weekly', 'monthly')),
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  timezone TEXT NOT NULL,
  sla_target REAL NOT NULL,
  uptime_percentage REAL,
  site_count INTEGER,
  breached_count INTEGER,
  created_at_ms INTEGER NOT NULL,
  completed_at_ms INTEGER,
  error TEXT,
  -- {"pdf": {"bytes": …, "sha256": …}, …} once completed
  artefacts TEXT CHECK (json_valid(artefacts))
) STRICT;
CREATE INDEX reports_newest ON reports (workspace, status, created_at_ms, id);
CREATE INDEX reports_schedule ON reports (schedule_id, created_at_ms, id);
CREATE INDEX reports_waiting ON reports (workspace) WHERE status IN ('queued', 'running');

CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  workspace TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  run_at_ms INTEGER NOT NULL,
  lease_until_ms INTEGER,
  -- Which claim holds the lease: an expired worker cannot finish a job that was claimed again.
  claim TEXT,
  dedupe_key TEXT UNIQUE,
  error TEXT,
  created_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at_ms, seq) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until_ms) WHERE state = 'running';

CREATE TABLE idempotency_keys (
  workspace TEXT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  report_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (workspace, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at_ms);
