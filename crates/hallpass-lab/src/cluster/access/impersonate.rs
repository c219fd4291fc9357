//! Acting as somebody else, where rules allow it.
//!
//! Source: Kubernetes documentation, "Authenticating" (user impersonation).

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use super::super::rbac::{self, Attributes, What};
use super::super::status::Status;
use super::caller::{ANONYMOUS, AUTHENTICATED, Caller, UNAUTHENTICATED};
use crate::events::DecisionRecord;
use crate::store::State;

/// The caller that a request is to be taken for: the one who sent it, unless it names another.
pub(in super::super) fn impersonate(
    state: &State,
    caller: Caller,
    headers: &HeaderMap,
    decisions: &mut Vec<DecisionRecord>,
) -> Result<Caller, Status> {
    let Some(wanted) = Wanted::read(headers)? else {
        return Ok(caller);
    };
    for what in wanted.parts() {
        let attributes = Attributes {
            verb: "impersonate".to_owned(),
            what,
        };
        let (decision, may) = rbac::authorize(state, &caller, &attributes);
        decisions.push(decision);
        may?;
    }
    Ok(wanted.caller())
}

/// Whom a request names.
struct Wanted {
    user: String,
    uid: String,
    groups: Vec<String>,
    /// Keys and values.
    extra: Vec<(String, String)>,
}

impl Wanted {
    fn read(headers: &HeaderMap) -> Result<Option<Self>, Status> {
        let one = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let groups = headers.get_all("impersonate-group");
        let wanted = Self {
            user: one("impersonate-user"),
            uid: one("impersonate-uid"),
            groups: groups
                .iter()
                .filter_map(|group| Some(group.to_str().ok()?.to_owned()))
                .collect(),
            extra: headers
                .iter()
                .filter_map(|(name, value)| {
                    let key = name.as_str().strip_prefix("impersonate-extra-")?;
                    let key = percent_decode_str(key).decode_utf8().ok()?.into_owned();
                    Some((key, value.to_str().ok()?.to_owned()))
                })
                .collect(),
        };
        let is_plain = wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
        match (wanted.user.is_empty(), is_plain) {
            (true, true) => Ok(None),
            (true, false) => Err(Status::bad_request(
                "groups, a uid or extra fields are to be impersonated without a user: set the header Impersonate-User as well",
            )),
            (false, _) => Ok(Some(wanted)),
        }
    }

    /// What the caller must be allowed to impersonate.
    fn parts(&self) -> Vec<What> {
        let part = |group: &str, resource: &str, subresource: &str, namespace: &str, name: &str| {
            What::Resource {
                group: group.to_owned(),
                resource: resource.to_owned(),
                subresource: subresource.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }
        };
        let mut parts = vec![match account_of(&self.user) {
            Some((namespace, name)) => part("", "serviceaccounts", "", namespace, name),
            None => part("", "users", "", "", &self.user),
        }];
        parts.extend(
            self.groups
                .iter()
                .map(|group| part("", "groups", "", "", group)),
        );
        if !self.uid.is_empty() {
            parts.push(part(GROUP, "uids", "", "", &self.uid));
        }
        parts.extend(
            self.extra
                .iter()
                .map(|(key, value)| part(GROUP, "userextras", key, "", value)),
        );
        parts
    }

    fn caller(self) -> Caller {
        let mut groups = self.groups;
        if let Some((namespace, _)) = account_of(&self.user).filter(|_| groups.is_empty()) {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        let everybody = if self.user == ANONYMOUS {
            UNAUTHENTICATED
        } else {
            AUTHENTICATED
        };
        let has_one = groups
            .iter()
            .any(|group| group == AUTHENTICATED || group == UNAUTHENTICATED);
        if !has_one {
            groups.push(everybody.to_owned());
        }
        let mut caller = Caller {
            name: self.user,
            uid: self.uid,
            groups,
            ..Caller::default()
        };
        for (key, value) in self.extra {
            caller.extra.entry(key).or_default().push(value);
        }
        caller
    }
}

/// Namespace and name of a service account, by its user name.
fn account_of(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

const GROUP: &str = "authentication.k8s.io";

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn somebody_else_is_taken_whole() {
        let mut headers = HeaderMap::new();
        assert!(Wanted::read(&headers).unwrap().is_none());
        headers.append("impersonate-group", HeaderValue::from_static("dev"));
        assert_eq!(Wanted::read(&headers).err().unwrap().code, 400);
        headers.append("impersonate-user", HeaderValue::from_static("ann"));
        headers.append("impersonate-group", HeaderValue::from_static("ops"));
        headers.append(
            "impersonate-extra-example.com%2fscope",
            HeaderValue::from_static("all"),
        );
        let wanted = Wanted::read(&headers).unwrap().unwrap();
        assert_eq!(wanted.parts().len(), 4);
        let caller = wanted.caller();
        assert_eq!(caller.groups, ["dev", "ops", AUTHENTICATED]);
        assert_eq!(caller.extra["example.com/scope"], ["all"]);
    }

    #[test]
    fn a_service_account_comes_with_its_groups() {
        let mut headers = HeaderMap::new();
        headers.append(
            "impersonate-user",
            HeaderValue::from_static("system:serviceaccount:team:ci"),
        );
        let wanted = Wanted::read(&headers).unwrap().unwrap();
        let What::Resource {
            resource,
            namespace,
            name,
            ..
        } = &wanted.parts()[0]
        else {
            panic!("a path");
        };
        assert_eq!(
            (resource.as_str(), namespace.as_str(), name.as_str()),
            ("serviceaccounts", "team", "ci")
        );
        let groups = wanted.caller().groups;
        assert_eq!(
            groups,
            [
                "system:serviceaccounts",
                "system:serviceaccounts:team",
                AUTHENTICATED
            ]
        );
    }
}
