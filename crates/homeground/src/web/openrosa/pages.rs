//! Pages about forms and phones: which forms there are, what came in, which phones may send.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use axum::Form as Fields;
use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use intake::xform::Answers;
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use store::{Form, Outcome, Submission, SubmissionQuery};

use super::super::shown::Change;
use super::{segment, version_of, version_segment};
use crate::cli::Refused;
use crate::field::forms::New;
use crate::field::lists;
use crate::field::phones::{Phones, Secrets, settings};
use crate::programme::Programme;
use crate::web::asked::Asked;
use crate::web::page::{Head, Tab, page};
use crate::web::problem::Problem;
use crate::web::quantity::{count, instant};
use crate::web::{App, Scene, names};

/// Submissions on one page.
const SHOWN: usize = 200;

/// `GET /forms`.
pub async fn forms(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let forms = scene.programme.offered_forms()?;
        let main = html! {
            section {
                h1 { "Forms" }
                p.answer {
                    "Phones fill them in with ODK Collect, without a network. What they send becomes proposed records. "
                    a href="/phones" { "Phones that may send" } " · " a href="/forms/received" { "What came in" }
                }
                div.table role="region" aria-label="Table: Forms" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Form" } th scope="col" { "Version" } th scope="col" { "Becomes" } th scope="col" { "Takes along" } } }
                        tbody {
                            @for form in &forms { (form_row(scene.programme, form)?) }
                        }
                    }
                }
            }
            section aria-labelledby="add" {
                h2 #add { "Add a form, or a new version of one" }
                form.fields method="post" action="/forms" enctype="multipart/form-data" {
                    div.wide {
                        label for="form" { "Form: XForm (XML), or XLSForm where pyxform is installed on the serving machine" }
                        input #form type="file" name="form" required accept=".xml,.xlsx,.xls";
                    }
                    div.wide {
                        label for="profile" { "Mapping profiles (TOML): what records the answers become" }
                        input #profile type="file" name="profile" multiple accept=".toml" aria-describedby="profile-hint";
                        p.hint #profile-hint { "None: the profiles of the version before. If there are none either, questions named as fields are read as they are." }
                    }
                    div.wide { button.primary { "Add" } }
                }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Forms, "Forms"), main))
    })
    .await
}

fn form_row(programme: &Programme, form: &Form) -> Result<Markup, Problem> {
    let known = programme.form(&form.form_id, &form.version)?;
    let needs = known.as_ref().map(|known| known.xform.media.clone()).unwrap_or_default();
    Ok(html! {
        tr {
            th scope="row" { a href={ "/forms/" (segment(&form.form_id)) } { (form.name) } }
            td { (form.version) }
            td { (becomes(known.as_ref().map(|known| known.profiles.as_slice()).unwrap_or_default())) }
            td {
                @for name in &needs {
                    @if lists::NAMES.contains(&name.as_str()) { (name) " " }
                    @else { span.tag.w { (name) ": nobody here has it" } }
                }
            }
        }
    })
}

fn becomes(profiles: &[intake::Profile]) -> String {
    let kinds: Vec<String> = profiles.iter().filter_map(|profile| profile.record).map(names::kind).collect();
    if kinds.is_empty() { "what the answers say".to_owned() } else { kinds.join(", ") }
}

