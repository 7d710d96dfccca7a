-- A programme: the ledger, and what is derived from it.
--
-- Two kinds of table live here. `ledger_entry` is the only one that holds something said by a person; it grows
-- and never changes. Every other table can be dropped and rebuilt from it, and is changed in the same
-- transaction that appends.
--
-- No table is STRICT: a STRICT table makes the whole file unreadable for SQLite before 3.37, which is what
-- QGIS 3.16 and older phones carry. CHECK constraints say the same.

-- One row. Which form the tables have (`schema`), how many entries the layers stand for
-- (`derived_position`), and which layers this file was made with (`layers`, JSON).
--
-- `writing` is 1 only inside a transaction of ours. Nobody else can ever see it as anything but 0, so a trigger
-- that looks at it tells our writes from those of any other program, without a function that program lacks.
CREATE TABLE programme (
  fid INTEGER PRIMARY KEY NOT NULL CHECK (fid = 1),
  schema INTEGER NOT NULL,
  derived_position INTEGER NOT NULL,
  writing INTEGER NOT NULL CHECK (writing IN (0, 1)),
  layers TEXT NOT NULL
);

INSERT INTO programme VALUES (1, 1, 0, 0, '[]');

-- The ledger, in order of arrival.
--
-- `fid` is the position: 1, 2, 3 … without a gap, so that "everything after 4711" is a question with one answer.
-- `body` is the canonical JSON that was signed; `id`, `writer`, `seq`, `recorded_at`, `kind`, `record` and
-- `local_id` repeat what stands in it, so that people can read the table and searches need not parse. Where they
-- differ from the body, the body is right and `check` says so.
--
-- (writer, seq) is not unique, on purpose. A writer whose key was copied, or whose file was restored from an old
-- backup, can have two entries with the same number. Both were received; refusing the second would hide the fork
-- from `verify` and make the ledger depend on which of them arrived first.
CREATE TABLE ledger_entry (
  fid INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE CHECK (typeof(id) = 'text' AND length(id) = 64),
  writer TEXT NOT NULL,
  seq INTEGER NOT NULL,
  recorded_at TEXT NOT NULL,
  kind TEXT NOT NULL,
  record TEXT,
  local_id TEXT,
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  body TEXT NOT NULL CHECK (typeof(body) = 'text')
);

-- The head of each writer's chain, and its forks.
CREATE INDEX ledger_entry_by_writer ON ledger_entry (writer, seq);
-- The filters of the ledger screen. Each ends in the position by itself, so pages come newest first without a sort.
CREATE INDEX ledger_entry_by_kind ON ledger_entry (kind);
CREATE INDEX ledger_entry_by_record ON ledger_entry (record, kind) WHERE record IS NOT NULL;
CREATE INDEX ledger_entry_by_local_id ON ledger_entry (local_id) WHERE local_id IS NOT NULL;
-- An entry may never be changed, removed or replaced, by any program. Triggers travel with the file, so QGIS,
-- GDAL and the SQLite shell are refused too (measured, INTEROP E3).
CREATE TRIGGER ledger_entry_never_changes BEFORE UPDATE ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only: an entry never changes. hint: record a correction that supersedes it, in Homeground');
END;

CREATE TRIGGER ledger_entry_never_goes BEFORE DELETE ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only: an entry is never deleted. hint: record a withdrawal or a correction, in Homeground');
END;

-- INSERT OR REPLACE deletes the old row without firing its delete trigger (unless recursive_triggers is on), so
-- the insert itself has to be stopped when the id or the position is taken.
--
-- FAIL and not ABORT: nothing of the row is written yet either way, and with ABORT SQLite copies every page a row
-- touches, row by row, to be able to take it back.
CREATE TRIGGER ledger_entry_only_appends BEFORE INSERT ON ledger_entry
BEGIN
  SELECT RAISE(FAIL, 'only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows')
    WHERE (SELECT writing FROM programme) IS NOT 1;
  SELECT RAISE(FAIL, 'the ledger is append-only: this entry is kept already')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id);
  SELECT RAISE(FAIL, 'the ledger is append-only: an entry takes the next position')
    WHERE NEW.fid IS NOT (SELECT coalesce(max(fid), 0) + 1 FROM ledger_entry);
