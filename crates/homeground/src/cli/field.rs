//! Commands about phones: `phone`, `form`.

use anyhow::Context;
use serde_json::json;

use super::arguments::{Form, Format, Phone, PhoneStep};
use super::{Outcome, Usage};
use crate::clock::now;
use crate::field::forms::New;
use crate::field::phones::{Phones, settings};
use crate::programme::Programme;

/// `homeground phone`.
pub fn phone(arguments: &Phone) -> anyhow::Result<Outcome> {
    let programme = &arguments.programme;
    // Named before anything is written, since a list of phones beside no programme would open nothing.
    let opened = Programme::read(programme)?;
    match &arguments.step {
        PhoneStep::List => {
            for phone in Phones::load(programme)?.all() {
                say!("{}  added {}", phone.name, phone.added_at);
            }
        }
        PhoneStep::Remove { name } => {
            Phones::remove(programme, name)?;
            say!("{name} is shut out; what it sent stays");
        }
        PhoneStep::Add { name, address, reads, format } => {
            let address = address.trim_end_matches('/');
            if !address.starts_with("http://") && !address.starts_with("https://") {
                return Err(Usage(format!("{address:?} is no address such as http://192.168.1.20:8080")).into());
            }
            let secrets = Phones::add(programme, name, *reads, now())?;
            let server = format!("{address}/v1/key/{}/projects/1", secrets.token);
            let settings = settings(&server, opened.name())?;
            let login = format!("{address}/v1/projects/1");
            if *format == super::arguments::TextOrJson::Json {
                say!(
                    "{}",
                    json!({"name": name, "server_url": server, "settings": settings,
                           "digest": {"server_url": login, "username": name, "password": secrets.password}})
                );
            } else {
                say!("server address:  {server}");
                say!("with a login:    {login}, name {name:?}, password {}", secrets.password);
                say!("settings (QR):   {settings}");
                say!("this is shown once; keep it as secret as a key");
            }
        }
    }
    Ok(Outcome::Done)
}

/// `homeground form`.
pub fn form(arguments: &Form) -> anyhow::Result<Outcome> {
    let forms = match &arguments.file {
        None => Programme::read(&arguments.programme)?.forms()?,
        Some(file) => {
            let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let read = |path: &std::path::PathBuf| {
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
            };
            let profiles = arguments.map.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let new = New::read(name, bytes, profiles)?;
            let mut programme = Programme::open(&arguments.programme)?;
            let added = programme.add_form(&new, now());
            programme.close()?;
            vec![added?]
        }
    };
    if arguments.format == Format::Json {
        let all: Vec<_> = forms
            .iter()
            .map(|form| {
                json!({"form_id": form.form_id, "version": form.version, "name": form.name,
                       "sha256": form.xml, "received_at": form.received_at, "profiles": form.profiles.len()})
            })
            .collect();
        say!("{}", serde_json::Value::Array(all));
    } else {
        for form in &forms {
            say!("{:<24} {:<14} {}", form.form_id, form.version, form.name);
        }
    }
    Ok(Outcome::Done)
}
