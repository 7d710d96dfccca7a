//! Which phones may send, and how they show it.
//!
//! A phone has a token, which stands in the address it is given, and a name with a password for Digest. Both are made
//! here, shown once and kept as hashes in `PROGRAMME.phones.toml` beside the programme, readable by its owner alone:
//! a programme that travels takes no key along. Whoever reads that file cannot get a token out of it, but can answer a
//! Digest challenge, since that is how Digest works (RFC 7616 §5.4); so the file is as secret as a key.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::hash_of;

use super::md5;
use crate::cli::Refused;

/// What Digest calls the place that is entered.
pub const REALM: &str = "Homeground";

/// A phone that may send.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// What people call it; its user name for Digest.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// Whether it may also read what came in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads: bool,
    token_sha256: String,
    digest_ha1: String,
}

/// What a new phone must be told; nobody can ask for it later.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Stands in the address.
    pub token: String,
    /// For Digest.
    pub password: String,
}

/// The phones of one programme.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phones {
    #[serde(default)]
    phone: Vec<Phone>,
}

/// Where the phones of a programme are kept.
pub fn path(programme: &Path) -> PathBuf {
    let mut name = programme.as_os_str().to_owned();
    name.push(".phones.toml");
    name.into()
}

/// Held from reading the list to writing it, so that of two changes at once neither is lost: a phone that was shut out
/// would come back. The lock ends with the process; the empty file stays, since another may wait for it.
fn locked(programme: &Path) -> anyhow::Result<fs::File> {
    let mut name = path(programme).into_os_string();
    name.push(".lock");
    let name = PathBuf::from(name);
    let open = fs::OpenOptions::new().write(true).create(true).truncate(false).open(&name);
    let lock = || open.and_then(|file| file.lock().map(|()| file));
    lock().with_context(|| format!("cannot lock {}", name.display()))
}