/// `GET /forms/FORM`: its versions.
pub async fn form(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| {
        let mut versions = scene.programme.forms()?;
        versions.retain(|form| form.form_id == id);
        let Some(newest) = versions.last().cloned() else { return Err(Problem::unknown("form", &id)) };
        let main = html! {
            section {
                p.crumbs { a href="/forms" { "Forms" } " / " (newest.name) }
                h1 { (newest.name) }
                p { a.button.primary href={ "/forms/" (segment(&id)) "/fill" } { "Fill it in here" } }
                p.answer { "Every version is kept, because phones may hold an old one for months. The last is the one that is offered." }
                div.table role="region" aria-label="Table: Versions" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Version" } th scope="col" { "Added" } th scope="col" { "Form" } th scope="col" { "Becomes" } } }
                        tbody {
                            @for form in versions.iter().rev() {
                                tr {
                                    th scope="row" { @if form.version.is_empty() { "none" } @else { (form.version) } }
                                    td { (instant(form.received_at)) }
                                    td { a href={ "/forms/" (segment(&id)) "/" (version_segment(&form.version)) } { "XForm" } }
                                    td { (becomes(&scene.programme.form(&id, &form.version)?.map(|known| known.profiles).unwrap_or_default())) }
                                }
                            }
                        }
                    }
                }
                @if !newest.profiles.is_empty() {
                    details.data {
                        summary { "Mapping profiles of the last version" }
                        @for profile in &newest.profiles { pre tabindex="0" { (profile) } }
                    }
                }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Forms, &newest.name), main))
    })
    .await
}

/// `GET /forms/FORM/VERSION`: the document, to be kept.
pub async fn form_xml(
    State(app): State<Arc<App>>,
    Path((id, version)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let found = scene.programme.kept_form(&id, version_of(&version))?;
        let form = found.ok_or_else(|| Problem::unknown("form", &id))?;
        let name = format!("attachment; filename=\"{}.xml\"", segment(&id));
        let kind = "text/xml; charset=utf-8".to_owned();
        let mut document = scene.programme.form_xml(&form)?;
        if scene.asked.get("for") == Some("browser") {
            document = super::fill::for_browser(document);
        }
        Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], document).into_response())
    })
    .await
}

/// `POST /forms`.
pub async fn add_form(State(app): State<Arc<App>>, mut multipart: Multipart) -> Result<Redirect, Problem> {
    const MOST: usize = 32 * 1024 * 1024;
    let (mut name, mut bytes, mut profiles) = (String::new(), Vec::new(), Vec::new());
    let broken = |error: axum::extract::multipart::MultipartError| Problem::bad_form(error.body_text());
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        let (part, file) =
            (field.name().unwrap_or_default().to_owned(), field.file_name().unwrap_or_default().to_owned());
        let mut read = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            read.extend_from_slice(&chunk);
            if read.len() > MOST {
                return Err(Problem::bad_form(format!("{file:?} is longer than {} MB", MOST / 1_048_576)));
            }
        }
        match part.as_str() {
            "form" => (name, bytes) = (file, read),
            "profile" if read.is_empty() => {}
            "profile" => {
                let text =
                    String::from_utf8(read).map_err(|_| Problem::bad_form(format!("{file:?} is not UTF-8 text")))?;
                profiles.push(text);
            }
            other => return Err(Problem::bad_form(format!("the form has no field {other:?}"))),
        }
    }
    if bytes.is_empty() {
        return Err(Problem::bad_form("no file was chosen"));
    }
    let at = (app.options.now)().timestamp();
    let form = super::blocking(move || {
        // Converting takes seconds, and nobody may wait for it.
        let new = New::read(name, bytes, profiles).map_err(|error| refused_or_failed(&error))?;
        let added = app.change(Change::CHECKED, |programme| programme.add_form(&new, at))?;
        added.map_err(|error| refused_or_failed(&error))
    })
    .await?;
    Ok(Redirect::to(&format!("/forms/{}", segment(&form.form_id))))
}

fn refused_or_failed(error: &anyhow::Error) -> Problem {
    if error.is::<Refused>() || error.is::<intake::Refused>() {
        Problem::bad_form(format!("{error:#}"))
    } else {
        Problem::failure(error)
    }
}

