//! Tokens, keys and discovery documents.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass_oidc::{
    Algorithm, Discovery, KeySet, SigningKey, UnverifiedToken, condition_keys, jwks_document,
};
use hallpass_types::Timestamp;

use crate::sections::sections;

/// A token: as it stands; put together from header, claims and signature; and signed by us, after
/// which it must verify.
pub fn oidc_token(input: &[u8]) {
    let keys = keys();
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(token) = UnverifiedToken::parse(text)
    {
        assert!(
            token.verify_signature(&keys.set).is_err(),
            "nobody signed this"
        );
    }
    let Some([header, claims, signature]) = sections(input) else {
        return;
    };
    let parts = [header, claims, signature].map(|part| URL_SAFE_NO_PAD.encode(part));
    match UnverifiedToken::parse(&parts.join(".")) {
        Ok(token) => {
            let _ = (token.issuer().is_ok(), token.subject(), token.header());
            assert!(
                token.verify_signature(&keys.set).is_err(),
                "nobody signed this"
            );
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(claims) = serde_json::from_str(claims)
        && let Ok(signed) = keys.key.sign(&claims)
        && let Ok(token) = UnverifiedToken::parse(signed.expose())
    {
        let token = token.verify_signature(&keys.set).expect("we signed this");
        let now = Timestamp::from_second(1_800_000_000).expect("the time is one");
        let _ = token.check_subject();
        let _ = token.check_times(now, Duration::from_mins(5));
        let _ = token.check_audience(&["sts.amazonaws.com".to_owned()]);
        let offered = ["aud", "oaud", "sub", "amr", "a", "a/b"];
        let claims = token.into_claims();
        let _ = condition_keys("https://issuer.example/id/1", &claims, &offered);
    }
}

/// A key set, and a discovery document.
pub fn oidc_keys(input: &[u8]) {
    match KeySet::parse(input) {
        Ok(set) => {
            assert!(!set.has("") || !set.is_empty());
            for key in set.skipped() {
                assert!(!format!("{key:?}").is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Err(error) = Discovery::parse(input, "https://issuer.example/id/1") {
        assert!(!error.to_string().is_empty());
    }
}

struct Keys {
    key: SigningKey,
    set: KeySet,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let key = SigningKey::generate(Algorithm::Es256).expect("a key is made");
        let set = jwks_document(&[&key]).to_string();
        let set = KeySet::parse(set.as_bytes()).expect("our own key set parses");
        Keys { key, set }
    })
}
