//! Form list, forms, manifests, lists and their integrity.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use intake::xform::XForm;
use store::Form;

use super::{Told, blocking, escaped, origin, segment, version_of, version_segment, xml};
use crate::field::{lists, md5};
use crate::web::App;

/// Names in a path.
type Names = Path<HashMap<String, String>>;

/// Absolute address of the root that a phone used: links stay below it, so its token or its login holds for them too.
fn root(uri: &Uri, headers: &HeaderMap) -> String {
    let origin = origin(uri, headers);
    match uri.path().strip_prefix("/v1/key/").and_then(|rest| rest.split('/').next()) {
        Some(token) => format!("{origin}/v1/key/{token}/projects/1"),
        None => format!("{origin}/v1/projects/1"),
    }
}

/// `GET /formList`.
pub async fn form_list(
    State(app): State<Arc<App>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Told> {
    let root = root(&uri, &headers);
    blocking(move || {
        let now = app.moment()?;
        let all = query.get("listAllVersions").is_some_and(|value| value == "true");
        let is_wanted = |form: &Form| query.get("formID").is_none_or(|wanted| form.form_id == *wanted);
        let forms = now.snapshot.read(|programme| -> anyhow::Result<Vec<(Form, Vec<u8>)>> {
            let forms = if all { programme.forms()? } else { programme.offered_forms()? };
            let wanted = forms.into_iter().filter(is_wanted);
            wanted.map(|form| programme.form_xml(&form).map(|document| (form, document))).collect()
        })??;
        let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">\n".to_owned();
        for (form, document) in &forms {
            let needs = XForm::parse(document, &form.form_id).map_err(anyhow::Error::from)?;
            let address = address(&root, form);
            body += &format!(
                "<xform><formID>{}</formID><name>{}</name><version>{}</version><hash>md5:{}</hash><downloadUrl>{}.xml</downloadUrl>",
                escaped(&form.form_id),
                escaped(&form.name),
                escaped(&form.version),
                md5(document),
                escaped(&address),
            );
            if !needs.media.is_empty() {
                body += &format!("<manifestUrl>{}/manifest</manifestUrl>", escaped(&address));
            }
            body += "</xform>\n";
        }
        Ok(xml(body + "</xforms>\n").into_response())
    })
    .await
}

fn address(root: &str, form: &Form) -> String {
    format!("{root}/forms/{}/versions/{}", segment(&form.form_id), version_segment(&form.version))
}

fn kept(app: &App, form: &str, version: &str) -> Result<(Form, Vec<u8>), Told> {
    let found = app.moment()?.snapshot.read(|programme| -> anyhow::Result<Option<(Form, Vec<u8>)>> {
        let found = programme.kept_form(form, version_of(version))?;
        found.map(|form| programme.form_xml(&form).map(|document| (form, document))).transpose()
    })??;
    found.ok_or_else(|| Told::unknown("form", &format!("{form} {}", version_of(version))))
}

/// `GET …/versions/VERSION.xml`: the document, byte for byte.
pub async fn form(State(app): State<Arc<App>>, Path(names): Names) -> Result<Response, Told> {
    let version =
        names["file"].strip_suffix(".xml").ok_or_else(|| Told::unknown("document", &names["file"]))?.to_owned();
    let (_, document) = blocking(move || kept(&app, &names["form"], &version)).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], document).into_response())
}

/// `GET …/manifest`: the files a form needs, as far as they are lists that we make.
pub async fn manifest(
    State(app): State<Arc<App>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Path(names): Names,
) -> Result<Response, Told> {
    let root = root(&uri, &headers);
    blocking(move || {
        let (form, document) = kept(&app, &names["form"], &names["version"])?;
        let needs = XForm::parse(&document, &form.form_id).map_err(anyhow::Error::from)?;
        let address = address(&root, &form);
        let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n".to_owned();
        for name in needs.media.iter().filter(|name| lists::NAMES.contains(&name.as_str())) {
            let Some(list) = app.list(name)? else { continue };
            body += &format!(
                "<mediaFile type=\"entityList\"><filename>{name}</filename><hash>md5:{}</hash><downloadUrl>{address}/attachments/{name}</downloadUrl><integrityUrl>{address}/integrity/{name}</integrityUrl></mediaFile>\n",
                md5(&list.csv),
                address = escaped(&address),
            );
        }
        Ok(xml(body + "</manifest>\n").into_response())
    })
    .await
}

fn list(app: &App, name: &str) -> Result<Arc<lists::List>, Told> {
    app.list(name)?.ok_or_else(|| Told::unknown("list", name))
}

/// `GET …/attachments/NAME`: a list as it is today.
pub async fn attachment(State(app): State<Arc<App>>, Path(names): Names) -> Result<Response, Told> {
    let list = blocking(move || {
        kept(&app, &names["form"], &names["version"])?;
        list(&app, &names["name"])
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], list.csv.clone()).into_response())
}

/// `GET …/integrity/NAME?id=a,b`: which of the rows that a phone still has are gone.
pub async fn integrity(
    State(app): State<Arc<App>>,
    Path(names): Names,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Told> {
    let list = blocking(move || list(&app, &names["name"])).await?;
    let asked = query.get("id").map(String::as_str).unwrap_or_default();
    let rows: String = asked
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(|id| {
            let is_gone = !list.ids.contains(id);
            format!("<entity id=\"{}\"><deleted>{is_gone}</deleted></entity>", escaped(id))
        })
        .collect();
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<data><entities>{rows}</entities></data>\n");
    Ok(xml(body).into_response())
}
