//! Versions of managed policies: five at most, one of them in force.

use super::managed_policies::{allowed, find, must_be_local, permit, read_document};
use super::names;
use super::wire::encoded;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::aws::xml::Xml;
use crate::store::records::{ManagedPolicy, PolicyVersion};

/// `CreatePolicyVersion`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let arn = names::arn(&params, "PolicyArn")?;
    let is_default = params.flag("SetAsDefault")?.unwrap_or(false);
    permit(call, &arn)?;
    let document = read_document(&params)?.into_policy_text();
    let now = call.now;
    let (version, default) = call.store()
        .write(|tx| {
            let mut policy = ManagedPolicy::clone(&*find(tx.state(), &arn)?);
            must_be_local(&policy)?;
            if policy.versions.len() >= VERSIONS {
                return Err(ApiError::limit_exceeded(format!(
                    "A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must delete an existing version."
                )));
            }
            let version = PolicyVersion {
                number: policy.next_version,
                document,
                created: now,
            };
            policy.next_version += 1;
            if is_default {
                policy.default_version = version.number;
            }
            policy.updated = now;
            policy.versions.push(version.clone());
            let default = policy.default_version;
            tx.put(policy);
            Ok((version, default))
        })
        .await?;
    Ok(Answer::xml(|xml| {
        xml.element("PolicyVersion", |xml| write(xml, &version, default));
    }))
}

/// `GetPolicyVersion`: with the document.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let number = number(call.params()?)?;
    let policy = allowed(call, &arn)?;
    let version = policy
        .versions
        .iter()
        .find(|version| version.number == number)
        .ok_or_else(|| absent(&policy, number))?;
    Ok(Answer::xml(|xml| {
        xml.element("PolicyVersion", |xml| {
            write_with_document(xml, version, policy.default_version);
        });
    }))
}

/// `ListPolicyVersions`, newest first.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let policy = allowed(call, &arn)?;
    let newest_first = policy.versions.iter().rev();
    let page = Page::cut(call.params()?, newest_first, |version| {
        format!("{:010}", u32::MAX - version.number)
    })?;
    Ok(Answer::xml(|xml| {
        xml.list("Versions", &page.items, |xml, version| {
            write(xml, version, policy.default_version);
        });
        page.write_end(xml);
    }))
}

/// `SetDefaultPolicyVersion`.
pub(super) async fn set_default(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let number = number(call.params()?)?;
    permit(call, &arn)?;
    let now = call.now;
    call.store()
        .write(|tx| {
            let mut policy = ManagedPolicy::clone(&*find(tx.state(), &arn)?);
            must_be_local(&policy)?;
            must_have(&policy, number)?;
            policy.default_version = number;
            policy.updated = now;
            tx.put(policy);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeletePolicyVersion`: any but the one in force.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let number = number(call.params()?)?;
    permit(call, &arn)?;
    call.store()
        .write(|tx| {
            let mut policy = ManagedPolicy::clone(&*find(tx.state(), &arn)?);
            must_be_local(&policy)?;
            must_have(&policy, number)?;
            if policy.default_version == number {
                return Err(ApiError::delete_conflict(
                    "Cannot delete the default version of a policy.",
                ));
            }
            policy.versions.retain(|version| version.number != number);
            tx.put(policy);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// A version with its document, as `GetPolicyVersion` and the account's details tell it.
pub(super) fn write_with_document(xml: &mut Xml, version: &PolicyVersion, default: u32) {
    xml.text("Document", encoded(&version.document));
    write(xml, version, default);
}

fn write(xml: &mut Xml, version: &PolicyVersion, default: u32) {
    xml.text("VersionId", format!("v{}", version.number))
        .value("IsDefaultVersion", version.number == default)
        .time("CreateDate", version.created);
}

/// 3 of `v3`.
fn number(params: &Params) -> Result<u32, ApiError> {
    let id = names::required(params, "VersionId", (1, 128))?;
    id.strip_prefix('v')
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|digits| !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            ApiError::validation(format!(
                "1 validation error detected: Value '{id}' at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
            ))
        })
}

fn must_have(policy: &ManagedPolicy, number: u32) -> Result<(), ApiError> {
    if policy
        .versions
        .iter()
        .any(|version| version.number == number)
    {
        return Ok(());
    }
    Err(absent(policy, number))
}

fn absent(policy: &ManagedPolicy, number: u32) -> ApiError {
    ApiError::no_such_entity(format!(
        "Policy {} version v{number} does not exist or is not attachable.",
        policy.arn
    ))
}

/// Versions that a policy may have.
pub(super) const VERSIONS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_v_and_a_number() {
        let of = |id: &str| number(&Params::parse(format!("VersionId={id}").as_bytes()).unwrap());
        assert_eq!(of("v1").unwrap(), 1);
        assert_eq!(of("v4294967295").unwrap(), u32::MAX);
        for id in [
            "",
            "1",
            "v",
            "v0",
            "v01",
            "V1",
            "v-1",
            "v%2B1",
            "v4294967296",
        ] {
            assert_eq!(of(id).unwrap_err().code, "ValidationError", "{id}");
        }
    }
}
