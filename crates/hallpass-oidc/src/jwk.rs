//! A public key as a JWK: read once into a form that verifies without reading it again.
//!
//! Sources: RFC 7517 section 4 (members), RFC 7518 section 6 (RSA and EC keys), RFC 7638 (thumbprint).

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, Curve, Family, curve};
use crate::base64url;

/// A public key of a key set.
#[derive(Debug)]
pub(crate) struct Jwk {
    pub(crate) kid: String,
    pub(crate) key_type: KeyType,
    // One for each algorithm that the key may be used with: aws-lc ties the digest to the key.
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
}

/// The type of a key (`kty`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyType {
    Ec,
    Rsa,
}

impl Jwk {
    /// Reads a key; the error says in words why it cannot be used.
    pub(crate) fn read(member: &Value) -> Result<Self, String> {
        let text = |name: &str| member.get(name).and_then(Value::as_str);
        let key_type = match text("kty") {
            Some("EC") => KeyType::Ec,
            Some("RSA") => KeyType::Rsa,
            Some(other) => return Err(format!("its type `{other}` is neither EC nor RSA")),
            None => return Err("it has no `kty`".to_owned()),
        };
        let kid = text("kid").ok_or("it has no `kid`")?;
        if let Some(other) = text("use").filter(|other| *other != "sig") {
            return Err(format!("its use is `{other}`, not `sig`"));
        }
        if let Some(Value::Array(operations)) = member.get("key_ops")
            && !operations.iter().any(|each| each == "verify")
        {
            return Err("its operations leave out `verify`".to_owned());
        }
        let declared = match text("alg") {
            Some(name) => Some(
                Algorithm::from_name(name)
                    .ok_or_else(|| format!("its algorithm `{name}` is none that STS takes"))?,
            ),
            None => None,
        };
        let number = |name: &str| {
            let value = text(name).ok_or_else(|| format!("it has no `{name}`"))?;
            base64url::decode(value)
                .map_err(|reason| format!("its `{name}` is not base64url: {reason}"))
        };
        let verifiers = match key_type {
            KeyType::Ec => {
                let name = text("crv").ok_or("it has no `crv`")?;
                let curve = curve(name)
                    .ok_or_else(|| format!("its curve `{name}` is none of P-256, P-384, P-521"))?;
                ec_verifier(curve, declared, &number("x")?, &number("y")?)?
            }
            KeyType::Rsa => rsa_verifiers(declared, &number("n")?, &number("e")?)?,
        };
        Ok(Self {
            kid: kid.to_owned(),
            key_type,
            verifiers,
        })
    }

    /// The key in the form that verifies signatures of that algorithm, if it may be used so.
    pub(crate) fn verifier(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        self.verifiers
            .iter()
            .find(|(each, _)| *each == algorithm)
            .map(|(_, key)| key)
    }

    /// The algorithms that the key may be used with.
    pub(crate) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.verifiers.iter().map(|(algorithm, _)| *algorithm)
    }
}

fn ec_verifier(
    curve: &'static Curve,
    declared: Option<Algorithm>,
    x: &[u8],
    y: &[u8],
) -> Result<Vec<(Algorithm, ParsedPublicKey)>, String> {
    if let Some(other) = declared.filter(|other| *other != curve.algorithm) {
        return Err(format!(
            "its algorithm `{other}` does not go with its curve {}",
            curve.name
        ));
    }
    if x.len() != curve.octets || y.len() != curve.octets {
        return Err(format!(
            "its coordinates do not have {} octets",
            curve.octets
        ));
    }
    // An uncompressed point (SEC 1 section 2.3.3).
    let point = [&[4], x, y].concat();
    let key = ParsedPublicKey::new(curve.verifying, point)
        .map_err(|_| format!("its point is not on the curve {}", curve.name))?;
    Ok(vec![(curve.algorithm, key)])
}

fn rsa_verifiers(
    declared: Option<Algorithm>,
    n: &[u8],
    e: &[u8],
) -> Result<Vec<(Algorithm, ParsedPublicKey)>, String> {
    // RFC 7518 section 6.3.1.1 forbids leading zeros, and warns that they occur.
    let (n, e) = (without_zeros(n), without_zeros(e));
    let bits = bits(n);
    if !RSA_BITS.contains(&bits) {
        return Err(format!(
            "its modulus has {bits} bits: between {} and {} are taken",
            RSA_BITS.start(),
            RSA_BITS.end()
        ));
    }
    // Under the exponent 1 every text is its own signature; even ones are no RSA keys; large ones
    // only make verification slow.
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    if !is_odd(n) || !is_odd(e) || e == [1] || e.len() > MAX_EXPONENT_OCTETS {
        return Err("its numbers are those of no RSA key".to_owned());
    }
    let mut verifiers = Vec::new();
    for algorithm in Algorithm::ALL {
        let Family::Rsa(digest) = algorithm.family() else {
            continue;
        };
        if declared.is_none_or(|only| only == algorithm) {
            let key = RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(digest.verifying)
                .map_err(|_| "its numbers are those of no RSA key".to_owned())?;
            verifiers.push((algorithm, key));
        }
    }
    if verifiers.is_empty() {
        return Err("its algorithm does not go with an RSA key".to_owned());
    }
    Ok(verifiers)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The length of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let unused = number
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    number.len() * 8 - unused
}