/// `GET /forms/received`: the newest submissions.
pub async fn received(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let query = SubmissionQuery { limit: SHOWN, ..SubmissionQuery::default() };
        let newest = scene.programme.store().submissions(&query).map_err(anyhow::Error::from)?;
        let main = html! {
            section {
                p.crumbs { a href="/forms" { "Forms" } " / What came in" }
                h1 { "What came in" }
                p.answer { "Every filled form as it arrived, the newest first, byte for byte. Whatever becomes of its records, it stays." }
                div.table role="region" aria-label="Table: What came in" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Came" } th scope="col" { "Form" } th scope="col" { "From" } th scope="col" { "Became" } th.n scope="col" { "Files" } } }
                        tbody {
                            @for submission in &newest {
                                @let files = files_of(scene.programme, submission)?;
                                tr {
                                    th scope="row" { a href={ "/forms/received/" (submission.number) } { (instant(submission.received_at)) } }
                                    td { (submission.form_id) " " (submission.version) }
                                    td { (submission.received_from) }
                                    td { (became(submission)) }
                                    td.n { (count(files.here)) @if !files.missing.is_empty() { ", " (count(files.missing.len())) " missing" } }
                                }
                            }
                            @if newest.is_empty() { tr { td colspan="5" { "Nothing yet." } } }
                        }
                    }
                }
                @if newest.len() == SHOWN { p.note { "The newest " (SHOWN) " are shown; the ledger leads to all records." } }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Forms, "What came in"), main))
    })
    .await
}

fn became(submission: &Submission) -> Markup {
    match submission.outcome {
        Outcome::New => html! { "read" },
        Outcome::Conflict => html! { span.tag.e { "other answers under a known id" } },
        Outcome::UnknownForm => html! { span.tag.w { "came before its form was known" } },
    }
}

struct Files {
    here: usize,
    missing: Vec<String>,
}

fn files_of(programme: &Programme, submission: &Submission) -> Result<Files, Problem> {
    let here = programme.store().attachments(submission.number).map_err(anyhow::Error::from)?.len();
    let known = programme.form(&submission.form_id, &submission.version)?;
    let xml = programme.store().field_file(&submission.xml).map_err(anyhow::Error::from)?.unwrap_or_default();
    let answers = Answers::parse(&xml, "the submission").map_err(anyhow::Error::from)?;
    let missing = programme.missing_files(&answers, known.as_ref(), submission.number)?;
    Ok(Files { here, missing })
}

fn numbered(scene: &Scene<'_>, number: &str) -> Result<Submission, Problem> {
    let unknown = || Problem::unknown("submission", number);
    let query = SubmissionQuery { number: Some(number.parse().map_err(|_| unknown())?), limit: 1, instance_id: None };
    let found = scene.programme.store().submissions(&query).map_err(anyhow::Error::from)?;
    found.into_iter().next().ok_or_else(unknown)
}

/// `GET /forms/received/NUMBER`: one submission with its files.
pub async fn submission(
    State(app): State<Arc<App>>,
    Path(number): Path<String>,
    asked: Asked,
) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| {
        let submission = numbered(scene, &number)?;
        let attachments = scene.programme.store().attachments(submission.number).map_err(anyhow::Error::from)?;
        let xml = scene.programme.store().field_file(&submission.xml).map_err(anyhow::Error::from)?.unwrap_or_default();
        let files = files_of(scene.programme, &submission)?;
        let main = html! {
            section {
                p.crumbs { a href="/forms" { "Forms" } " / " a href="/forms/received" { "What came in" } " / " (number) }
                h1 { (submission.form_id) " " (submission.version) }
                dl.facts {
                    dt { "Came" } dd { (instant(submission.received_at)) " from " (submission.received_from) }
                    dt { "Id" } dd { code { (submission.instance_id) } }
                    dt { "Became" } dd { (became(&submission)) }
                    dt { "SHA-256" } dd { code.hash { (submission.xml) } }
                    dt { "Records" } dd { a href=(scene.asked.href("/ledger", &[("text", &submission.instance_id)])) { "Entries that name it" } }
                }
                h2 { "Files" }
                ul {
                    @for attachment in &attachments {
                        li { a href={ "/forms/received/" (number) "/" (segment(&attachment.name)) "?sha256=" (attachment.file) } { (attachment.name) } }
                    }
                    @for name in &files.missing { li { (name) " " span.tag.w { "has not arrived" } } }
                    @if attachments.is_empty() && files.missing.is_empty() { li { "None." } }
                }
                h2 { "Answers" }
                p { a href={ "/forms/received/" (number) "/answers.xml" } { "As they came" } }
                pre tabindex="0" { (String::from_utf8_lossy(&xml).chars().take(20_000).collect::<String>()) }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Forms, "What came in"), main))
    })
    .await
}

