//! The files of the page, each in the form that the browser takes.

use std::borrow::Cow;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// The forms that lie beside a file, the smallest first: its content coding, and the ending of its name.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// How long a browser keeps a file.
#[derive(Clone, Copy)]
pub(super) enum Keep {
    /// Its name changes with its content.
    ForAYear,
    /// It asks each time whether it has changed.
    AskEachTime,
}

/// The names of the files that are not in a folder, compressed forms left out.
pub(super) fn plain_names() -> impl Iterator<Item = Cow<'static, str>> {
    Dist::iter().filter(|name| !name.contains('/') && !is_compressed(name))
}

/// The answer with a file; none when there is no such file.
pub(super) fn file(name: &str, keep: Keep, asked: &HeaderMap) -> Option<Response> {
    let plain = Dist::get(name).filter(|_| !is_compressed(name))?;
    let mut accepted = COMPRESSED.iter().filter(|(coding, _)| accepts(asked, coding));
    let smaller = accepted.find_map(|(coding, ending)| Some((*coding, Dist::get(&format!("{name}{ending}"))?)));
    let (coding, content) = smaller.map_or((None, plain), |(coding, content)| (Some(coding), content));

    let tag = tag(&content)?;
    let unchanged =
        values(asked, &header::IF_NONE_MATCH).any(|known| known == "*" || known.trim_start_matches("W/") == tag);
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { bytes(content).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep.as_str()));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Some(response)
}

impl Keep {
    fn as_str(self) -> &'static str {
        match self {
            Self::ForAYear => "public, max-age=31536000, immutable",
            Self::AskEachTime => "no-cache",
        }
    }
}

fn is_compressed(name: &str) -> bool {
    COMPRESSED.iter().any(|(_, ending)| name.ends_with(ending))
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

/// Half of the hash is enough to tell two versions of a file apart.
fn tag(file: &EmbeddedFile) -> Option<HeaderValue> {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..16])).parse().ok()
}

/// Whether the caller takes a content coding (RFC 9110, section 12.5.3). Without a word of it, none is taken.
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let weight_of = |wanted: &str| {
        values(asked, &header::ACCEPT_ENCODING).find_map(|value| {
            let (name, parameters) = value.split_once(';').unwrap_or((value, ""));
            let weight =
                parameters.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case(wanted).then_some(weight.unwrap_or_default())
        })
    };
    weight_of(coding).or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

/// What a header lists, over all its lines.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(lines: &[&'static str]) -> (bool, bool) {
        let asked = lines.iter().map(|line| (header::ACCEPT_ENCODING, HeaderValue::from_static(line))).collect();
        (accepts(&asked, "br"), accepts(&asked, "gzip"))
    }

    #[test]
    fn a_coding_is_used_where_it_is_taken() {
        assert_eq!(takes(&[]), (false, false));
        assert_eq!(takes(&[""]), (false, false));
        assert_eq!(takes(&["gzip, deflate, br, zstd"]), (true, true));
        assert_eq!(takes(&["gzip", "BR ; q=0.1"]), (true, true));
        assert_eq!(takes(&["gzip;q=1.0, br;q=0"]), (false, true));
        assert_eq!(takes(&["*;q=0.5, gzip;q=0"]), (true, false));
        assert_eq!(takes(&["br;q=nonsense, brotli, gzipped"]), (false, false));
    }
}
