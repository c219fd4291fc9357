//! The condition keys that AWS makes of a token's claims.
//!
//! Which claims AWS offers depends on the issuer, and is the caller's to say; all other claims are
//! invisible to policies: a cluster's `kubernetes.io` claim, for one. How the standard ones become keys
//! is the same for every issuer. Source: IAM User Guide, "IAM and AWS STS condition context keys",
//! available keys for AWS OIDC federation.

use serde_json::Value;

use crate::claims::Claims;

/// The condition keys of a token: name and values. The names begin with the provider's URL without
/// scheme, its path included. `offered` are the claims that AWS offers for this issuer.
pub fn condition_keys(
    provider_url: &str,
    claims: &Claims,
    offered: &[&str],
) -> Vec<(String, Vec<String>)> {
    let provider = provider_url
        .strip_prefix("https://")
        .unwrap_or(provider_url);
    // A claim that is absent makes no key: `Null` and `...IfExists` ask for that.
    offered
        .iter()
        .map(|name| (format!("{provider}:{name}"), values(claims, name)))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// The values of a claim's key. Where the token names an authorised party, that is its audience, and the
/// claim `aud` is the original one, `oaud`.
fn values(claims: &Claims, name: &str) -> Vec<String> {
    let texts = match (name, claims.azp()) {
        ("aud", Some(party)) => vec![party],
        ("oaud", Some(_)) | ("aud", None) => claims.texts("aud"),
        ("oaud", None) => Vec::new(),
        ("amr", _) => claims.texts("amr"),
        _ => return claim(claims, name).and_then(scalar).into_iter().collect(),
    };
    texts.into_iter().map(str::to_owned).collect()
}

/// The claim of that name, or the member that a path names: `google/organization_number`.
fn claim<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('/')?;
        claims.get(outer)?.get(inner)
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OF_ALL: [&str; 4] = ["aud", "oaud", "sub", "amr"];

    fn keys(claims: &Value, offered: &[&str]) -> Vec<String> {
        let claims = Claims::from(claims.as_object().unwrap().clone());
        condition_keys("https://h/id/AB", &claims, offered)
            .into_iter()
            .map(|(name, values)| {
                let name = name.strip_prefix("h/id/AB:").unwrap();
                format!("{name}={}", values.join(","))
            })
            .collect()
    }

    #[test]
    fn a_token_shows_its_audiences_and_subject() {
        let claims = json!({
            "iss": "https://h/id/AB", "aud": ["a", "b"], "sub": "s",
            "kubernetes.io": {"namespace": "n"}, "exp": 1, "repository": "o/r",
        });
        assert_eq!(keys(&claims, &OF_ALL), ["aud=a,b", "sub=s"]);
    }

    #[test]
    fn an_authorised_party_takes_the_audiences_place() {
        let claims =
            json!({"aud": ["a", "b"], "azp": "p", "sub": "s", "amr": ["authenticated", "x"]});
        assert_eq!(
            keys(&claims, &OF_ALL),
            ["aud=p", "oaud=a,b", "sub=s", "amr=authenticated,x"]
        );
    }

    #[test]
    fn only_what_is_offered_shows_and_only_scalars_do() {
        let claims = json!({
            "aud": "a", "sub": "s", "repository": "o/r", "repository_id": 74, "ref": "refs/heads/main",
            "event_name": "push", "environment": null, "workflow": ["w"], "is_fork": false,
        });
        let offered = [
            "environment",
            "is_fork",
            "ref",
            "repository_id",
            "sub",
            "workflow",
        ];
        assert_eq!(
            keys(&claims, &offered),
            [
                "is_fork=false",
                "ref=refs/heads/main",
                "repository_id=74",
                "sub=s"
            ]
        );
        assert!(keys(&claims, &[]).is_empty());
    }

    #[test]
    fn a_claims_name_may_have_a_slash_or_be_a_path() {
        let claims = json!({
            "oidc.circleci.com/project-id": "p", "google": {"organization_number": 12},
        });
        let offered = [
            "oidc.circleci.com/project-id",
            "google/organization_number",
            "google/other",
        ];
        assert_eq!(
            keys(&claims, &offered),
            [
                "oidc.circleci.com/project-id=p",
                "google/organization_number=12"
            ]
        );
    }
}
