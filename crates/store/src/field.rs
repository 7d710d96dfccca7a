//! What phones send, as it is kept: forms, submissions and their files. Nothing of it is ever changed or removed.

use jiff::Timestamp;

/// SHA-256 of bytes, hex: how a kept file is named.
pub type FileHash = String;

/// One version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Id of the form, as its XML says.
    pub form_id: String,
    /// Its version; may be empty.
    pub version: String,
    /// What people call it.
    pub name: String,
    /// The XForm.
    pub xml: FileHash,
    /// Mapping profiles, TOML; each says which records one layer of the answers becomes.
    pub profiles: Vec<String>,
    /// Whether it came with Homeground.
    pub is_ready: bool,
    /// When it was added.
    pub received_at: Timestamp,
}

/// Something drawn over the network that nobody has submitted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// The layer it would be in.
    pub layer: String,
    /// GeoJSON.
    pub feature: String,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// What was said of a submission when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody had sent this instance.
    New,
    /// The instance was known, with other bytes.
    Conflict,
    /// No such form, or not in this version.
    UnknownForm,
}

impl Outcome {
    /// As files spell it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::New => "new",
            Outcome::Conflict => "conflict",
            Outcome::UnknownForm => "unknown_form",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Outcome> {
        [Outcome::New, Outcome::Conflict, Outcome::UnknownForm].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// One filled form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its number in this store, from 1.
    pub number: u64,
    /// `instanceID`, as the form says.
    pub instance_id: String,
    /// Form and version it was filled with.
    pub form_id: String,
    /// See `form_id`.
    pub version: String,
    /// The answers, XML.
    pub xml: FileHash,
    /// When it came.
    pub received_at: Timestamp,
    /// Which phone sent it, by the name it was given here.
    pub received_from: String,
    /// What was said of it.
    pub outcome: Outcome,
}

/// One file of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Number of the submission.
    pub submission: u64,
    /// The name the form gave it.
    pub name: String,
    /// What the sender says it is.
    pub media_type: String,
    /// Its bytes.
    pub file: FileHash,
    /// When it came.
    pub received_at: Timestamp,
}

/// Something that arrived; kept as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A version of a form; the bytes of its XML, and of its workbook.
    Form(Form, Vec<Vec<u8>>),
    /// A submission not seen before, with the files that came along. Its number and theirs are set on arrival.
    Submission(Submission, Vec<u8>, Vec<(Attachment, Vec<u8>)>),
    /// More files of a submission that is kept.
    Attachments(Vec<(Attachment, Vec<u8>)>),
}

/// Which submissions are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubmissionQuery {
    /// With this instance id.
    pub instance_id: Option<String>,
    /// With this number.
    pub number: Option<u64>,
    /// At most so many, the newest first.
    pub limit: usize,
}
