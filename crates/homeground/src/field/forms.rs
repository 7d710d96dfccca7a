//! The forms of a programme: those that come with Homeground, and those that people add.
//!
//! A form is a document; its profiles say what records its answers become. Versions are kept for ever, because a phone
//! in the field may hold an old one for months.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use intake::xform::{SubmissionRows, XForm};
use intake::{Format, Profile};
use jiff::Timestamp;
use rust_embed::RustEmbed;
use store::{Arrival, Form, hash_of};

use super::receive::Corrects;
use crate::cli::Refused;
use crate::programme::Programme;

/// Ready forms: `NAME.xml`, and one profile for each layer of its answers, `NAME.toml` and `NAME.*.toml`.
#[derive(RustEmbed)]
#[folder = "forms/"]
struct Ready;

/// A form that somebody adds.
pub struct New {
    file: String,
    xml: Vec<u8>,
    /// If empty, those of the version before.
    profiles: Vec<String>,
}

impl New {
    /// From an XForm or an XLSForm, which is converted here, and mapping profiles (TOML).
    pub fn read(file: String, bytes: Vec<u8>, profiles: Vec<String>) -> anyhow::Result<New> {
        let is_workbook = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
        let xml = if is_workbook { converted("xls2xform", &file, &bytes, CONVERTING)? } else { bytes };
        Ok(New { file, xml, profiles })
    }
}

/// A kept form with its parts read.
pub struct Known {
    /// What it says of its answers.
    pub xform: XForm,
    /// What records they become.
    pub profiles: Vec<Profile>,
}

impl Programme {
    /// Every version of every form, the oldest first.
    pub fn forms(&self) -> anyhow::Result<Vec<Form>> {
        Ok(self.store().forms()?)
    }

    /// The newest version of each form, by form id.
    pub fn offered_forms(&self) -> anyhow::Result<Vec<Form>> {
        let mut newest = std::collections::BTreeMap::new();
        for form in self.forms()? {
            newest.insert(form.form_id.clone(), form);
        }
        Ok(newest.into_values().collect())
    }

    /// One version of a form, if anybody here knows it.
    pub fn form(&self, form_id: &str, version: &str) -> anyhow::Result<Option<Known>> {
        self.kept_form(form_id, version)?.map(|form| self.known(&form)).transpose()
    }

    /// One version of a form as it is kept.
    pub fn kept_form(&self, form_id: &str, version: &str) -> anyhow::Result<Option<Form>> {
        Ok(self.forms()?.into_iter().find(|form| form.form_id == form_id && form.version == version))
    }

    fn known(&self, form: &Form) -> anyhow::Result<Known> {
        let xml = self.form_xml(form)?;
        let xform = XForm::parse(&xml, &form.form_id)?;
        let profiles = form.profiles.iter().map(|text| Profile::parse(text)).collect::<Result<_, _>>()?;
        Ok(Known { xform, profiles })
    }

    /// The document of a form, byte for byte.
    pub fn form_xml(&self, form: &Form) -> anyhow::Result<Vec<u8>> {
        self.store().field_file(&form.xml)?.context("the document of a form is missing; restore a backup")
    }

    /// Add the ready forms of this version of Homeground where the programme does not have them yet, and read what
    /// waited for a form. Gives what could not be read, and why.
    pub fn add_ready_forms(&mut self, at: Timestamp) -> anyhow::Result<Vec<String>> {
        let kept = self.forms()?;
        let names: Vec<String> =
            Ready::iter().filter_map(|path| path.strip_suffix(".xml").map(str::to_owned)).collect();
        for name in names {
            let text = |path: &str| Ready::get(path).map(|file| file.data.into_owned()).unwrap_or_default();
            let bytes = text(&format!("{name}.xml"));
            let xform = XForm::parse(&bytes, &name)?;
            // A programme that uses its own version of a ready form keeps it.
            let mut versions = kept.iter().filter(|form| form.form_id == xform.form_id);
            let is_known = versions.clone().any(|form| form.version == xform.version);
            if is_known || versions.next_back().is_some_and(|newest| !newest.is_ready) {
                continue;
            }
            let mut own: Vec<String> =
                Ready::iter().filter(|path| is_profile(path, &name)).map(|path| path.into_owned()).collect();
            // `NAME.toml` first: it makes what the others refer to.
            own.sort_by_key(|path| (path.matches('.').count(), path.clone()));
            let profiles = own.iter().map(|path| String::from_utf8_lossy(&text(path)).into_owned()).collect();
            self.keep_form(&xform, &bytes, profiles, true, at)?;
        }
        self.read_what_waited(at)
    }

