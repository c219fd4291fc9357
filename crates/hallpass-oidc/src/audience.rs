//! Whether a token is for us.
//!
//! Sources: RFC 7519 section 4.1.3; OpenID Connect Core 1.0 section 3.1.3.7; IAM User Guide, "IAM and
//! AWS STS condition context keys", keys for web identity federation (where a token has `azp`, STS
//! takes it for the audience).

use serde_json::Value;

use crate::claims::Claims;
use crate::error::TokenError;
use crate::json::kind;
use crate::verify::SignedToken;

impl SignedToken {
    /// Checks that the token is for one of the provider's client IDs. They are compared byte by byte.
    pub fn check_audience(&self, client_ids: &[String]) -> Result<(), TokenError> {
        let audiences = required(&self.claims)?;
        let got = match self.claims.get("azp") {
            Some(_) => vec![self.claims.required_text("azp")?],
            None => audiences,
        };
        let is_ours = |audience: &&str| client_ids.iter().any(|id| id == audience);
        if got.iter().any(is_ours) {
            return Ok(());
        }
        Err(TokenError::WrongAudience {
            wanted: client_ids.to_vec(),
            got: got.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// The audiences: a string, or a list of strings with at least one.
fn required(claims: &Claims) -> Result<Vec<&str>, TokenError> {
    let fault = |found| TokenError::ClaimType {
        name: "aud",
        wanted: "a string or a list of strings",
        found,
    };
    match claims.get("aud") {
        None => Err(TokenError::MissingClaim { name: "aud" }),
        Some(Value::String(audience)) => Ok(vec![audience]),
        Some(Value::Array(audiences)) if audiences.is_empty() => Err(fault("an empty list")),
        Some(Value::Array(audiences)) => audiences
            .iter()
            .map(|each| each.as_str().ok_or_else(|| fault("a list of other things")))
            .collect(),
        Some(other) => Err(fault(kind(other))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(claims: &Value) -> Result<(), String> {
        let claims = Claims::from(claims.as_object().unwrap().clone());
        SignedToken { claims }
            .check_audience(&["sts".to_owned(), "second".to_owned()])
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_audience_of_ours_is_enough() {
        for claims in [
            json!({"aud": "sts"}),
            json!({"aud": ["kubernetes", "second"]}),
            json!({"aud": "vault", "azp": "sts"}),
        ] {
            assert_eq!(check(&claims), Ok(()), "{claims}");
        }
    }

    #[test]
    fn refuses_tokens_for_others() {
        for (claims, says) in [
            (json!({}), "no claim `aud`"),
            (json!({"aud": []}), "an empty list"),
            (json!({"aud": 7}), "a number"),
            (json!({"aud": ["sts", 7]}), "a list of other things"),
            (
                json!({"aud": "vault"}),
                "is for `vault`: wanted one of `sts`, `second`",
            ),
            (json!({"aud": "STS"}), "is for `STS`"),
            (json!({"aud": "sts "}), "is for `sts `"),
            (json!({"aud": ["a", "b"]}), "is for `a`, `b`"),
            (json!({"aud": "sts", "azp": "vault"}), "is for `vault`"),
            (json!({"aud": "sts", "azp": ["sts"]}), "`azp` is a list"),
            (json!({"azp": "sts"}), "no claim `aud`"),
        ] {
            let told = check(&claims).unwrap_err();
            assert!(told.contains(says), "{claims}: {told}");
        }
    }
}
