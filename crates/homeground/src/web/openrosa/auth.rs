//! Who may use the addresses for phones: a token in the path, or Digest (RFC 7616, MD5, `qop=auth`), since Collect
//! knows nothing else on plain HTTP.
//!
//! While no phone has been added, only this machine may, as with every other change. Once one has been, everybody must
//! say who they are, this machine too: a server in front of this one would make everybody look near.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Told;
use crate::field::md5;
use crate::field::phones::{Phones, REALM, random};
use crate::web::App;
use crate::web::headers::{is_near, is_own};
use crate::web::problem::Problem;

/// The phone that asks, by its name.
#[derive(Debug, Clone)]
pub struct Sender(pub String);

/// Numbers that each challenge may use once, so that an answer somebody overheard opens nothing.
#[derive(Default)]
pub struct Nonces {
    given: Mutex<HashMap<String, Nonce>>,
}

struct Nonce {
    since: Instant,
    used: BTreeSet<u32>,
}

/// How long a challenge may be answered; a phone then asks anew by itself.
const LIFE: Duration = Duration::from_secs(600);

/// Challenges that may be open at once; the oldest go first.
const MOST: usize = 10_000;

impl Nonces {
    fn new_one(&self) -> anyhow::Result<String> {
        let nonce = random(16)?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, nonce| nonce.since.elapsed() < LIFE);
        if given.len() >= MOST
            && let Some(oldest) = given.iter().min_by_key(|(_, nonce)| nonce.since).map(|(name, _)| name.clone())
        {
            given.remove(&oldest);
        }
        given.insert(nonce.clone(), Nonce { since: Instant::now(), used: BTreeSet::new() });
        Ok(nonce)
    }

    /// Whether a count of a challenge is used for the first time.
    fn is_fresh(&self, nonce: &str, count: &str) -> bool {
        let Ok(count) = u32::from_str_radix(count, 16) else { return false };
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.get_mut(nonce).is_some_and(|nonce| nonce.since.elapsed() < LIFE && nonce.used.insert(count))
    }
}

/// Let a phone in, or say why not.
pub async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let path = app.path.clone();
    let phones = tokio::task::spawn_blocking(move || Phones::load(&path)).await;
    let phones = match phones.map_err(anyhow::Error::from).flatten() {
        Ok(phones) => phones,
        Err(error) => return Told::from(error).into_response(),
    };
    match sender(&app, &phones, &request) {
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        Err(refusal) => *refusal,
    }
}

fn sender(app: &App, phones: &Phones, request: &Request) -> Result<Sender, Box<Response>> {
    let forbidden = |why: &str| Box::new(Told::error(StatusCode::FORBIDDEN, why).into_response());
    if let Some(rest) = request.uri().path().strip_prefix("/v1/key/") {
        let token = rest.split('/').next().unwrap_or_default();
        let phone = phones.with_token(token).ok_or_else(|| {
            forbidden("this address has been shut, or was never open. Scan a new code from the Phones page")
        })?;
        return Ok(Sender(phone.name.clone()));
    }
    if phones.all().is_empty() {
        return match is_near(request, app.listens) && is_own(request.headers()) {
            true => Ok(Sender("this machine".to_owned())),
            false => Err(forbidden(
                "no phone has been added here. Open the Phones page on the machine that serves, and add one",
            )),
        };
    }
    digest(app, phones, request).map(Sender).map_err(|is_stale| Box::new(challenge(app, is_stale)))
}

/// What phones sent may hold photos of people, and the list of phones is nobody's business: both are shown on the
/// serving machine alone.
pub async fn near_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if is_near(&request, app.listens) {
        return next.run(request).await;
    }
    let why = "phones, and what they sent, are shown on the serving machine only";
    Problem::forbidden(why, "open this page there").into_response()
}

/// The name of the phone, or whether only the challenge was old.
fn digest(app: &App, phones: &Phones, request: &Request) -> Result<String, bool> {
    let given = authorization(request.headers()).ok_or(false)?;
    let part = |name: &str| given.get(name).map(String::as_str).ok_or(false);
    let (phone, ha1) = phones.with_name(part("username")?).ok_or(false)?;
    let asked = request.uri().path_and_query().map(|path| path.as_str()).unwrap_or_default();
    if part("realm")? != REALM || part("qop")? != "auth" || part("uri")? != asked {
        return Err(false);
    }
    let ha2 = md5(format!("{}:{asked}", request.method()).as_bytes());
    let (nonce, count) = (part("nonce")?, part("nc")?);
    let wanted = md5(format!("{ha1}:{nonce}:{count}:{}:auth:{ha2}", part("cnonce")?).as_bytes());
    if wanted != part("response")?.to_ascii_lowercase() {
        return Err(false);
    }
    if app.desk.nonces.is_fresh(nonce, count) { Ok(phone.name.clone()) } else { Err(true) }
}

fn challenge(app: &App, is_stale: bool) -> Response {
    let nonce = match app.desk.nonces.new_one() {
        Ok(nonce) => nonce,
        Err(error) => return Told::from(error).into_response(),
    };
    let stale = if is_stale { ", stale=true" } else { "" };
    let text = format!("Digest realm=\"{REALM}\", domain=\"/\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"{stale}");
    let why = "say which phone you are: its name and its password stand on the sheet it was set up with";
    let mut response = Told::error(StatusCode::UNAUTHORIZED, why).into_response();
    let value = HeaderValue::from_str(&text).expect("hex digits are plain text");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    response
}

/// The parts of a Digest answer: `name=value` or `name="value"`, commas between.
fn authorization(headers: &HeaderMap) -> Option<HashMap<String, String>> {
    let text = headers.get(HeaderName::from_static("authorization"))?.to_str().ok()?;
    let (scheme, mut rest) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let mut parts = HashMap::new();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        let Some((name, after)) = rest.split_once('=') else { break };
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parts.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        rest = after;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_digest_are_read_with_commas_inside_quotes() {
        let mut headers = HeaderMap::new();
        let text = r#"Digest username="Team 3", uri="/v1/formList?deviceID=a,b", nc=00000001, qop=auth,response="ab""#;
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(text));
        let parts = authorization(&headers).unwrap();
        assert_eq!(parts["uri"], "/v1/formList?deviceID=a,b");
        assert_eq!((parts["nc"].as_str(), parts["response"].as_str()), ("00000001", "ab"));
    }

    #[test]
    fn a_count_of_a_challenge_opens_once() {
        let nonces = Nonces::default();
        let nonce = nonces.new_one().unwrap();
        assert!(nonces.is_fresh(&nonce, "00000001"));
        assert!(!nonces.is_fresh(&nonce, "00000001"), "somebody overheard it");
        assert!(nonces.is_fresh(&nonce, "00000002"));
        assert!(!nonces.is_fresh("never given", "00000001"));
    }
}