END;

-- Lineage of the layers: which entries they stand for (GeoPackage metadata extension, annex F.8).
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT ''
);

CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL,
  table_name TEXT,
  column_name TEXT,
  row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
);

INSERT INTO gpkg_extensions VALUES
  ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec130/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec130/#extension_metadata', 'read-write');

INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'urn:homeground:lineage:1', 'application/json', '{}');

-- Registering these two as attributes also keeps GDAL and QGIS from listing every table that is not registered.
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES
  ('ledger_entry', 'attributes', 'ledger_entry', 'Every entry of the ledger, in order of arrival; append-only', '1970-01-01T00:00:00.000Z'),
  ('programme', 'attributes', 'programme', 'How many entries the layers of this file stand for', '1970-01-01T00:00:00.000Z');

-- What phones send: forms, submissions and their files, exactly as they arrived.
--
-- A submission becomes records of the ledger, but a record is what we made of it. The bytes themselves are kept here,
-- so that anybody can look again, with another mapping or another eye. Like entries, they are never changed and never
-- removed; the same triggers say so to every program.

-- Bytes, by their SHA-256: a photo that is sent again costs no room.
CREATE TABLE field_file (
  fid INTEGER PRIMARY KEY NOT NULL,
  sha256 TEXT NOT NULL UNIQUE CHECK (typeof(sha256) = 'text' AND length(sha256) = 64),
  bytes BLOB NOT NULL CHECK (typeof(bytes) = 'blob')
);

-- Every version of every form, with the profiles that say what its answers mean. The last row of a form id is the one
-- that is offered; (form_id, version) is one document for ever, because phones in the field still hold it. `is_ready`:
-- it came with Homeground, which may add its next version; a form of the programme itself is never passed over.
CREATE TABLE field_form (
  fid INTEGER PRIMARY KEY NOT NULL,
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  name TEXT NOT NULL,
  xml TEXT NOT NULL REFERENCES field_file(sha256),
  profiles TEXT NOT NULL,
  is_ready INTEGER NOT NULL CHECK (is_ready IN (0, 1)),
  received_at TEXT NOT NULL,
  UNIQUE (form_id, version)
);

-- Every submission, the refused ones too. `outcome` is what was said when it came: `new`; `conflict`, its instance id
-- was known with other bytes; `unknown_form`, nobody knows this version of the form.
CREATE TABLE field_submission (
  fid INTEGER PRIMARY KEY NOT NULL,
  instance_id TEXT NOT NULL,
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  xml TEXT NOT NULL REFERENCES field_file(sha256),
  received_at TEXT NOT NULL,
  received_from TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new', 'conflict', 'unknown_form')),
  UNIQUE (instance_id, xml)
);

-- Files of submissions, by the name the form gave them. Two of one name are two rows: nothing replaces a photo.
CREATE TABLE field_attachment (
  fid INTEGER PRIMARY KEY NOT NULL,
  submission INTEGER NOT NULL REFERENCES field_submission(fid),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  file TEXT NOT NULL REFERENCES field_file(sha256),
  received_at TEXT NOT NULL,
  UNIQUE (submission, name, file)
);

CREATE TRIGGER field_file_never_changes BEFORE UPDATE ON field_file
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never changed. hint: send a corrected form');
END;

CREATE TRIGGER field_file_never_goes BEFORE DELETE ON field_file
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never deleted. hint: withdraw the record that was made of it, in Homeground');
END;

CREATE TRIGGER field_file_only_appends BEFORE INSERT ON field_file
BEGIN
  SELECT RAISE(FAIL, 'only Homeground takes what phones send')
    WHERE (SELECT writing FROM programme) IS NOT 1;
  SELECT RAISE(FAIL, 'what phones sent is never replaced')
    WHERE EXISTS (SELECT 1 FROM field_file WHERE fid = NEW.fid OR sha256 = NEW.sha256);
