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
-- that is offered; (form_id, version) is one document for ever, because phones in the field still hold it.
CREATE TABLE field_form (
  fid INTEGER PRIMARY KEY NOT NULL,
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  name TEXT NOT NULL,
  xml TEXT NOT NULL REFERENCES field_file(sha256),
  xlsform TEXT REFERENCES field_file(sha256),
  profiles TEXT NOT NULL,
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

UPDATE programme SET schema = 2;
