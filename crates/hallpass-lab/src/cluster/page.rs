//! Where a list that was asked for in pages goes on.
//!
//! The token is checked, not sealed: it can name no other object than the request itself could.
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (retrieving large results sets in
//! chunks); k8s.io/apiserver's `pkg/storage/continue.go` for the form of the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::status::Status;

/// What a `continue` token says.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Page {
    #[serde(rename = "v")]
    form: String,
    /// The version of the whole list; -1 for the latest, whatever the first pages had.
    #[serde(rename = "rv")]
    pub(super) version: i64,
    /// The last object before this page: `NAMESPACE/NAME`.
    #[serde(rename = "start")]
    pub(super) after: String,
}

impl Page {
    /// The page after an object, of a list at `version`.
    pub(super) fn after(version: i64, namespace: &str, name: &str) -> Self {
        Self {
            form: FORM.to_owned(),
            version,
            after: format!("{namespace}/{name}"),
        }
    }

    /// Reads a token.
    pub(super) fn parse(token: &str) -> Result<Self, Status> {
        let refused = |why: &str| Status::bad_request(format!("continue key is not valid: {why}"));
        if token.len() > MAX_TOKEN {
            return Err(refused("it is longer than any that was given out"));
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(token.trim_end_matches('='))
            .map_err(|_| refused("it is not base64"))?;
        let page: Self =
            serde_json::from_slice(&bytes).map_err(|_| refused("it is of no form known"))?;
        let is_place = page
            .after
            .split_once('/')
            .is_some_and(|(_, name)| !name.is_empty() && !name.contains('/'));
        if page.form != FORM || page.version < -1 || page.version == 0 || !is_place {
            return Err(refused("it was not given out by this cluster"));
        }
        Ok(page)
    }

    /// The token.
    pub(super) fn token(&self) -> String {
        // INVARIANT: a number and two texts can always be written as JSON.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

const FORM: &str = "meta.k8s.io/v1";
// Names have at most 253 letters, namespaces 63.
const MAX_TOKEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_was_made_of() {
        for page in [Page::after(7, "n", "a"), Page::after(-1, "", "b.c")] {
            assert_eq!(Page::parse(&page.token()).unwrap(), page);
        }
    }

    #[test]
    fn refuses_tokens_that_it_did_not_make() {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for token in [
            "?".to_owned(),
            encode("{}"),
            encode(r#"{"v":"meta.k8s.io/v2","rv":1,"start":"a/b"}"#),
            encode(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"a/b"}"#),
            encode(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"a"}"#),
            encode(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"a/b/c"}"#),
            "a".repeat(MAX_TOKEN + 1),
        ] {
            assert_eq!(Page::parse(&token).unwrap_err().code, 400, "{token}");
        }
    }
}
