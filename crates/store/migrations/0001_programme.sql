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