impl Phones {
    /// Those that may send now. Read anew for each request, so that a phone that was lost is shut out at once.
    pub fn load(programme: &Path) -> anyhow::Result<Phones> {
        let path = path(programme);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("{} is not a list of phones; correct it or delete it", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Phones::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// All of them, in the order in which they were added.
    pub fn all(&self) -> &[Phone] {
        &self.phone
    }

    /// The phone whose token this is.
    pub fn with_token(&self, token: &str) -> Option<&Phone> {
        let hash = hash_of(token.as_bytes());
        self.phone.iter().find(|phone| phone.token_sha256 == hash)
    }

    /// The phone of this name, with what proves its password: MD5 of name, realm and password (RFC 7616 §3.4.2).
    pub fn with_name(&self, name: &str) -> Option<(&Phone, &str)> {
        self.phone.iter().find(|phone| phone.name == name).map(|phone| (phone, phone.digest_ha1.as_str()))
    }

    /// Add a phone, or a program that also `reads` what came in.
    pub fn add(programme: &Path, name: &str, reads: bool, at: Timestamp) -> anyhow::Result<Secrets> {
        let name = name.trim();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
        if name.is_empty() || name.len() > 60 || !name.chars().all(is_plain) {
            let text = format!(
                "a phone cannot be called {name:?}. hint: up to 60 Latin letters, digits, blanks, dots and dashes, because it is also its user name"
            );
            return Err(Refused(text).into());
        }
        let _lock = locked(programme)?;
        let mut phones = Phones::load(programme)?;
        if phones.with_name(name).is_some() {
            let text = format!("there is a phone called {name:?} already. hint: take another name, or remove that one");
            return Err(Refused(text).into());
        }
        let secrets = Secrets { token: random(32)?, password: random(10)? };
        phones.phone.push(Phone {
            name: name.to_owned(),
            added_at: at,
            reads,
            token_sha256: hash_of(secrets.token.as_bytes()),
            digest_ha1: md5(format!("{name}:{REALM}:{}", secrets.password).as_bytes()),
        });
        phones.save(programme)?;
        Ok(secrets)
    }

    /// Shut a phone out. What it sent stays.
    pub fn remove(programme: &Path, name: &str) -> anyhow::Result<()> {
        let _lock = locked(programme)?;
        let mut phones = Phones::load(programme)?;
        let before = phones.phone.len();
        phones.phone.retain(|phone| phone.name != name);
        if phones.phone.len() == before {
            return Err(Refused(format!("no phone here is called {name:?}")).into());
        }
        phones.save(programme)
    }

    /// Replaced as a whole, so that nobody reads half of it.
    fn save(&self, programme: &Path) -> anyhow::Result<()> {
        let path = path(programme);
        let part = path.with_extension("toml.part");
        let text = "# Phones that may send to the programme beside this file. Secret: do not copy it along.\n\n"
            .to_owned()
            + &toml::to_string(self).context("the list of phones cannot be written")?;
        let write = || {
            let _ = fs::remove_file(&part);
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&part)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&part, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Random bytes as hex.
pub fn random(n_bytes: usize) -> anyhow::Result<String> {
    let mut bytes = vec![0; n_bytes];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The settings that ODK Collect reads from a QR code (docs.getodk.org, collect-import-export): JSON, deflated, base64.
pub fn settings(server: &str, programme: &str) -> anyhow::Result<String> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let general = serde_json::json!({
        "server_url": server,
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
    });
    let all = serde_json::json!({"general": general, "admin": {}, "project": {"name": programme}});
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(all.to_string().as_bytes()).context("the settings cannot be packed")?;
    Ok(STANDARD.encode(packed.finish().context("the settings cannot be packed")?))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use base64::Engine;

    use super::*;

    #[test]
    fn a_token_opens_until_its_phone_is_removed_and_stands_nowhere_in_plain() {
        let folder = tempfile::tempdir().unwrap();
        let programme = folder.path().join("p.gpkg");
        let secrets = Phones::add(&programme, "Team 3", false, Timestamp::UNIX_EPOCH).unwrap();
        let phones = Phones::load(&programme).unwrap();
        assert_eq!(phones.with_token(&secrets.token).unwrap().name, "Team 3");
        assert!(phones.with_token(&secrets.password).is_none());
        let kept = fs::read_to_string(path(&programme)).unwrap();
        assert!(!kept.contains(&secrets.token) && !kept.contains(&secrets.password));
        assert!(Phones::add(&programme, "Team 3", false, Timestamp::UNIX_EPOCH).is_err());
        assert!(Phones::add(&programme, "a:b", false, Timestamp::UNIX_EPOCH).is_err());
        Phones::remove(&programme, "Team 3").unwrap();
        assert!(Phones::load(&programme).unwrap().with_token(&secrets.token).is_none());
        assert!(Phones::remove(&programme, "Team 3").is_err());
    }

    #[test]
    fn of_changes_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let programme = folder.path().join("p.gpkg");
        for n in 0..20 {
            Phones::add(&programme, &format!("old {n}"), false, Timestamp::UNIX_EPOCH).unwrap();
        }
        std::thread::scope(|scope| {
            for n in 0..20 {
                let programme = &programme;
                scope.spawn(move || Phones::remove(programme, &format!("old {n}")).unwrap());
                scope.spawn(move || Phones::add(programme, &format!("new {n}"), false, Timestamp::UNIX_EPOCH).unwrap());
            }
        });
        let phones = Phones::load(&programme).unwrap();
        assert_eq!(phones.all().len(), 20);
        assert!(phones.all().iter().all(|phone| phone.name.starts_with("new")), "none that was shut out comes back");
    }

    #[cfg(unix)]
    #[test]
    fn the_list_of_phones_is_read_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let programme = folder.path().join("p.gpkg");
        Phones::add(&programme, "Team 3", false, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(fs::metadata(path(&programme)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn collect_reads_the_settings_back() {
        let text = settings("http://10.0.0.5:8080/v1/key/abc/projects/1", "Kəlbəcər").unwrap();
        let packed = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let mut json = String::new();
        flate2::read::ZlibDecoder::new(&packed[..]).read_to_string(&mut json).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["general"]["server_url"], "http://10.0.0.5:8080/v1/key/abc/projects/1");
        assert_eq!(value["project"]["name"], "Kəlbəcər");
        assert!(value["admin"].is_object());
    }
}
