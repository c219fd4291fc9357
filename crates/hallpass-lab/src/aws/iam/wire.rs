//! What IAM's answers have in common: encoded documents, tags, boundaries, attached policies.

use std::collections::BTreeSet;

use percent_encoding::utf8_percent_encode;

use crate::aws::text::RESERVED;
use crate::aws::xml::Xml;
use crate::store::records::{InlinePolicies, LastUsed, PolicyText, Tags};

/// A policy document as answers carry it: percent-encoded (RFC 3986, section 2.3).
pub(super) fn encoded(document: &PolicyText) -> String {
    utf8_percent_encode(document.as_str(), RESERVED).to_string()
}

/// `<Tags>`, unless there are none: IAM leaves the element out.
pub(super) fn write_tags(xml: &mut Xml, tags: &Tags) {
    if !tags.is_empty() {
        write_all_tags(xml, tags);
    }
}

/// `<Tags>`, empty or not.
pub(super) fn write_all_tags<'a>(
    xml: &mut Xml,
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
) {
    xml.list("Tags", tags, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
}

/// `<PermissionsBoundary>`, where there is one.
pub(super) fn write_boundary(xml: &mut Xml, boundary: Option<&str>) {
    if let Some(arn) = boundary {
        xml.element("PermissionsBoundary", |xml| {
            // The API's model says `PermissionsBoundaryPolicy`; IAM answers `Policy`.
            xml.text("PermissionsBoundaryType", "Policy")
                .text("PermissionsBoundaryArn", arn);
        });
    }
}

/// A list of attached managed policies: name and ARN.
pub(super) fn write_attached<'a>(
    xml: &mut Xml,
    element: &str,
    arns: impl IntoIterator<Item = &'a String>,
) {
    xml.list(element, arns, |xml, arn| {
        xml.text("PolicyName", policy_name(arn))
            .text("PolicyArn", arn);
    });
}

/// A list of inline policies: name and document.
pub(super) fn write_inline(xml: &mut Xml, element: &str, policies: &InlinePolicies) {
    xml.list(element, policies, |xml, (name, document)| {
        xml.text("PolicyName", name)
            .text("PolicyDocument", encoded(document));
    });
}

/// `<RoleLastUsed>`; empty for a role that never was.
pub(super) fn write_role_last_used(xml: &mut Xml, used: Option<&LastUsed>) {
    xml.element("RoleLastUsed", |xml| {
        if let Some(used) = used {
            xml.time("LastUsedDate", used.at)
                .text("Region", &used.region);
        }
    });
}

/// The name at the end of a managed policy's ARN.
pub(super) fn policy_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The path of a managed policy's ARN: `/` or `/a/b/`.
pub(super) fn policy_path(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let path_and_name = resource.strip_prefix("policy").unwrap_or_default();
    let length = path_and_name.len().saturating_sub(policy_name(arn).len());
    path_and_name.get(..length).unwrap_or_default()
}

/// The attached policies below a path.
pub(super) fn attached_below<'a>(
    attached: &'a BTreeSet<String>,
    prefix: &'a str,
) -> impl Iterator<Item = &'a String> {
    attached
        .iter()
        .filter(move |arn| policy_path(arn).starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_encoded_as_rfc_3986_says() {
        let document = PolicyText::new("{\"a\": \"b-._~+*/é\"}\n");
        assert_eq!(
            encoded(&document),
            "%7B%22a%22%3A%20%22b-._~%2B%2A%2F%C3%A9%22%7D%0A"
        );
    }

    #[test]
    fn an_arn_holds_the_policys_path_and_name() {
        for (arn, path, name) in [
            ("arn:aws:iam::111122223333:policy/p", "/", "p"),
            ("arn:aws:iam::111122223333:policy/a/b/p", "/a/b/", "p"),
            (
                "arn:aws:iam::aws:policy/service-role/P",
                "/service-role/",
                "P",
            ),
        ] {
            assert_eq!((policy_path(arn), policy_name(arn)), (path, name));
        }
    }
}
