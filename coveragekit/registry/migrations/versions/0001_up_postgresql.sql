CREATE EXTENSION IF NOT EXISTS postgis
--;
CREATE TABLE app_user (
  user_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  display TEXT,
  role TEXT NOT NULL,
  active BOOLEAN DEFAULT true NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_app_user PRIMARY KEY (user_id),
  CONSTRAINT uq_app_user_name UNIQUE (name)
)
--;
CREATE TABLE audit_entry (
  seq BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  kind TEXT NOT NULL,
  action TEXT NOT NULL,
  object_type TEXT NOT NULL,
  object_ids TEXT NOT NULL,
  purpose TEXT,
  offence TEXT,
  case_number TEXT,
  legal_basis TEXT,
  parameters TEXT NOT NULL,
  result TEXT NOT NULL,
  reason TEXT,
  rows BIGINT,
  digest TEXT,
  recipient TEXT,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT pk_audit_entry PRIMARY KEY (seq),
  CONSTRAINT uq_audit_entry_hash UNIQUE (hash)
)
--;
CREATE INDEX ix_audit_entry_at ON audit_entry (at)
--;
CREATE TABLE call (
  call_id TEXT COLLATE "C" NOT NULL,
  call_type TEXT,
  priority TEXT,
  address TEXT,
  received_at TIMESTAMP WITH TIME ZONE,
  lon FLOAT(53),
  lat FLOAT(53),
  purged_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_call PRIMARY KEY (call_id),
  CONSTRAINT ck_call_lon CHECK (lon >= -180 AND lon <= 180),
  CONSTRAINT ck_call_lat CHECK (lat >= -90 AND lat <= 90)
)
--;
CREATE TABLE fee_plan (
  plan_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  effective_from DATE NOT NULL,
  effective_to DATE,
  source TEXT,
  note TEXT,
  example BOOLEAN DEFAULT false NOT NULL,
  first_year_included BOOLEAN DEFAULT false NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_fee_plan PRIMARY KEY (plan_id)
)
--;
CREATE TABLE meta (
  key TEXT COLLATE "C" NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_meta PRIMARY KEY (key)
)
--;
CREATE TABLE owner (
  owner_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  language TEXT,
  erased_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_owner PRIMARY KEY (owner_id)
)
--;
CREATE TABLE privacy_zone (
  zone_id TEXT COLLATE "C" NOT NULL,
  name TEXT,
  ring TEXT NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE,
  to_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_privacy_zone PRIMARY KEY (zone_id)
)
--;
CREATE TABLE prospect (
  prospect_id TEXT COLLATE "C" NOT NULL,
  place_id TEXT,
  name TEXT NOT NULL,
  address TEXT,
  lon FLOAT(53),
  lat FLOAT(53),
  stage TEXT NOT NULL,
  do_not_contact BOOLEAN DEFAULT false NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_prospect PRIMARY KEY (prospect_id),
  CONSTRAINT ck_prospect_lon CHECK (lon >= -180 AND lon <= 180),
  CONSTRAINT ck_prospect_lat CHECK (lat >= -90 AND lat <= 90)
)
--;
CREATE TABLE contact (
  contact_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  name TEXT,
  phone TEXT,
  email TEXT,
  best_time TEXT,
  can_export BOOLEAN DEFAULT false NOT NULL,
  purged_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_contact PRIMARY KEY (contact_id),
  CONSTRAINT fk_contact_owner_id FOREIGN KEY(owner_id) REFERENCES owner (owner_id)
)
--;
CREATE INDEX ix_contact_owner_id ON contact (owner_id)
--;
CREATE TABLE fee_tier (
  plan_id TEXT COLLATE "C" NOT NULL,
  cameras_from INTEGER NOT NULL,
  days_from INTEGER NOT NULL,
  one_off BIGINT,
  yearly BIGINT,
  CONSTRAINT pk_fee_tier PRIMARY KEY (plan_id, cameras_from, days_from),
  CONSTRAINT fk_fee_tier_plan_id FOREIGN KEY(plan_id) REFERENCES fee_plan (plan_id)
)
--;
CREATE TABLE review (
  review_id TEXT COLLATE "C" NOT NULL,
  audit_seq BIGINT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decided_by TEXT,
  decided_at TIMESTAMP WITH TIME ZONE,
  verdict TEXT,
  note TEXT,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_review PRIMARY KEY (review_id),
  CONSTRAINT uq_review_audit_seq UNIQUE (audit_seq),
  CONSTRAINT fk_review_audit_seq FOREIGN KEY(audit_seq) REFERENCES audit_entry (seq)
)
--;
CREATE TABLE site (
  site_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C",
  name TEXT,
  address TEXT,
  kind TEXT NOT NULL,
  lon FLOAT(53),
  lat FLOAT(53),
  place_id TEXT,
  building_id TEXT,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_site PRIMARY KEY (site_id),
  CONSTRAINT ck_site_lon CHECK (lon >= -180 AND lon <= 180),
  CONSTRAINT ck_site_lat CHECK (lat >= -90 AND lat <= 90),
  CONSTRAINT fk_site_owner_id FOREIGN KEY(owner_id) REFERENCES owner (owner_id)
)
--;
CREATE INDEX ix_site_owner_id ON site (owner_id)
--;
CREATE TABLE submission (
  submission_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C",
  state TEXT NOT NULL,
  language TEXT,
  payload TEXT,
  receipt TEXT,
  submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE,
  decided_by TEXT,
  reason TEXT,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_submission PRIMARY KEY (submission_id),
  CONSTRAINT fk_submission_owner_id FOREIGN KEY(owner_id) REFERENCES owner (owner_id),
  CONSTRAINT uq_submission_receipt UNIQUE (receipt)
)
--;
CREATE INDEX ix_submission_owner_id ON submission (owner_id)
--;
CREATE INDEX ix_submission_state ON submission (state, submitted_at)
--;
CREATE TABLE authority (
  authority_id TEXT COLLATE "C" NOT NULL,
  site_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  capacity TEXT NOT NULL,
  signer TEXT NOT NULL,
  from_on DATE,
  to_on DATE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_authority PRIMARY KEY (authority_id),
  CONSTRAINT fk_authority_site_id FOREIGN KEY(site_id) REFERENCES site (site_id),
  CONSTRAINT fk_authority_owner_id FOREIGN KEY(owner_id) REFERENCES owner (owner_id)
)
--;
CREATE INDEX ix_authority_owner_id ON authority (owner_id)
--;
CREATE INDEX ix_authority_site_id ON authority (site_id)
--;
CREATE TABLE recorder (
  recorder_id TEXT COLLATE "C" NOT NULL,
  site_id TEXT COLLATE "C" NOT NULL,
  make TEXT,
  model TEXT,
  channels INTEGER,
  retention_days FLOAT(53),
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_recorder PRIMARY KEY (recorder_id),
  CONSTRAINT fk_recorder_site_id FOREIGN KEY(site_id) REFERENCES site (site_id)
)
--;
CREATE INDEX ix_recorder_site_id ON recorder (site_id)
--;
CREATE TABLE camera (
  camera_no SERIAL NOT NULL,
  camera_id TEXT COLLATE "C" NOT NULL,
  site_id TEXT COLLATE "C",
  recorder_id TEXT COLLATE "C",
  channel INTEGER,
  name TEXT,
  kind TEXT NOT NULL,
  lon FLOAT(53) NOT NULL,
  lat FLOAT(53) NOT NULL,
  bearing_deg FLOAT(53),
  tilt_deg FLOAT(53),
  hfov_deg FLOAT(53),
  vfov_deg FLOAT(53),
  width_px INTEGER,
  height_px INTEGER,
  focal_length_mm FLOAT(53),
  sensor_width_mm FLOAT(53),
  mount_height_m FLOAT(53),
  range_m FLOAT(53),
  ir_range_m FLOAT(53),
  status TEXT NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE,
  active_from TIMESTAMP WITH TIME ZONE,
  active_to TIMESTAMP WITH TIME ZONE,
  recording_hours TEXT,
  retention_days FLOAT(53),
  ptz_presets TEXT,
  sector TEXT,
  address TEXT,
  position_error_m FLOAT(53),
  bearing_error_deg FLOAT(53),
  hfov_error_deg FLOAT(53),
  height_error_m FLOAT(53),
  range_error_m FLOAT(53),
  assumed TEXT,
  source TEXT,
  source_id TEXT,
  verified_at TIMESTAMP WITH TIME ZONE,
  indoor BOOLEAN,
  make TEXT,
  model TEXT,
  maintainer TEXT,
  contract_ends_on DATE,
  planned BOOLEAN DEFAULT false NOT NULL,
  cloud_only BOOLEAN DEFAULT false NOT NULL,
  faces_homes_share FLOAT(53),
  feed_ref TEXT,
  removed_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_camera PRIMARY KEY (camera_no),
  CONSTRAINT ck_camera_lon CHECK (lon >= -180 AND lon <= 180),
  CONSTRAINT ck_camera_lat CHECK (lat >= -90 AND lat <= 90),
  CONSTRAINT uq_camera_camera_id UNIQUE (camera_id),
  CONSTRAINT fk_camera_site_id FOREIGN KEY(site_id) REFERENCES site (site_id),
  CONSTRAINT fk_camera_recorder_id FOREIGN KEY(recorder_id) REFERENCES recorder (recorder_id),
  CONSTRAINT uq_camera_feed_ref UNIQUE (feed_ref)
)
--;
CREATE INDEX ix_camera_kind ON camera (kind, camera_id)
--;
CREATE INDEX ix_camera_recorder_id ON camera (recorder_id)
--;
CREATE INDEX ix_camera_site_id ON camera (site_id)
--;
CREATE INDEX ix_camera_source ON camera (source, source_id)
--;
CREATE TABLE consent (
  consent_id TEXT COLLATE "C" NOT NULL,
  camera_id TEXT COLLATE "C" NOT NULL,
  state TEXT NOT NULL,
  state_at TIMESTAMP WITH TIME ZONE NOT NULL,
  scope_live BOOLEAN DEFAULT false NOT NULL,
  scope_recorded BOOLEAN DEFAULT false NOT NULL,
  scope_ptz BOOLEAN DEFAULT false NOT NULL,
  hours TEXT,
  emergencies_only BOOLEAN DEFAULT false NOT NULL,
  text_version TEXT,
  text_digest TEXT,
  language TEXT,
  signed_by TEXT,
  given_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_consent PRIMARY KEY (consent_id),
  CONSTRAINT uq_consent_camera_id UNIQUE (camera_id),
  CONSTRAINT fk_consent_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id)
)
--;
CREATE INDEX ix_consent_state ON consent (state, expires_at)
--;
CREATE TABLE credential (
  credential_id TEXT COLLATE "C" NOT NULL,
  camera_id TEXT COLLATE "C",
  recorder_id TEXT COLLATE "C",
  store TEXT NOT NULL,
  reference TEXT NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_credential PRIMARY KEY (credential_id),
  CONSTRAINT ck_credential_one_device CHECK ((camera_id IS NULL) <> (recorder_id IS NULL)),
  CONSTRAINT fk_credential_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id),
  CONSTRAINT fk_credential_recorder_id FOREIGN KEY(recorder_id) REFERENCES recorder (recorder_id)
)
--;
CREATE INDEX ix_credential_camera_id ON credential (camera_id)
--;
CREATE INDEX ix_credential_recorder_id ON credential (recorder_id)
--;
CREATE TABLE request (
  request_id TEXT COLLATE "C" NOT NULL,
  batch_id TEXT COLLATE "C",
  camera_id TEXT COLLATE "C" NOT NULL,
  incident_id TEXT,
  call_id TEXT,
  lon FLOAT(53),
  lat FLOAT(53),
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  to_at TIMESTAMP WITH TIME ZONE NOT NULL,
  place TEXT,
  case_number TEXT,
  offence TEXT,
  language TEXT,
  state TEXT NOT NULL,
  deadline_at TIMESTAMP WITH TIME ZONE,
  sent_at TIMESTAMP WITH TIME ZONE,
  reminders INTEGER DEFAULT 0 NOT NULL,
  outcome TEXT,
  closed_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_request PRIMARY KEY (request_id),
  CONSTRAINT ck_request_lon CHECK (lon >= -180 AND lon <= 180),
  CONSTRAINT ck_request_lat CHECK (lat >= -90 AND lat <= 90),
  CONSTRAINT fk_request_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id)
)
--;
CREATE INDEX ix_request_batch_id ON request (batch_id)
--;
CREATE INDEX ix_request_camera_id ON request (camera_id)
--;
CREATE INDEX ix_request_state ON request (state, deadline_at)
--;
CREATE TABLE share (
  share_id TEXT COLLATE "C" NOT NULL,
  camera_id TEXT COLLATE "C",
  site_id TEXT COLLATE "C",
  to_name TEXT,
  to_role TEXT,
  scope_live BOOLEAN DEFAULT false NOT NULL,
  scope_recorded BOOLEAN DEFAULT false NOT NULL,
  scope_ptz BOOLEAN DEFAULT false NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE,
  to_at TIMESTAMP WITH TIME ZONE,
  emergencies_only BOOLEAN DEFAULT false NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  revision INTEGER DEFAULT 1 NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  changed_what TEXT,
  CONSTRAINT pk_share PRIMARY KEY (share_id),
  CONSTRAINT ck_share_one_thing CHECK ((camera_id IS NULL) <> (site_id IS NULL)),
  CONSTRAINT ck_share_one_receiver CHECK ((to_name IS NULL) <> (to_role IS NULL)),
  CONSTRAINT fk_share_camera_id FOREIGN KEY(camera_id) REFERENCES camera (camera_id),
  CONSTRAINT fk_share_site_id FOREIGN KEY(site_id) REFERENCES site (site_id)
)
--;
CREATE INDEX ix_share_camera_id ON share (camera_id)
--;
CREATE INDEX ix_share_site_id ON share (site_id)
--;
CREATE TABLE consent_event (
  event_id TEXT COLLATE "C" NOT NULL,
  consent_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_name TEXT NOT NULL,
  by_role TEXT NOT NULL,
  reason TEXT,
  text_version TEXT,
  text_digest TEXT,
  language TEXT,
  signed_by TEXT,
  scope TEXT,
  expires_at TIMESTAMP WITH TIME ZONE,
  receipt TEXT,
  CONSTRAINT pk_consent_event PRIMARY KEY (event_id),
  CONSTRAINT uq_consent_event_consent_id_number UNIQUE (consent_id, number),
  CONSTRAINT fk_consent_event_consent_id FOREIGN KEY(consent_id) REFERENCES consent (consent_id),
  CONSTRAINT uq_consent_event_receipt UNIQUE (receipt)
)
--;
CREATE INDEX ix_consent_event_consent_id ON consent_event (consent_id)
--;
CREATE TABLE received_file (
  file_id TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_received_file PRIMARY KEY (file_id),
  CONSTRAINT fk_received_file_request_id FOREIGN KEY(request_id) REFERENCES request (request_id)
)
--;
CREATE INDEX ix_received_file_request_id ON received_file (request_id)
--;
CREATE TABLE request_event (
  event_id TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_name TEXT NOT NULL,
  by_role TEXT NOT NULL,
  reason TEXT,
  detail TEXT,
  CONSTRAINT pk_request_event PRIMARY KEY (event_id),
  CONSTRAINT uq_request_event_request_id_number UNIQUE (request_id, number),
  CONSTRAINT fk_request_event_request_id FOREIGN KEY(request_id) REFERENCES request (request_id)
)
--;
CREATE INDEX ix_request_event_request_id ON request_event (request_id)
--;
ALTER TABLE camera ADD COLUMN place geometry(Point, 4326)
  GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED
--;
CREATE INDEX ix_camera_place ON camera USING gist (place)
--;
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append only' USING ERRCODE = 'insufficient_privilege'; END $$
--;
CREATE FUNCTION audit_entry_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
  SELECT seq, hash INTO last FROM audit_entry ORDER BY seq DESC LIMIT 1;
  IF NEW.seq <> coalesce(last.seq, 0) + 1 OR (NEW.seq > 1 AND NEW.prev_hash <> last.hash) THEN
    RAISE EXCEPTION 'a line of the audit log has to follow the last'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;
CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
--;
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
--;
CREATE TRIGGER audit_entry_follows BEFORE INSERT ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_entry_follow()
--;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM CURRENT_USER
