//! No input, however made, makes a parser panic.

use hallpass_oidc::{Discovery, KeySet, UnverifiedToken};
use proptest::prelude::*;

/// JSON of all kinds, with the names and values that the parsers look for.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        "\"[A-Za-z0-9_=-]{0,90}\"",
        prop::sample::select(vec![
            "\"RSA\"",
            "\"EC\"",
            "\"P-256\"",
            "\"P-521\"",
            "\"RS256\"",
            "\"sig\"",
            "\"AQAB\""
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let names = prop::sample::select(vec![
            "keys", "kty", "kid", "n", "e", "x", "y", "crv", "alg", "use", "key_ops", "issuer",
            "jwks_uri", "crit", "iss", "exp",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec((names, inner), 0..8).prop_map(|members| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

proptest! {
    #[test]
    fn tokens_of_any_text(text in "\\PC*") {
        let _ = UnverifiedToken::parse(&text);
    }

    #[test]
    fn tokens_of_three_parts(parts in "[A-Za-z0-9_=-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,5}") {
        let _ = UnverifiedToken::parse(&parts);
    }

    #[test]
    fn tokens_of_any_json(header in json(), claims in json(), signature in "[A-Za-z0-9_-]{0,90}") {
        let text = format!("{}.{}.{signature}", encoded(&header), encoded(&claims));
        if let Ok(token) = UnverifiedToken::parse(&text) {
            let _ = token.issuer();
            let _ = token.verify_signature(&KeySet::default());
        }
    }

    #[test]
    fn key_sets_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = KeySet::parse(&bytes);
    }

    #[test]
    fn key_sets_of_any_json(keys in json()) {
        let _ = KeySet::parse(keys.as_bytes());
        let _ = KeySet::parse(format!("{{\"keys\":[{keys}]}}").as_bytes());
    }

    #[test]
    fn discovery_documents_of_any_json(document in json()) {
        let _ = Discovery::parse(document.as_bytes(), "https://a.example");
    }

    #[test]
    fn discovery_documents_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Discovery::parse(&bytes, "https://a.example");
    }
}