/// `GET /forms/received/NUMBER/NAME`: one file, to be kept and not to be opened in the page.
pub async fn file(
    State(app): State<Arc<App>>,
    Path((number, name)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let submission = numbered(scene, &number)?;
        let store = scene.programme.store();
        let attachments = store.attachments(submission.number).map_err(anyhow::Error::from)?;
        let wanted = scene.asked.get("sha256");
        let found = attachments.iter().find(|file| file.name == name && wanted.is_none_or(|hash| hash == file.file));
        let hash = match found {
            Some(attachment) => &attachment.file,
            None if name == "answers.xml" => &submission.xml,
            None => return Err(Problem::unknown("file of this submission", &name)),
        };
        let bytes = store.field_file(hash).map_err(anyhow::Error::from)?;
        let bytes = bytes.ok_or_else(|| Problem::unknown("file of this submission", &name))?;
        let kind = "application/octet-stream".to_owned();
        let named = format!("attachment; filename*=UTF-8''{}", segment(&name));
        Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)], bytes).into_response())
    })
    .await
}

/// `GET /phones`.
pub async fn phones(
    State(app): State<Arc<App>>,
    asked: Asked,
    headers: axum::http::HeaderMap,
) -> Result<Markup, Problem> {
    let listens = app.listens;
    app.scene(asked, move |scene| {
        let phones = Phones::load(scene.programme.path())?;
        let main = html! {
            section {
                h1 { "Phones" }
                p.answer { "Phones that may fetch forms and send what was filled in. " a href="/forms" { "Forms" } }
                @if listens.ip().is_loopback() {
                    p.band { "This server is heard on this machine only. For phones, start it with " code { "--listen 0.0.0.0:" (listens.port()) } "." }
                }
                div.table role="region" aria-label="Table: Phones" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Phone" } th scope="col" { "Added" } th scope="col" { "Lost it?" } } }
                        tbody {
                            @for phone in phones.all() {
                                tr {
                                    th scope="row" { (phone.name) @if phone.reads { " " span.tag { "also reads" } } }
                                    td { (instant(phone.added_at)) }
                                    td { form method="post" action="/phones/remove" {
                                        input type="hidden" name="name" value=(phone.name);
                                        button aria-label={ "Shut out " (phone.name) } { "Shut out" }
                                    } }
                                }
                            }
                            @if phones.all().is_empty() { tr { td colspan="3" { "None yet. Until there is one, only this machine may send." } } }
                        }
                    }
                }
            }
            section aria-labelledby="add" {
                h2 #add { "Add a phone" }
                form.fields method="post" action="/phones" {
                    div {
                        label for="name" { "What people call it" }
                        input #name name="name" required maxlength="60" pattern="[A-Za-z0-9 ._\\-]+" autocomplete="off" aria-describedby="name-hint";
                        p.hint #name-hint { "Latin letters, digits, blanks, dots and dashes: a team or a number, never a person." }
                    }
                    div {
                        label for="address" { "Address under which phones reach this server" }
                        input #address name="address" type="url" required value=(likely_address(&headers, listens)) aria-describedby="address-hint";
                        p.hint #address-hint { "Phone and server must be in one network, or the server must be reachable from outside by https." }
                    }
                    div.wide {
                        label { input type="checkbox" name="reads" value="yes"; " It may also read what came in: for programs such as pyodk, never for phones" }
                    }
                    div.wide { button.primary { "Add, and show its code" } }
                }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Forms, "Phones"), main))
    })
    .await
}