    /// Add a form, or a new version of one.
    pub fn add_form(&mut self, new: &New, at: Timestamp) -> anyhow::Result<Form> {
        let xform = XForm::parse(&new.xml, &new.file)?;
        let kept = self.forms()?;
        if let Some(same) = kept.iter().find(|f| f.form_id == xform.form_id && f.version == xform.version) {
            if same.xml == hash_of(&new.xml) && (new.profiles.is_empty() || new.profiles == same.profiles) {
                let same = same.clone();
                return self.with_what_waited(same, at);
            }
            let text = format!(
                "{}: the form {} is kept in version {:?} already, and a version never changes, because phones hold it. hint: give it another version",
                new.file, xform.form_id, xform.version
            );
            return Err(Refused(text).into());
        }
        let mut profiles = new.profiles.clone();
        if profiles.is_empty() {
            let before = kept.iter().rev().find(|form| form.form_id == xform.form_id);
            profiles = before.map(|form| form.profiles.clone()).unwrap_or_default();
        }
        for text in &profiles {
            Profile::parse(text).map_err(|why| Refused(format!("{}: the mapping profile: {why}", new.file)))?;
        }
        let form = self.keep_form(&xform, &new.xml, profiles, false, at)?;
        self.with_what_waited(form, at)
    }

    /// A form that is kept, after what waited for it was read.
    fn with_what_waited(&mut self, form: Form, at: Timestamp) -> anyhow::Result<Form> {
        match self.read_what_waited(at)?.first() {
            None => Ok(form),
            Some(unread) => {
                let text =
                    format!("the form is kept, but {unread}. hint: it is kept; add the form again to try once more");
                Err(Refused(text).into())
            }
        }
    }

    fn keep_form(
        &mut self,
        xform: &XForm,
        xml: &[u8],
        profiles: Vec<String>,
        is_ready: bool,
        at: Timestamp,
    ) -> anyhow::Result<Form> {
        let form = Form {
            form_id: xform.form_id.clone(),
            version: xform.version.clone(),
            name: xform.title.clone(),
            xml: hash_of(xml),
            profiles,
            is_ready,
            received_at: at,
        };
        self.receive(&Arrival::Form(form.clone(), vec![xml.to_vec()]))?;
        Ok(form)
    }
}

fn is_profile(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".toml"))
}

/// How long the converter may take; large forms take seconds.
const CONVERTING: Duration = Duration::from_secs(60);

