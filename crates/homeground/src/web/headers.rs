//! What every answer carries: what the browser may load, how long a copy holds, and a check of whether it changed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use super::App;
use super::asked::{Grid, REMEMBERED};
use super::problem::{Problem, by_accept};
use super::quantity::Unit;

/// Nothing is loaded from elsewhere and no script stands in a page.
const POLICY: &str = "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Put the headers, the conditions and the compression around the routes.
pub fn dress(routes: Router<Arc<App>>, app: Arc<App>) -> Router<Arc<App>> {
    routes
        .layer(from_fn(conditional))
        .layer(from_fn_with_state(app, same_site))
        .layer(from_fn(fixed))
        .layer(CompressionLayer::new())
}

async fn fixed(request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let chosen = chosen(request.uri().query());
    let mut response = by_accept(&asked, next.run(request).await);
    for (name, value) in FIXED {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    for (name, value) in chosen {
        let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
        let cookie = HeaderValue::from_str(&cookie).expect("the name of a unit or a grid is plain text");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Choices that the query makes and that are remembered.
fn chosen(query: Option<&str>) -> Vec<(&'static str, &'static str)> {
    let query = query.unwrap_or_default();
    let given = |wanted: &str| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
    let known = |name: &str, value: &str| match name {
        "unit" => Unit::named(value).map(Unit::name),
        _ => Grid::named(value).map(Grid::name),
    };
    REMEMBERED.into_iter().filter_map(|name| Some((name, known(name, &given(name)?.1)?))).collect()
}

/// A page or a layer may be kept, but must be asked for again; unchanged, it is not sent twice.
pub async fn conditional(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let is_settled = response.headers().contains_key(header::CACHE_CONTROL);
    if !reads || response.status() != StatusCode::OK || is_settled {
        return uncached(response);
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::bug(&"the body of an answer broke off").into_response();
    };
    let hash: String = Sha256::digest(&bytes)[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("W/\"{hash}\"")).expect("hex digits are plain text");
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    parts.headers.insert(header::ETAG, tag.clone());
    if known.is_some_and(|known| known == tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Forms that are sent and change nothing.
const ASKS: [&str; 1] = ["/plot"];

/// Forms are sent by our own pages only, and those that change something from this machine unless it was said otherwise.
async fn same_site(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let changes = !ASKS.contains(&request.uri().path());
    if changes && !is_near(&request, app.listens) {
        let hint = "open this page on the machine that serves the programme";
        return Problem::forbidden("changes are taken from this machine only", hint).into_response();
    }
    if !is_own(request.headers()) {
        let hint = "open the page here and send the form again";
        return Problem::forbidden("the request comes from another site", hint).into_response();
    }
    next.run(request).await
}

/// Whether a request comes from this machine, not by way of a server in front of this one, and to an address of this
/// machine: a name that somebody else makes lead here (DNS rebinding) has a page of his behind it.
pub fn is_near(request: &Request, listens: SocketAddr) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_passed_on = ["forwarded", "x-forwarded-for", "via"].iter().any(|name| request.headers().contains_key(*name));
    let named = request.uri().authority().map(|authority| authority.as_str());
    let host = named.or_else(|| request.headers().get(header::HOST)?.to_str().ok());
    peer.is_some_and(|peer| peer.0.ip().is_loopback())
        && !is_passed_on
        && host.is_some_and(|host| is_here(host, listens.ip()))
}

/// Whether a `Host` means this machine: `localhost`, a loopback address, or the one that is listened on.
fn is_here(host: &str, listens: IpAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == listens)
}

/// Whether a request comes from a page of ours, or from no page at all.
pub fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let origin_is_host = match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        (None, _) => true,
        _ => false,
    };
    origin_is_host && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_here_by_its_address_and_never_by_its_beginning() {
        let listens = "192.168.1.20".parse().unwrap();
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "192.168.1.20:8080"] {
            assert!(is_here(host, listens), "{host}");
        }
        for host in ["", "localhost.evil.example", "127.0.0.1.evil.example:8080", "evil.example", "192.168.1.21", "a b"]
        {
            assert!(!is_here(host, listens), "{host}");
        }
    }
}