END;

CREATE TRIGGER field_form_never_changes BEFORE UPDATE ON field_form
BEGIN
  SELECT RAISE(ABORT, 'a version of a form never changes, because phones hold it. hint: add a new version, in Homeground');
END;

CREATE TRIGGER field_form_never_goes BEFORE DELETE ON field_form
BEGIN
  SELECT RAISE(ABORT, 'a version of a form is never deleted, because phones hold it. hint: add a new version, in Homeground');
END;

CREATE TRIGGER field_form_only_appends BEFORE INSERT ON field_form
BEGIN
  SELECT RAISE(FAIL, 'only Homeground adds forms. hint: upload the form there')
    WHERE (SELECT writing FROM programme) IS NOT 1;
  SELECT RAISE(FAIL, 'a version of a form never changes, because phones hold it. hint: give the form a new version')
    WHERE EXISTS (SELECT 1 FROM field_form
      WHERE fid = NEW.fid OR (form_id = NEW.form_id AND version = NEW.version));
END;

CREATE TRIGGER field_submission_never_changes BEFORE UPDATE ON field_submission
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never changed. hint: send a corrected form');
END;

CREATE TRIGGER field_submission_never_goes BEFORE DELETE ON field_submission
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never deleted. hint: withdraw the record that was made of it, in Homeground');
END;

CREATE TRIGGER field_submission_only_appends BEFORE INSERT ON field_submission
BEGIN
  SELECT RAISE(FAIL, 'only Homeground takes what phones send')
    WHERE (SELECT writing FROM programme) IS NOT 1;
  SELECT RAISE(FAIL, 'what phones sent is never replaced')
    WHERE EXISTS (SELECT 1 FROM field_submission
      WHERE fid = NEW.fid OR (instance_id = NEW.instance_id AND xml = NEW.xml));
END;

CREATE TRIGGER field_attachment_never_changes BEFORE UPDATE ON field_attachment
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never changed. hint: send a corrected form');
END;

CREATE TRIGGER field_attachment_never_goes BEFORE DELETE ON field_attachment
BEGIN
  SELECT RAISE(ABORT, 'what phones sent is never deleted. hint: withdraw the record that was made of it, in Homeground');
END;

CREATE TRIGGER field_attachment_only_appends BEFORE INSERT ON field_attachment
BEGIN
  SELECT RAISE(FAIL, 'only Homeground takes what phones send')
    WHERE (SELECT writing FROM programme) IS NOT 1;
  SELECT RAISE(FAIL, 'what phones sent is never replaced')
    WHERE EXISTS (SELECT 1 FROM field_attachment
      WHERE fid = NEW.fid OR (submission = NEW.submission AND name = NEW.name AND file = NEW.file));
END;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES
  ('field_file', 'attributes', 'field_file', 'Bytes that phones sent, by their SHA-256; append-only', '1970-01-01T00:00:00.000Z'),
  ('field_form', 'attributes', 'field_form', 'Versions of the forms that phones fill in; append-only', '1970-01-01T00:00:00.000Z'),
  ('field_submission', 'attributes', 'field_submission', 'Forms as phones sent them; append-only', '1970-01-01T00:00:00.000Z'),
  ('field_attachment', 'attributes', 'field_attachment', 'Files of submissions, such as photos; append-only', '1970-01-01T00:00:00.000Z');

-- What people draw over the network and have not submitted yet. The only table here that is neither ledger nor derived
-- from it: a row is replaced and removed freely, and says nothing about the land. Submitting makes proposed records.
CREATE TABLE draft (
  fid INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  layer TEXT NOT NULL,
  feature TEXT NOT NULL CHECK (json_valid(feature)),
  changed_at TEXT NOT NULL
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES
  ('draft', 'attributes', 'draft', 'Drawn and not submitted yet; no record of anything', '1970-01-01T00:00:00.000Z');