/// The address in the browser, unless it means this machine itself; then the one by which it reaches its network.
fn likely_address(headers: &axum::http::HeaderMap, listens: SocketAddr) -> String {
    let origin = super::origin(&axum::http::Uri::default(), headers);
    let is_here = ["127.", "localhost", "[::1]", "0.0.0.0"].iter().any(|here| origin.contains(&format!("//{here}")));
    if !is_here {
        return origin;
    }
    // Asks the system for a route and sends nothing.
    let route = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    match route.map(|address| address.ip()) {
        Ok(IpAddr::V4(ip)) if !ip.is_loopback() && !ip.is_unspecified() => format!("http://{ip}:{}", listens.port()),
        _ => origin,
    }
}

/// What the form for a new phone says.
#[derive(Debug, Deserialize)]
pub struct NewPhone {
    name: String,
    address: String,
    #[serde(default)]
    reads: Option<String>,
}

/// `POST /phones`: the sheet for the new phone, shown once.
pub async fn add_phone(
    State(app): State<Arc<App>>,
    asked: Asked,
    Fields(new): Fields<NewPhone>,
) -> Result<Markup, Problem> {
    let address = new.address.trim().trim_end_matches('/').to_owned();
    if !(address.starts_with("http://") || address.starts_with("https://")) || address.len() > 500 {
        return Err(Problem::bad_form(format!("{address:?} is no address such as http://192.168.1.20:8080")));
    }
    let at = (app.options.now)().timestamp();
    app.scene(asked, move |scene| {
        let added = Phones::add(scene.programme.path(), &new.name, new.reads.is_some(), at);
        let secrets = added.map_err(|error| refused_or_failed(&error))?;
        sheet(scene, new.name.trim(), &address, &secrets)
    })
    .await
}

fn sheet(scene: &Scene<'_>, name: &str, address: &str, secrets: &Secrets) -> Result<Markup, Problem> {
    let server = format!("{address}/v1/key/{}/projects/1", secrets.token);
    let code = qr(&settings(&server, scene.programme.name())?)?;
    let main = html! {
        section {
            p.crumbs { a href="/phones" { "Phones" } " / " (name) }
            h1 { "Set up " (name) }
            p.answer { "In ODK Collect: add a project, and scan this code. It is shown once; print it or scan it now." }
            (code)
            p.note { "Whoever has this code can fetch the forms and the list of hazards, and send. If it is lost, shut the phone out." }
            h2 { "Without a camera" }
            p { "Enter this as the address of the server, without a name and a password:" }
            p { code.hash { (server) } }
            h2 { "For programs that want a login (Digest)" }
            dl.facts {
                dt { "Server" } dd { code { (address) "/v1/projects/1" } }
                dt { "Name" } dd { code { (name) } }
                dt { "Password" } dd { code { (secrets.password) } }
            }
        }
    };
    Ok(page(scene, &Head::plain(Tab::Forms, &format!("Set up {name}")), main))
}

/// A QR code as a drawing, black on white whatever the colours of the page.
fn qr(text: &str) -> Result<Markup, Problem> {
    let code = QrCode::new(text.as_bytes())
        .map_err(|error| Problem::bad_form(format!("the address is too long for a code: {error}")))?;
    let drawing = code.render::<svg::Color<'_>>().min_dimensions(320, 320).quiet_zone(true).build();
    let drawing = drawing.split_once("?>").map_or(drawing.as_str(), |(_, rest)| rest).to_owned();
    Ok(
        html! { figure.code role="img" aria-label="QR code with the settings for ODK Collect" { (PreEscaped(drawing)) } },
    )
}

/// `POST /phones/remove`.
pub async fn remove_phone(
    State(app): State<Arc<App>>,
    Fields(fields): Fields<HashMap<String, String>>,
) -> Result<Redirect, Problem> {
    let name = fields.get("name").cloned().unwrap_or_default();
    let path = app.path.clone();
    super::blocking(move || Phones::remove(&path, &name).map_err(|error| refused_or_failed(&error))).await?;
    Ok(Redirect::to("/phones"))
}
