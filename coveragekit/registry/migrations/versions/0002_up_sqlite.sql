CREATE TABLE feed (
  feed_id TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  substream TEXT,
  snapshot TEXT,
  replay TEXT,
  tls TEXT NOT NULL,
  certificate_sha256 TEXT,
  note TEXT,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_feed PRIMARY KEY (feed_id),
  CONSTRAINT uq_feed_name UNIQUE (name)
)
--;
CREATE TABLE picture_mask (
  mask_id TEXT NOT NULL,
  camera_id TEXT NOT NULL,
  name TEXT,
  ring TEXT NOT NULL,
  style TEXT NOT NULL,
  removed_at TEXT,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_picture_mask PRIMARY KEY (mask_id),
  CONSTRAINT fk_picture_mask_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id)
)
--;
CREATE INDEX ix_picture_mask_camera_id ON picture_mask (camera_id)
--;
CREATE TABLE health (
  camera_id TEXT NOT NULL,
  status TEXT NOT NULL,
  fault TEXT,
  probed_at TEXT NOT NULL,
  since_at TEXT NOT NULL,
  last_seen_at TEXT,
  first_picture_s FLOAT,
  width_px INTEGER,
  height_px INTEGER,
  codec TEXT,
  is_frozen BOOLEAN,
  is_black BOOLEAN,
  fingerprint BIGINT,
  CONSTRAINT pk_health PRIMARY KEY (camera_id),
  CONSTRAINT fk_health_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id)
)
--;
CREATE TABLE health_span (
  camera_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  status TEXT NOT NULL,
  fault TEXT,
  from_at TEXT NOT NULL,
  to_at TEXT NOT NULL,
  probes INTEGER NOT NULL,
  CONSTRAINT pk_health_span PRIMARY KEY (camera_id, number),
  CONSTRAINT ck_health_span_order CHECK (to_at >= from_at),
  CONSTRAINT fk_health_span_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id)
)
