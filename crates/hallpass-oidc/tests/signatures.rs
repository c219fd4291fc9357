//! Signing and verifying: all six algorithms there and back, and every way in which a signature does
//! not hold.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows free helpers of tests not as tests"
)]

use hallpass_oidc::{Algorithm, KeySet, SigningKey, TokenError, UnverifiedToken, jwks_document};
use serde_json::{Value, json};

fn key_set(keys: &Value) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn verify(token: &str, keys: &KeySet) -> Result<(), TokenError> {
    UnverifiedToken::parse(token)?
        .verify_signature(keys)
        .map(drop)
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn each_algorithm_verifies_what_it_signs_and_nothing_else() {
    let keys: Vec<SigningKey> = Algorithm::ALL
        .into_iter()
        .map(|algorithm| SigningKey::generate(algorithm).unwrap())
        .collect();
    let document = jwks_document(&keys.iter().collect::<Vec<_>>());
    let set = KeySet::parse(document.to_string().as_bytes()).unwrap();
    assert_eq!((set.len(), set.skipped().len()), (6, 0));
    for key in &keys {
        let token = key.sign(&json!({"sub": "s"})).unwrap();
        let token = token.expose();
        assert_eq!(verify(token, &set), Ok(()), "{key:?}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (head, _) = signed.split_once('.').unwrap();
        let other_claims = format!("{head}.{}.{signature}", encoded(r#"{"sub":"t"}"#));
        assert_eq!(verify(&other_claims, &set), Err(TokenError::BadSignature));
        for forged in [String::new(), encoded([0; 64]), encoded([0; 256])] {
            let forged = format!("{signed}.{forged}");
            assert_eq!(verify(&forged, &set), Err(TokenError::BadSignature));
        }
    }
}

#[test]
fn a_token_without_expiry_of_its_own_is_signed_as_it_is() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let token = key
        .sign(&json!({"sub": "s", "n": [1, {"a": null}]}))
        .unwrap();
    let parsed = UnverifiedToken::parse(token.expose()).unwrap();
    assert_eq!(parsed.header().kid.as_deref(), Some(key.kid()));
    let set = key_set(&json!([key.jwk()]));
    let claims = parsed.verify_signature(&set).unwrap().into_claims();
    assert_eq!(claims.get("n").unwrap(), &json!([1, {"a": null}]));
}

#[test]
fn a_key_of_the_same_name_is_not_the_key() {
    let (ours, theirs) = (
        SigningKey::generate(Algorithm::Rs256).unwrap(),
        SigningKey::generate(Algorithm::Rs256).unwrap(),
    );
    let mut named = theirs.jwk();
    named["kid"] = ours.kid().into();
    let token = ours.sign(&json!({})).unwrap();
    let set = key_set(&json!([named]));
    assert_eq!(verify(token.expose(), &set), Err(TokenError::BadSignature));
    // Both of one name, as RFC 7517 section 4.5 lets an issuer have them.
    let set = key_set(&json!([named, ours.jwk()]));
    assert_eq!(verify(token.expose(), &set), Ok(()));
}

#[test]
fn tells_apart_why_no_key_fits() {
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let token = key.sign(&json!({})).unwrap();
    let with = |changes: Value| {
        let mut jwk = key.jwk();
        for (name, value) in changes.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        verify(token.expose(), &key_set(&json!([jwk])))
    };
    let kid = || key.kid().to_owned();
    assert_eq!(with(json!({})), Ok(()));
    assert_eq!(
        with(json!({"kid": "other"})),
        Err(TokenError::UnknownKid { kid: kid() })
    );
    assert_eq!(
        with(json!({"alg": "RS512"})),
        Err(TokenError::KeyMismatch {
            kid: kid(),
            algorithm: Algorithm::Rs256,
            takes: vec!["RS512".to_owned()],
        })
    );
    assert_eq!(
        with(json!({"use": "enc"})),
        Err(TokenError::UnusableKey {
            kid: kid(),
            reason: "its use is `enc`, not `sig`".to_owned(),
        })
    );
}

#[test]
fn an_ec_key_verifies_no_rsa_token() {
    let (ec, rsa) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        SigningKey::generate(Algorithm::Rs256).unwrap(),
    );
    let mut named = ec.jwk();
    named["kid"] = rsa.kid().into();
    let token = rsa.sign(&json!({})).unwrap();
    let result = verify(token.expose(), &key_set(&json!([named])));
    assert!(
        matches!(result, Err(TokenError::KeyMismatch { .. })),
        "{result:?}"
    );
}

#[test]
fn a_signature_spelled_another_way_is_another_token() {
    // Sixty-four octets end in a character with four idle bits: a reader that ignores them would take
    // sixteen spellings of one token.
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let token = key.sign(&json!({})).unwrap();
    let set = key_set(&json!([key.jwk()]));
    let (body, last) = token.expose().split_at(token.expose().len() - 1);
    let respelled = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    let result = verify(&format!("{body}{respelled}"), &set);
    assert!(
        matches!(result, Err(TokenError::Base64 { .. })),
        "{result:?}"
    );
}
