//! Entries: canonical bytes, ids, chains, signatures (CONTRACT §3).
//!
//! The canonical form is JSON by RFC 8785; the id is the SHA-256 of those bytes. A writer is named by its
//! Ed25519 public key in hex, so nothing but the entry itself is needed to check a signature.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// SHA-256 of the canonical bytes of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub [u8; 32]);

impl EntryId {
    /// The id of these canonical bytes.
    pub fn of(body: &[u8]) -> EntryId {
        EntryId(Sha256::digest(body).into())
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for EntryId {
    type Err = Broken;
    fn from_str(hex: &str) -> Result<EntryId, Broken> {
        unhex(hex).map(EntryId).ok_or_else(|| Broken::Id(hex.to_owned()))
    }
}

impl Serialize for EntryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<EntryId, D::Error> {
        let hex = std::borrow::Cow::<str>::deserialize(deserializer)?;
        hex.parse().map_err(serde::de::Error::custom)
    }
}

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Names the programme and its country; the first entry of the office that made it.
    Programme,
    /// Reports something: the payload is a record.
    Record,
    /// A step of the workflow of records (REC-2): submitted, verified, accepted, approved or rejected.
    Approval,
    /// Takes back a record that was never approved.
    Withdrawal,
    /// One run of an import: file, hash, profile, counts.
    Import,
    /// A row that could not be accepted, with the reasons, kept for a person.
    Held,
}

impl EntryKind {
    /// As entries spell it.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Programme => "programme",
            EntryKind::Record => "record",
            EntryKind::Approval => "approval",
            EntryKind::Withdrawal => "withdrawal",
            EntryKind::Import => "import",
            EntryKind::Held => "held",
        }
    }
}

/// The fields of an entry, as read back from its canonical bytes. The payload stays text until needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<'a> {
    /// Public key of the office or device that recorded it, hex.
    pub writer: &'a str,
    /// 1, 2, 3 … within the writer.
    pub seq: u64,
    /// Id of the writer's previous entry.
    pub prev: Option<EntryId>,
    /// When it was learned: transaction time (REC-1).
    pub recorded_at: Timestamp,
    /// What it does.
    pub kind: EntryKind,
    /// What it says, JSON.
    #[serde(borrow)]
    pub payload: &'a RawValue,
}

/// An entry before it is signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// When it was learned.
    pub recorded_at: Timestamp,
    /// What it does.
    pub kind: EntryKind,
    /// What it says.
    pub payload: Value,
}

/// An entry with its id and signature, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// SHA-256 of `body`.
    pub id: EntryId,
    /// Canonical JSON (RFC 8785).
    pub body: String,
    /// Ed25519 over the 32 bytes of the id.
    pub signature: [u8; 64],
}

/// What is wrong with an entry or a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not 64 hex digits.
    #[error("{0:?} is not an entry id")]
    Id(String),
    /// The body is not the JSON of an entry.
    #[error("entry {id}: the body is not an entry: {why}")]
    Body {
        /// Which entry.
        id: EntryId,
        /// Why.
        why: String,
    },
    /// The body is an entry, but not in canonical form.
    #[error("entry {0}: the body is not in canonical form (RFC 8785)")]
    NotCanonical(EntryId),
    /// The id is not the hash of the body.
    #[error("entry {id}: its body hashes to {hash}")]
    Hash {
        /// Id as kept.
        id: EntryId,
        /// Hash of the body.
        hash: EntryId,
    },
    /// The signature is not by the writer.
    #[error("entry {id}: the signature is not by writer {writer}")]
    Signature {
        /// Which entry.
        id: EntryId,
        /// Who should have signed.
        writer: String,
    },
    /// `seq` or `prev` does not follow.
    #[error("entry {id}: writer {writer} wrote seq {seq} after seq {after}, and prev does not name that entry")]
    Chain {
        /// Which entry.
        id: EntryId,
        /// Whose chain.
        writer: String,
        /// Its place in the chain.
        seq: u64,
        /// Where the chain stood.
        after: u64,
    },
}

