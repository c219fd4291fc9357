//! The registry's parsers, for the fuzz targets.

use super::digest::Digest;
use super::manifest::{Manifest, MediaType};
use super::names::{Reference, RepositoryName};
use super::range::{self, Wish};
use super::route::Route;

/// One text as each of the things that clients name: path, repository, reference, range, manifest.
///
/// # Panics
///
/// When a name could leave its folder, or a range its body.
pub fn names(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(name) = RepositoryName::parse(text) {
        assert_eq!(name.as_str(), text);
        let is_safe = |part: &str| !part.is_empty() && !part.starts_with('.');
        assert!(text.is_ascii() && text.split('/').all(is_safe), "{text}");
    }
    match Reference::parse(text) {
        Some(Reference::Digest(digest)) => check_digest(&digest, text),
        Some(Reference::Tag(tag)) => {
            assert!(!tag.as_str().contains(['/', '\\', ':']), "{text}");
        }
        None => {}
    }
    if let Ok(route) = Route::parse(text) {
        let _ = route.operation(&http::Method::GET);
    }
    for size in [0, 1, 100, u64::MAX] {
        if let Wish::Part(first, last) = range::wish(Some(text), size) {
            assert!(first <= last && last < size, "{text} of {size}");
        }
    }
    if let Some((first, last)) = range::chunk(text) {
        assert!(first <= last, "{text}");
    }
    let _ = MediaType::parse(text);
    if let Ok(manifest) = Manifest::parse(text, None) {
        let digests = manifest.blobs.iter().chain(&manifest.manifests);
        for digest in digests.chain(&manifest.subject) {
            check_digest(digest, digest.as_str());
        }
    }
}

fn check_digest(digest: &Digest, text: &str) {
    assert_eq!(digest.as_str(), text);
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    assert!(hex.len() == 64 && hex.bytes().all(is_hex), "{text}");
}