/// An XLSForm by pyxform, the reference converter, where it is installed.
fn converted(program: &str, file: &str, workbook: &[u8], limit: Duration) -> anyhow::Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("no room to convert the form")?;
    // Old workbooks and new ones are told apart by their ending.
    let ending = if workbook.starts_with(b"PK") { "xlsx" } else { "xls" };
    let (from, to) = (folder.path().join(format!("form.{ending}")), folder.path().join("form.xml"));
    std::fs::write(&from, workbook).context("no room to convert the form")?;
    // What it says goes to a file: a pipe that nobody empties would hold it up.
    let told = folder.path().join("told");
    let out = File::create(&told).and_then(|out| Ok((out.try_clone()?, out))).context("no room to convert the form")?;
    let mut command = Command::new(program);
    command.arg("--skip_validate").arg(&from).arg(&to).stdin(Stdio::null()).stdout(out.0).stderr(out.1);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let hint = "install pyxform on this machine (`pipx install pyxform`), or upload the XForm XML";
            return Err(Refused(format!("{file}: is an XLSForm, and nothing here converts it. hint: {hint}")).into());
        }
        Err(error) => return Err(error).context("xls2xform cannot be started"),
    };
    let began = Instant::now();
    let status = loop {
        match child.try_wait().context("xls2xform cannot be watched")? {
            Some(status) => break status,
            None if began.elapsed() > limit => {
                child.kill().and_then(|()| child.wait()).context("xls2xform cannot be stopped")?;
                let hint = "convert it on another machine and upload the XForm XML";
                let text =
                    format!("{file}: pyxform took longer than {} s and was stopped. hint: {hint}", limit.as_secs());
                return Err(Refused(text).into());
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    match std::fs::read(&to) {
        Ok(xml) if status.success() => Ok(xml),
        _ => {
            let said = std::fs::read(&told).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let said = said.trim().lines().last().unwrap_or("it gave no reason").to_owned();
            Err(Refused(format!("{file}: pyxform could not convert it: {said}")).into())
        }
    }
}

/// A submission file with what its programme knows of its form; `None` for any other file.
pub struct Opened {
    /// What was filled in.
    pub answers: intake::xform::Answers,
    /// The form, where it is known.
    pub known: Option<Known>,
    corrects: Corrects,
}

/// Look whether a file is a submission.
pub fn opened(programme: &Programme, file: &Path, name: &str) -> anyhow::Result<Option<Opened>> {
    if intake::detect(file, name)? != Format::Submission {
        return Ok(None);
    }
    let answers = intake::xform::Answers::open(file, name)?;
    let known = programme.form(&answers.form_id, &answers.version)?;
    let corrects = match &known {
        Some(known) => Corrects::of(programme, known, &answers)?,
        None => Corrects::Nothing,
    };
    Ok(Some(Opened { answers, known, corrects }))
}

/// A profile that reads, and what its rows supersede, by turn.
type Reading<'a> = (Option<&'a Profile>, Option<&'a [(String, String)]>);

impl Opened {
    /// One reader for each profile of the form; a profile that the command gives reads alone, and so does what waits for
    /// a person as a whole.
    pub fn readers<'a>(&'a self, options: &intake::Options<'a>) -> Vec<intake::Reader<'a>> {
        let form = self.known.as_ref().map(|known| &known.xform);
        let whole = |rows: SubmissionRows| {
            vec![intake::open_rows(Box::new(rows), &intake::Options { profile: None, ..options.clone() })]
        };
        if let Corrects::Unclear(why) = &self.corrects {
            return whole(SubmissionRows::held(why.clone()));
        }
        let own = self.known.as_ref().map(|known| known.profiles.as_slice()).unwrap_or_default();
        let profiles: Vec<Reading<'_>> = match options.profile {
            None if !own.is_empty() => {
                own.iter().enumerate().map(|(at, profile)| (Some(profile), self.corrects.superseded(at))).collect()
            }
            given => vec![(given, None)],
        };
        let mut readers = Vec::new();
        for (profile, superseded) in profiles {
            let rows = SubmissionRows::new(&self.answers, form, profile, superseded);
            if rows.is_held() {
                return whole(rows);
            }
            readers.push(intake::open_rows(Box::new(rows), &intake::Options { profile, ..options.clone() }));
        }
        readers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A converter that does what a shell says.
    #[cfg(unix)]
    fn converting(script: &str) -> anyhow::Result<Vec<u8>> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("xls2xform");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        converted(program.to_str().unwrap(), "a.xlsx", b"PK", Duration::from_secs(2))
    }

    #[cfg(unix)]
    #[test]
    fn a_converter_that_hangs_is_stopped_and_one_that_fails_is_quoted() {
        assert_eq!(converting("echo '<form/>' > $3").unwrap(), b"<form/>\n");
        let slow = converting("exec sleep 100").unwrap_err().to_string();
        assert!(slow.contains("longer than 2 s"), "{slow}");
        let broken = converting("echo 'no survey sheet' >&2; exit 1").unwrap_err().to_string();
        assert!(broken.contains("no survey sheet"), "{broken}");
    }
}
