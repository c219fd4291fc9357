//! Claims of Kubernetes service account tokens, exactly as a cluster writes them.
//!
//! Sources: Kubernetes documentation, "Managing Service Accounts", bound service account tokens (the
//! `kubernetes.io` claim with pod, service account and, since 1.32, the pod's node; `jti` since 1.30);
//! "Configure Service Accounts for Pods", token volume projection (audience, expiry). The API server
//! writes the members in alphabetical order, and adds `warnafter` only to tokens whose life it
//! stretches for old clients, which projected tokens with an audience of their own never are.

use std::time::Duration;

use hallpass_types::{Chance, ServiceAccountName, Timestamp};
use serde_json::{Map, Value, json};

use crate::token_id::token_id;

/// What a Kubernetes service account token is about.
#[derive(Clone, Debug)]
pub struct KubernetesToken {
    /// The cluster's issuer URL.
    pub issuer: String,
    /// The service account.
    pub account: ServiceAccountName,
    /// The service account's UID.
    pub account_uid: String,
    /// For whom the token is.
    pub audiences: Vec<String>,
    /// The pod that the token is bound to: name and UID.
    pub pod: Option<(String, String)>,
    /// The node that the pod runs on, or that the token itself is bound to: name and UID.
    pub node: Option<(String, String)>,
    /// The secret that the token is bound to: name and UID.
    pub secret: Option<(String, String)>,
    /// When the token is issued.
    pub issued: Timestamp,
    /// How long it lives.
    pub lifetime: Duration,
}

impl KubernetesToken {
    /// The claims, with a random `jti`.
    pub fn claims(&self, chance: &dyn Chance) -> Value {
        let issued = self.issued.as_second();
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        json!({
            "aud": self.audiences,
            "exp": issued.saturating_add(lifetime),
            "iat": issued,
            "iss": self.issuer,
            "jti": token_id(chance),
            "kubernetes.io": self.bound_objects(),
            "nbf": issued,
            "sub": self.account.subject(),
        })
    }

    fn bound_objects(&self) -> Value {
        let reference = |name: &str, uid: &str| json!({"name": name, "uid": uid});
        let mut objects = Map::new();
        let mut add = |kind: &str, value| objects.insert(kind.to_owned(), value);
        add("namespace", self.account.namespace().into());
        if let Some((name, uid)) = &self.node {
            add("node", reference(name, uid));
        }
        if let Some((name, uid)) = &self.pod {
            add("pod", reference(name, uid));
        }
        if let Some((name, uid)) = &self.secret {
            add("secret", reference(name, uid));
        }
        let account = reference(self.account.name(), &self.account_uid);
        add("serviceaccount", account);
        Value::Object(objects)
    }
}

#[cfg(test)]
mod tests {
    use hallpass_testkit::SeededChance;

    use super::*;

    fn token() -> KubernetesToken {
        KubernetesToken {
            issuer: "https://oidc.eks.us-west-2.amazonaws.com/id/AB".to_owned(),
            account: "actions/runner".parse().unwrap(),
            account_uid: "1111".to_owned(),
            audiences: vec!["sts.amazonaws.com".to_owned()],
            pod: Some(("runner-x".to_owned(), "2222".to_owned())),
            node: Some(("node-1".to_owned(), "3333".to_owned())),
            secret: None,
            issued: Timestamp::from_second(1_750_000_000).unwrap(),
            lifetime: Duration::from_hours(24),
        }
    }

    #[test]
    fn writes_the_claims_of_a_pods_token() {
        let claims = token().claims(&SeededChance::new(1));
        let jti = claims["jti"].as_str().unwrap().to_owned();
        assert_eq!(uuid::Uuid::try_parse(&jti).unwrap().get_version_num(), 4);
        // The text, not the value: the order of members is a cluster's, too.
        assert_eq!(
            claims.to_string().replace(&jti, "JTI"),
            concat!(
                r#"{"aud":["sts.amazonaws.com"],"exp":1750086400,"iat":1750000000,"#,
                r#""iss":"https://oidc.eks.us-west-2.amazonaws.com/id/AB","jti":"JTI","#,
                r#""kubernetes.io":{"namespace":"actions","node":{"name":"node-1","uid":"3333"},"#,
                r#""pod":{"name":"runner-x","uid":"2222"},"#,
                r#""serviceaccount":{"name":"runner","uid":"1111"}},"#,
                r#""nbf":1750000000,"sub":"system:serviceaccount:actions:runner"}"#
            )
        );
    }

    #[test]
    fn leaves_out_what_the_token_is_not_bound_to() {
        let unbound = KubernetesToken {
            pod: None,
            node: None,
            ..token()
        };
        let claims = unbound.claims(&SeededChance::new(1));
        assert_eq!(
            claims["kubernetes.io"].to_string(),
            r#"{"namespace":"actions","serviceaccount":{"name":"runner","uid":"1111"}}"#
        );
    }

    #[test]
    fn each_token_has_an_id_of_its_own() {
        let chance = SeededChance::new(1);
        assert_ne!(
            token().claims(&chance)["jti"],
            token().claims(&chance)["jti"]
        );
    }
}