impl Signed {
    /// The fields of the entry.
    pub fn entry(&self) -> Result<Entry<'_>, Broken> {
        serde_json::from_str(&self.body).map_err(|e| Broken::Body { id: self.id, why: e.to_string() })
    }

    /// Check hash, form and signature of this entry alone.
    pub fn verify(&self) -> Result<(), Broken> {
        self.verify_signature(&self.verify_body()?)
    }

    fn verify_body(&self) -> Result<Entry<'_>, Broken> {
        let hash = EntryId::of(self.body.as_bytes());
        if hash != self.id {
            return Err(Broken::Hash { id: self.id, hash });
        }
        let value: Value =
            serde_json::from_str(&self.body).map_err(|e| Broken::Body { id: self.id, why: e.to_string() })?;
        if canonical(&value) != self.body {
            return Err(Broken::NotCanonical(self.id));
        }
        self.entry()
    }

    fn verify_signature(&self, entry: &Entry<'_>) -> Result<(), Broken> {
        let unsigned = || Broken::Signature { id: self.id, writer: entry.writer.to_owned() };
        let key = key_of(entry.writer).ok_or_else(unsigned)?;
        key.verify_strict(&self.id.0, &Signature::from_bytes(&self.signature)).map_err(|_| unsigned())
    }
}

/// Check hash, form and signature of several entries; what they say, or the first that is broken.
///
/// Signatures are checked as one sum, which takes half the time. Where it does not come out, each is checked alone, so
/// that one false signature is found and named. A sum can hold where [`Signed::verify`] refuses only if the owner of
/// the key made a signature of small order on purpose, and he could as well have signed.
pub fn verify_all(entries: &[Signed]) -> Result<Vec<Entry<'_>>, Broken> {
    let read: Vec<Entry<'_>> = entries.iter().map(Signed::verify_body).collect::<Result<_, _>>()?;
    if !is_signed_in_sum(entries, &read) {
        entries.iter().zip(&read).try_for_each(|(signed, entry)| signed.verify_signature(entry))?;
    }
    Ok(read)
}

fn is_signed_in_sum(entries: &[Signed], read: &[Entry<'_>]) -> bool {
    let mut keys: Vec<VerifyingKey> = Vec::with_capacity(read.len());
    for (at, entry) in read.iter().enumerate() {
        let same = at.checked_sub(1).filter(|&before| read[before].writer == entry.writer).map(|before| keys[before]);
        match same.or_else(|| key_of(entry.writer).filter(|key| !key.is_weak())) {
            Some(key) => keys.push(key),
            None => return false,
        }
    }
    let ids: Vec<&[u8]> = entries.iter().map(|signed| &signed.id.0[..]).collect();
    let signatures: Vec<Signature> = entries.iter().map(|signed| Signature::from_bytes(&signed.signature)).collect();
    ed25519_dalek::verify_batch(&ids, &signatures, &keys).is_ok()
}

fn key_of(writer: &str) -> Option<VerifyingKey> {
    unhex(writer).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
}

/// JSON by RFC 8785.
pub fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("a JSON value has a canonical form")
}

/// One office or device and the head of its chain.
#[derive(Debug, Clone)]
pub struct Writer {
    key: SigningKey,
    id: String,
    seq: u64,
    prev: Option<EntryId>,
}

/// Begins everything that a writer signs and that is no entry.
pub const SEAL: &[u8] = b"homeground seal\n";

impl Writer {
    /// The writer of this secret, at the head of its chain in this programme.
    pub fn new(secret: [u8; 32], head: Option<(u64, EntryId)>) -> Writer {
        let key = SigningKey::from_bytes(&secret);
        let id = hex(key.verifying_key().as_bytes());
        Writer { key, id, seq: head.map_or(0, |h| h.0), prev: head.map(|h| h.1) }
    }

    /// Public key, hex.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sign the next entry of the chain.
    pub fn sign(&mut self, draft: &Draft) -> Signed {
        self.sign_canonical(draft.recorded_at, draft.kind, &canonical(&draft.payload))
    }

