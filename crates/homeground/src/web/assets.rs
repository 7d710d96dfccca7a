//! Style sheet, scripts, the map library and licences, inside the binary. Their address carries the hash of all
//! of them, so a browser may keep them for ever.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// The address of an asset.
pub fn href(path: &str) -> String {
    format!("/assets/{}/{path}", version())
}

/// Names and texts of the licences of what is vendored.
pub fn licences() -> impl Iterator<Item = (String, String)> {
    Assets::iter().filter(|path| path.starts_with("licences/")).filter_map(|path| {
        let text = String::from_utf8_lossy(&Assets::get(&path)?.data).into_owned();
        let name = path.trim_start_matches("licences/").trim_end_matches(".txt").to_owned();
        Some((name, text))
    })
}

fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut paths: Vec<_> = Assets::iter().collect();
        paths.sort_unstable();
        let mut hash = Sha256::new();
        for path in &paths {
            hash.update(path.as_bytes());
            hash.update(Assets::get(path).expect("a listed asset is there").metadata.sha256_hash());
        }
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

/// One asset.
pub async fn show(Path((asked, path)): Path<(String, String)>, request: HeaderMap) -> Response {
    let Some(asset) = Assets::get(&path).filter(|_| asked == version()) else {
        return Problem::unknown("asset", &path).into_response();
    };
    let hash: String = asset.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let kept = [(header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()), (header::ETAG, tag.clone())];
    // A compressed copy comes back with a weak tag.
    let is_known = |value: &header::HeaderValue| value.to_str().is_ok_and(|text| text.trim_start_matches("W/") == tag);
    if request.get(header::IF_NONE_MATCH).is_some_and(is_known) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(header::CONTENT_TYPE, media_type(&path))], asset.data.into_owned()).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
