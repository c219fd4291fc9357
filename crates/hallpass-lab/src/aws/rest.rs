//! Calls of the REST-JSON services: the operation is told by method and path, the input stands in the
//! path, the query and the body.
//!
//! Source: Smithy specification, "AWS restJson1 protocol"; the operations' paths in the EKS and EKS Auth
//! API References.

use bytes::Bytes;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::front::Service;

/// The operation that a request names, and its input as one object.
pub(crate) fn read(
    service: Service,
    parts: &Parts,
    body: &Bytes,
) -> Result<(String, Value), ApiError> {
    let path = parts.uri.path();
    let (route, captured) = routes(service)
        .iter()
        .filter(|route| route.method == parts.method.as_str())
        .find_map(|route| Some((route, route.captures(path)?)))
        .ok_or_else(|| {
            ApiError::new(
                404,
                "UnknownOperationException",
                "Unable to determine service/operation name to be authorized",
            )
        })?;
    let mut input = if body.is_empty() {
        Map::new()
    } else {
        object(body)?
    };
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        add_query(&mut input, &name, &value)?;
    }
    // Last: what is authorised is what the path names.
    for (name, value) in captured {
        input.insert(name.to_owned(), Value::String(value));
    }
    Ok((route.operation.to_owned(), Value::Object(input)))
}

fn object(body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| {
        ApiError::new(
            400,
            "SerializationException",
            "the body is not a JSON object",
        )
    })
}

fn add_query(input: &mut Map<String, Value>, name: &str, value: &str) -> Result<(), ApiError> {
    if input.len() >= MAX_MEMBERS {
        return Err(ApiError::malformed_body("too many parameters"));
    }
    if LISTS.contains(&name) {
        let list = input
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Some(list) = list.as_array_mut() {
            list.push(Value::from(value));
        }
        return Ok(());
    }
    let value = match value.parse::<i64>() {
        Ok(number) if NUMBERS.contains(&name) => Value::from(number),
        Ok(_) | Err(_) => Value::from(value),
    };
    input.insert(name.to_owned(), value);
    Ok(())
}

/// One operation's place.
struct Route {
    method: &'static str,
    path: &'static str,
    operation: &'static str,
}

impl Route {
    /// What the labels of the path stand for, where the path is of this route.
    fn captures(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let mut found = Vec::new();
        let mut given = path.split('/');
        for wanted in self.path.split('/') {
            let given = given.next()?;
            match wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                None if wanted == given => {}
                None => return None,
                Some(_) if given.is_empty() => return None,
                Some(label) => {
                    let text = percent_decode_str(given).decode_utf8().ok()?;
                    found.push((label, text.into_owned()));
                }
            }
        }
        given.next().is_none().then_some(found)
    }
}

const fn routes(service: Service) -> &'static [Route] {
    match service {
        Service::Eks => EKS,
        Service::EksAuth => EKS_AUTH,
        _ => &[],
    }
}

const fn route(method: &'static str, path: &'static str, operation: &'static str) -> Route {
    Route {
        method,
        path,
        operation,
    }
}

const EKS: &[Route] = &[
    route("GET", "/clusters", "ListClusters"),
    route("GET", "/clusters/{name}", "DescribeCluster"),
    route("GET", "/clusters/{name}/addons", "ListAddons"),
    route(
        "GET",
        "/clusters/{name}/addons/{addonName}",
        "DescribeAddon",
    ),
    route(
        "GET",
        "/clusters/{name}/access-entries",
        "ListAccessEntries",
    ),
    route(
        "POST",
        "/clusters/{name}/access-entries",
        "CreateAccessEntry",
    ),
    route(
        "GET",
        "/clusters/{name}/access-entries/{principalArn}",
        "DescribeAccessEntry",
    ),
    route(
        "POST",
        "/clusters/{name}/access-entries/{principalArn}",
        "UpdateAccessEntry",
    ),
    route(
        "DELETE",
        "/clusters/{name}/access-entries/{principalArn}",
        "DeleteAccessEntry",
    ),
    route(
        "GET",
        "/clusters/{name}/access-entries/{principalArn}/access-policies",
        "ListAssociatedAccessPolicies",
    ),
    route(
        "POST",
        "/clusters/{name}/access-entries/{principalArn}/access-policies",
        "AssociateAccessPolicy",
    ),
    route(
        "DELETE",
        "/clusters/{name}/access-entries/{principalArn}/access-policies/{policyArn}",
        "DisassociateAccessPolicy",
    ),
    route("GET", "/access-policies", "ListAccessPolicies"),
    route(
        "GET",
        "/clusters/{name}/pod-identity-associations",
        "ListPodIdentityAssociations",
    ),
    route(
        "POST",
        "/clusters/{name}/pod-identity-associations",
        "CreatePodIdentityAssociation",
    ),
    route(
        "GET",
        "/clusters/{name}/pod-identity-associations/{associationId}",
        "DescribePodIdentityAssociation",
    ),
    route(
        "POST",
        "/clusters/{name}/pod-identity-associations/{associationId}",
        "UpdatePodIdentityAssociation",
    ),
    route(
        "DELETE",
        "/clusters/{name}/pod-identity-associations/{associationId}",
        "DeletePodIdentityAssociation",
    ),
    route("GET", "/tags/{resourceArn}", "ListTagsForResource"),
    route("POST", "/tags/{resourceArn}", "TagResource"),
    route("DELETE", "/tags/{resourceArn}", "UntagResource"),
];

const EKS_AUTH: &[Route] = &[route(
    "POST",
    "/clusters/{clusterName}/assume-role-for-pod-identity",
    "AssumeRoleForPodIdentity",
)];

const LISTS: &[&str] = &["tagKeys", "include"];
const NUMBERS: &[&str] = &["maxResults"];
// UntagResource takes fifty keys, and they are one member.
const MAX_MEMBERS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(
        service: Service,
        method: &str,
        target: &str,
        body: &str,
    ) -> Option<(String, Value)> {
        let request = http::Request::builder().method(method).uri(target);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        read(service, &parts, &Bytes::from(body.to_owned())).ok()
    }

    #[test]
    fn an_operation_is_told_by_method_and_path() {
        let eks = |method, target, body| read_as(Service::Eks, method, target, body);
        let (operation, input) = eks("GET", "/clusters/a?x=1", "").unwrap();
        assert_eq!(operation, "DescribeCluster");
        assert_eq!(input, serde_json::json!({ "x": "1", "name": "a" }));
        let (operation, input) = eks(
            "DELETE",
            "/tags/arn%3Aaws%3Aeks%3Ar%3A1%3Acluster%2Fa?tagKeys=k&tagKeys=l",
            "",
        )
        .unwrap();
        assert_eq!(operation, "UntagResource");
        let wanted = serde_json::json!({ "tagKeys": ["k", "l"], "resourceArn": "arn:aws:eks:r:1:cluster/a" });
        assert_eq!(input, wanted);
        let (_, input) = eks("POST", "/clusters/a/access-entries", r#"{"name":"b"}"#).unwrap();
        assert_eq!(input["name"], "a", "the path wins");
        for (method, target, body) in [
            ("GET", "/", ""),
            ("GET", "/clusters/", ""),
            ("PUT", "/clusters/a", ""),
            ("GET", "/clusters/a/b", ""),
            ("GET", "/clusters/%ff", ""),
            ("POST", "/clusters/a/access-entries", "[]"),
        ] {
            assert!(eks(method, target, body).is_none(), "{method} {target}");
        }
        assert!(read_as(Service::EksAuth, "GET", "/clusters", "").is_none());
    }
}