    /// The signature of this writer under something that is no entry, such as the SHA-256 of an answer sheet. What is
    /// signed begins with [`SEAL`], so that no such signature is ever one of an entry.
    pub fn seal(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(&[SEAL, bytes].concat()).to_bytes()
    }

    /// As [`Writer::sign`], for a payload whose canonical form is at hand.
    pub fn sign_canonical(&mut self, recorded_at: Timestamp, kind: EntryKind, payload: &str) -> Signed {
        self.seq += 1;
        let (kind, seq, writer) = (kind.name(), self.seq, &self.id);
        let prev = self.prev.map_or_else(|| "null".to_owned(), |prev| format!("\"{prev}\""));
        // Members in the order of RFC 8785; none of these values needs an escape.
        let body = format!(
            r#"{{"kind":"{kind}","payload":{payload},"prev":{prev},"recorded_at":"{recorded_at}","seq":{seq},"writer":"{writer}"}}"#
        );
        let id = EntryId::of(body.as_bytes());
        self.prev = Some(id);
        Signed { id, signature: self.key.sign(&id.0).to_bytes(), body }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        Writer::new([7; 32], None)
    }

    fn draft(text: &str) -> Draft {
        Draft {
            recorded_at: "2025-07-01T12:00:00Z".parse().unwrap(),
            kind: EntryKind::Programme,
            payload: serde_json::json!({"name": text, "area": 1e21, "b": 0.1}),
        }
    }

    #[test]
    fn an_entry_is_kept_in_canonical_form_and_its_signature_holds() {
        let mut writer = writer();
        let first = writer.sign(&draft("Kəlbəcər"));
        let second = writer.sign(&draft("Karvachar"));
        assert_eq!(first.verify(), Ok(()));
        assert_eq!(second.entry().unwrap().prev, Some(first.id));
        expect_test::expect![[
            r#"{"kind":"programme","payload":{"area":1e+21,"b":0.1,"name":"Kəlbəcər"},"prev":null,"recorded_at":"2025-07-01T12:00:00Z","seq":1,"writer":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"}"#
        ]]
        .assert_eq(&first.body);
    }

    #[test]
    fn a_changed_byte_a_foreign_signature_and_another_spelling_are_found() {
        let signed = writer().sign(&draft("Zar"));
        let changed = Signed { body: signed.body.replace("Zar", "Zas"), ..signed.clone() };
        assert!(matches!(changed.verify(), Err(Broken::Hash { .. })));
        let foreign = Signed { signature: Writer::new([8; 32], None).sign(&draft("Zar")).signature, ..signed.clone() };
        assert!(matches!(foreign.verify(), Err(Broken::Signature { .. })));
        let body = signed.body.replace("\"seq\":1", "\"seq\": 1");
        let spaced = Signed { id: EntryId::of(body.as_bytes()), body, ..signed };
        assert!(matches!(spaced.verify(), Err(Broken::NotCanonical(_))));
    }

    #[test]
    fn of_many_entries_the_first_that_is_broken_is_named() {
        let (mut one, mut two) = (writer(), Writer::new([8; 32], None));
        let mut signed: Vec<Signed> =
            (0..40).map(|n| if n % 3 == 0 { &mut two } else { &mut one }.sign(&draft(&n.to_string()))).collect();
        let read = verify_all(&signed).unwrap();
        assert_eq!(read.iter().map(|entry| entry.seq).collect::<Vec<_>>()[..4], [1, 1, 2, 2]);
        assert_eq!(verify_all(&[]).unwrap().len(), 0);
        signed[30].signature = signed[31].signature;
        signed[17].signature[5] ^= 1;
        assert_eq!(verify_all(&signed).unwrap_err(), signed[17].verify().unwrap_err());
        let Broken::Signature { id, .. } = verify_all(&signed[18..]).unwrap_err() else { panic!("another finding") };
        assert_eq!(id, signed[30].id);
    }
}
