//! The condition keys that AWS makes of a token's claims.
//!
//! Sources: IAM User Guide, "IAM and AWS STS condition context keys", available keys for AWS web
//! identity federation; Service Authorization Reference, condition keys of STS (GitHub's claims). All
//! other claims are invisible to policies: a cluster's `kubernetes.io` claim, for one.

use serde_json::Value;

use crate::claims::Claims;

/// The condition keys of a token: name and values. The names begin with the provider's URL without
/// scheme, its path included.
pub fn condition_keys(provider_url: &str, claims: &Claims) -> Vec<(String, Vec<String>)> {
    let provider = provider_url
        .strip_prefix("https://")
        .unwrap_or(provider_url);
    let audiences = claims.texts("aud");
    let mut keys: Vec<(&str, Vec<String>)> = match claims.azp() {
        Some(party) => vec![("aud", owned(&[party])), ("oaud", owned(&audiences))],
        None => vec![("aud", owned(&audiences))],
    };
    keys.push(("sub", owned(claims.sub().as_slice())));
    keys.push(("amr", owned(&claims.texts("amr"))));
    if is_github(provider) {
        let claims = GITHUB_CLAIMS.iter().map(|name| {
            let value = claims.get(name).and_then(scalar);
            (*name, value.into_iter().collect())
        });
        keys.extend(claims);
    }
    // A claim that is absent makes no key: `Null` and `...IfExists` ask for that.
    keys.into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| (format!("{provider}:{name}"), values))
        .collect()
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// GitHub.com's issuer, and that of an enterprise on it (`/SLUG`); not GitHub Enterprise Server's,
/// which is a host of its owner's, and of whose claims AWS knows nothing.
fn is_github(provider: &str) -> bool {
    let host = provider.split_once('/').map_or(provider, |(host, _)| host);
    host.eq_ignore_ascii_case(GITHUB_HOST)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

const GITHUB_HOST: &str = "token.actions.githubusercontent.com";
const GITHUB_CLAIMS: &[&str] = &[
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(provider: &str, claims: &Value) -> Vec<String> {
        condition_keys(provider, &Claims::from(claims.as_object().unwrap().clone()))
            .into_iter()
            .map(|(name, values)| format!("{name}={}", values.join(",")))
            .collect()
    }

    #[test]
    fn a_clusters_token_shows_audience_and_subject() {
        let provider = "oidc.eks.us-west-2.amazonaws.com/id/AB";
        let claims = json!({
            "iss": "https://oidc.eks.us-west-2.amazonaws.com/id/AB", "aud": ["a", "b"], "sub": "s",
            "kubernetes.io": {"namespace": "n"}, "exp": 1, "repository": "o/r",
        });
        let wanted = [format!("{provider}:aud=a,b"), format!("{provider}:sub=s")];
        assert_eq!(keys(provider, &claims), wanted);
    }

    #[test]
    fn an_authorised_party_takes_the_audiences_place() {
        let claims =
            json!({"aud": ["a", "b"], "azp": "p", "sub": "s", "amr": ["authenticated", "x"]});
        assert_eq!(
            keys("h", &claims),
            ["h:aud=p", "h:oaud=a,b", "h:sub=s", "h:amr=authenticated,x"]
        );
    }

    #[test]
    fn github_shows_more_and_its_enterprise_server_does_not() {
        let claims = json!({
            "aud": "a", "sub": "s", "repository": "o/r", "repository_id": 74, "ref": "refs/heads/main",
            "event_name": "push", "repository_owner": "o", "environment": null, "workflow": ["w"],
        });
        let more = |provider: &str| {
            [
                "aud=a",
                "sub=s",
                "ref=refs/heads/main",
                "repository=o/r",
                "repository_id=74",
            ]
            .map(|key| format!("{provider}:{key}"))
            .to_vec()
        };
        let github = "token.actions.githubusercontent.com";
        assert_eq!(keys(github, &claims), more(github));
        let enterprise = "token.actions.githubusercontent.com/acme";
        assert_eq!(keys(enterprise, &claims), more(enterprise));
        for other in [
            "ghes.example/_services/token",
            "evil.example/token.actions.githubusercontent.com",
            "token.actions.githubusercontent.com.evil.example",
        ] {
            assert_eq!(
                keys(other, &claims),
                [format!("{other}:aud=a"), format!("{other}:sub=s")]
            );
        }
    }
}