/// The public members of an RSA key, in the order of RFC 7638.
pub(crate) fn rsa_members(n: &[u8], e: &[u8]) -> Map<String, Value> {
    members([
        ("e", base64url::encode(e)),
        ("kty", "RSA".to_owned()),
        ("n", base64url::encode(n)),
    ])
}

/// The public members of an EC key, in the order of RFC 7638.
pub(crate) fn ec_members(curve: &Curve, x: &[u8], y: &[u8]) -> Map<String, Value> {
    members([
        ("crv", curve.name.to_owned()),
        ("kty", "EC".to_owned()),
        ("x", base64url::encode(x)),
        ("y", base64url::encode(y)),
    ])
}

fn members<const N: usize>(members: [(&str, String); N]) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect()
}

/// The thumbprint of a key (RFC 7638 section 3): SHA-256 over its required members, names sorted,
/// without white space; base64url.
pub(crate) fn thumbprint(members: &Map<String, Value>) -> String {
    // INVARIANT: the members come from this file, in sorted order, with plain ASCII values.
    let text = Value::Object(members.clone()).to_string();
    base64url::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// RFC 7518 section 3.3 wants 2048 at least; beyond 8192 one verification costs milliseconds.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// 65537 takes three, and nothing honest takes more than four.
const MAX_EXPONENT_OCTETS: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn makes_the_thumbprint_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let n = base64url::decode(n).unwrap();
        assert_eq!(
            thumbprint(&rsa_members(&n, &[1, 0, 1])),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    fn rsa(bits: usize, changes: &Value) -> Value {
        let mut n = vec![0xff; bits.div_ceil(8)];
        if let (Some(first), partial @ 1..) = (n.first_mut(), bits % 8) {
            *first = (1 << partial) - 1;
        }
        let mut key = rsa_members(&n, &[1, 0, 1]);
        key.insert("kid".to_owned(), json!("k"));
        key.extend(changes.as_object().unwrap().clone());
        Value::Object(key)
    }

    #[test]
    fn a_key_without_algorithm_goes_with_each_digest() {
        let key = Jwk::read(&rsa(2048, &json!({}))).unwrap();
        assert_eq!(key.algorithms().count(), 3);
        let key = Jwk::read(&rsa(2048, &json!({"alg": "RS384", "use": "sig"}))).unwrap();
        assert_eq!(key.algorithms().collect::<Vec<_>>(), [Algorithm::Rs384]);
        assert!(key.verifier(Algorithm::Rs256).is_none());
    }

    #[test]
    fn says_why_a_key_cannot_be_used() {
        let said = |key: &Value| Jwk::read(key).unwrap_err();
        for (key, says) in [
            (json!({}), "no `kty`"),
            (json!({"kty": "oct", "k": "AA", "kid": "k"}), "`oct`"),
            (json!({"kty": "OKP", "crv": "Ed25519", "kid": "k"}), "`OKP`"),
            (json!({"kty": "RSA", "n": "AA", "e": "AQAB"}), "no `kid`"),
            (rsa(2047, &json!({})), "2047 bits"),
            (rsa(1024, &json!({})), "1024 bits"),
            (rsa(8193, &json!({})), "8193 bits"),
            (rsa(2048, &json!({"use": "enc"})), "`enc`"),
            (rsa(2048, &json!({"key_ops": ["encrypt"]})), "`verify`"),
            (rsa(2048, &json!({"alg": "PS256"})), "`PS256`"),
            (rsa(2048, &json!({"alg": "ES256"})), "does not go with"),
            (rsa(2048, &json!({"e": "AQ"})), "no RSA key"),
            (rsa(2048, &json!({"e": "Ag"})), "no RSA key"),
            (rsa(2048, &json!({"e": "AQAAAAAB"})), "no RSA key"),
            (rsa(2048, &json!({"n": "A+B="})), "not base64url"),
            (
                json!({"kty": "EC", "kid": "k", "crv": "secp256k1"}),
                "`secp256k1`",
            ),
            (
                json!({"kty": "EC", "kid": "k", "crv": "P-256", "x": "AA", "y": "AA"}),
                "32 octets",
            ),
            (
                json!({"kty": "EC", "kid": "k", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)}),
                "not on the curve",
            ),
            (
                json!({"kty": "EC", "kid": "k", "crv": "P-256", "alg": "ES384", "x": "A".repeat(43), "y": "A".repeat(43)}),
                "does not go with its curve",
            ),
        ] {
            assert!(said(&key).contains(says), "{key}: {}", said(&key));
        }
    }
}
