//! The header of a token: the algorithm, and the key's ID. Nothing else in it is believed.
//!
//! Source: RFC 7515 section 4. `jwk`, `jku`, `x5c` and `x5u` would let a token bring its own key, and
//! are never looked at; `typ` and `cty` are for readers who take several kinds of object; an unknown
//! parameter is ignored, unless `crit` asks to know it (section 4.1.11).

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::error::TokenError;
use crate::excerpt::excerpt;
use crate::json::kind;

/// The header of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The signature algorithm.
    pub alg: Algorithm,
    /// The key's ID.
    pub kid: Option<String>,
}

impl Header {
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, TokenError> {
        let alg = text(members, "alg")?.ok_or(TokenError::Header {
            name: "alg",
            found: "nothing",
        })?;
        let alg = algorithm(alg)?;
        if members.contains_key("crit") {
            return Err(TokenError::CriticalHeader);
        }
        Ok(Self {
            alg,
            kid: text(members, "kid")?.map(str::to_owned),
        })
    }
}

fn text<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, TokenError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(TokenError::Header {
            name,
            found: kind(other),
        }),
    }
}

/// The algorithm of that name, or why it is refused.
fn algorithm(name: &str) -> Result<Algorithm, TokenError> {
    if let Some(algorithm) = Algorithm::from_name(name) {
        return Ok(algorithm);
    }
    let algorithm = excerpt(name);
    Err(if name.eq_ignore_ascii_case("none") {
        TokenError::Unsigned { algorithm }
    } else if name.to_ascii_uppercase().starts_with("HS") {
        TokenError::SymmetricAlgorithm { algorithm }
    } else {
        TokenError::UnsupportedAlgorithm { algorithm }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(header: &Value) -> Result<Header, TokenError> {
        Header::read(header.as_object().unwrap())
    }

    #[test]
    fn tolerates_what_it_need_not_know() {
        let header = json!({"alg": "ES512", "kid": "k", "typ": "at+jwt", "x5t": 7, "jwk": {}});
        let read = read(&header).unwrap();
        assert_eq!(
            (read.alg, read.kid.as_deref()),
            (Algorithm::Es512, Some("k"))
        );
    }

    #[test]
    fn refuses_algorithms_by_kind() {
        for (alg, code) in [
            ("none", "token/unsigned"),
            ("NONE", "token/unsigned"),
            ("nOnE", "token/unsigned"),
            ("HS256", "token/symmetric-algorithm"),
            ("hs512", "token/symmetric-algorithm"),
            ("PS256", "token/unsupported-algorithm"),
            ("EdDSA", "token/unsupported-algorithm"),
            ("ES256K", "token/unsupported-algorithm"),
            ("rs256", "token/unsupported-algorithm"),
            ("RS256 ", "token/unsupported-algorithm"),
            ("RSA-OAEP", "token/unsupported-algorithm"),
            ("", "token/unsupported-algorithm"),
        ] {
            let error = read(&json!({"alg": alg, "kid": "k"})).unwrap_err();
            let told = miette::Diagnostic::code(&error).unwrap().to_string();
            assert_eq!(told, code, "{alg}");
        }
    }

    #[test]
    fn refuses_what_it_must_not_misunderstand() {
        for crit in [json!(["exp"]), json!([]), json!("x"), Value::Null] {
            let error = read(&json!({"alg": "RS256", "crit": crit})).unwrap_err();
            assert_eq!(error, TokenError::CriticalHeader);
        }
        for (header, name, found) in [
            (json!({"kid": "k"}), "alg", "nothing"),
            (json!({"alg": ["RS256"]}), "alg", "a list"),
            (json!({"alg": "RS256", "kid": 1}), "kid", "a number"),
        ] {
            assert_eq!(read(&header), Err(TokenError::Header { name, found }));
        }
    }
}
