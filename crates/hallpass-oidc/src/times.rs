//! Whether it is a token's time.
//!
//! Sources: RFC 7519 sections 4.1.4 to 4.1.6; AWS STS API Reference, `AssumeRoleWithWebIdentity`
//! (times are integers); IAM User Guide, "Create an OpenID Connect (OIDC) identity provider" (`exp`
//! and `iat` are required).

use std::time::Duration;

use hallpass_types::Timestamp;
use serde_json::Value;

use crate::claims::Claims;
use crate::error::TokenError;
use crate::excerpt::excerpt;
use crate::json::kind;
use crate::verify::SignedToken;

impl SignedToken {
    /// Checks `exp`, `iat` and `nbf`. The leeway is what the two clocks may differ by.
    pub fn check_times(&self, now: Timestamp, leeway: Duration) -> Result<(), TokenError> {
        let required = |name| time(&self.claims, name)?.ok_or(TokenError::MissingClaim { name });
        let expires = required("exp")?;
        let issued = required("iat")?;
        let begins = time(&self.claims, "nbf")?;
        // A token is refused at the very second that it expires (RFC 7519 section 4.1.4).
        if now.saturating_sub(leeway).unwrap_or(Timestamp::MIN) >= expires {
            return Err(TokenError::Expired { at: expires, now });
        }
        let latest = now.saturating_add(leeway).unwrap_or(Timestamp::MAX);
        if let Some(at) = begins.filter(|at| *at > latest) {
            return Err(TokenError::NotYetValid { at, now });
        }
        if issued > latest {
            return Err(TokenError::IssuedInFuture { at: issued, now });
        }
        Ok(())
    }
}

fn time(claims: &Claims, name: &'static str) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    value
        .as_i64()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(Some)
        .ok_or_else(|| TokenError::NotATime {
            name,
            found: match value {
                Value::Number(number) => format!("`{}`", excerpt(&number.to_string())),
                other => kind(other).to_owned(),
            },
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_750_000_000;

    fn check(claims: &Value, leeway: u64) -> Result<(), TokenError> {
        let claims = Claims::from(claims.as_object().unwrap().clone());
        let now = Timestamp::from_second(NOW).unwrap();
        SignedToken { claims }.check_times(now, Duration::from_secs(leeway))
    }

    #[test]
    fn a_token_lives_from_its_beginning_until_just_before_its_end() {
        let token = json!({"iat": NOW, "nbf": NOW, "exp": NOW + 1});
        assert_eq!(check(&token, 0), Ok(()));
        let without_beginning = json!({"iat": NOW, "exp": NOW + 1});
        assert_eq!(check(&without_beginning, 0), Ok(()));
        for (claims, code) in [
            (json!({"iat": NOW, "exp": NOW}), "token/expired"),
            (
                json!({"iat": NOW, "nbf": NOW + 1, "exp": NOW + 9}),
                "token/not-yet-valid",
            ),
            (
                json!({"iat": NOW + 1, "exp": NOW + 9}),
                "token/issued-in-future",
            ),
        ] {
            let error = check(&claims, 0).unwrap_err();
            assert_eq!(miette::Diagnostic::code(&error).unwrap().to_string(), code);
            assert_eq!(check(&claims, 1), Ok(()), "within the leeway: {claims}");
        }
    }

    #[test]
    fn times_are_whole_seconds() {
        for value in [
            json!("1750000000"),
            json!(1_750_000_000.5),
            json!(1_750_000_000.0),
            json!(1e30),
            json!(u64::MAX),
            json!(i64::MIN),
            json!([NOW]),
            Value::Null,
        ] {
            for name in ["exp", "iat", "nbf"] {
                let mut claims = json!({"iat": NOW, "nbf": NOW, "exp": NOW + 1});
                claims[name] = value.clone();
                let error = check(&claims, 0).unwrap_err();
                assert!(
                    matches!(error, TokenError::NotATime { .. }),
                    "{claims}: {error}"
                );
            }
        }
    }

    #[test]
    fn expiry_and_issue_are_required() {
        let missing = |name| Err(TokenError::MissingClaim { name });
        assert_eq!(check(&json!({"iat": NOW}), 0), missing("exp"));
        assert_eq!(check(&json!({"exp": NOW + 1}), 0), missing("iat"));
    }

    #[test]
    fn no_leeway_overflows() {
        let claims = json!({"iat": NOW, "exp": NOW - 1});
        assert_eq!(check(&claims, u64::MAX), Ok(()));
    }
}
