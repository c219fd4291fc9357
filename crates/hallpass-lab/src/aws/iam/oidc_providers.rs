//! OpenID Connect providers: the issuers whose tokens the account takes.
//!
//! Source: IAM API Reference, `CreateOpenIDConnectProvider`.

use std::sync::Arc;

use hallpass_types::{Arn, IssuerUrl};

use super::documents::exceeded;
use super::names;
use super::permission::Permission;
use super::provider_lists::{check_client_ids, check_thumbprints};
use super::tags::{self, Tagged};
use super::wire::write_tags;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::params::Params;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{OidcProvider, Tags};

/// `CreateOpenIDConnectProvider`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let url = read_url(&params)?;
    let client_ids = texts(&params, "ClientIDList");
    check_client_ids(&client_ids)?;
    let thumbprints = texts(&params, "ThumbprintList");
    check_thumbprints(&thumbprints)?;
    let added = tags::read(&params, OidcProvider::HAS_CASE)?;
    let arn = provider_arn(&call.identity, url.without_scheme());
    Permission::on(&arn).with_request_tags(&added).ask(call)?;
    let mut provider = OidcProvider {
        url: url.without_scheme().to_owned(),
        client_ids,
        thumbprints,
        created: call.now,
        tags: Tags::new(),
    };
    tags::add(&mut provider.tags, added, OidcProvider::HAS_CASE)?;
    let answer = Answer::xml(|xml| {
        xml.text("OpenIDConnectProviderArn", arn);
        write_tags(xml, &provider.tags);
    });
    call.store()
        .write(|tx| {
            if tx.state().providers.contains_key(&provider.url) {
                return Err(ApiError::entity_already_exists(format!(
                    "Provider with url {url} already exists."
                )));
            }
            if tx.state().providers.len() >= PROVIDERS {
                return Err(exceeded("OpenIdConnectProvidersPerAccount", PROVIDERS));
            }
            tx.put(provider);
            Ok(())
        })
        .await?;
    Ok(answer)
}

/// `GetOpenIDConnectProvider`.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = permitted(call)?;
    let provider = find(call, &arn)?;
    Ok(Answer::xml(|xml| {
        xml.text("Url", &provider.url)
            .texts("ClientIDList", &provider.client_ids)
            .texts("ThumbprintList", &provider.thumbprints)
            .time("CreateDate", provider.created);
        write_tags(xml, &provider.tags);
    }))
}

/// `ListOpenIDConnectProviders`: all of them, never in pages.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let identity = call.identity.clone();
    Permission::on(identity.iam_arn("oidc-provider/*")).ask(call)?;
    let urls: Vec<String> = call
        .store()
        .read(|state| state.providers.keys().cloned().collect());
    Ok(Answer::xml(|xml| {
        xml.list("OpenIDConnectProviderList", urls, |xml, url| {
            xml.text("Arn", provider_arn(&identity, &url));
        });
    }))
}

/// `DeleteOpenIDConnectProvider`: one that is not there is no error, as on AWS.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = permitted(call)?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            if let Some(url) = url_of(&identity, arn.as_str()) {
                tx.delete::<OidcProvider>(url);
            }
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// The ARN that the call names, if the caller may do this to its provider.
pub(super) fn permitted(call: &mut Call) -> Result<Arn, ApiError> {
    let arn = names::arn(call.params()?, ARN)?;
    let mut permission = Permission::on(arn.as_str());
    if let Ok(provider) = find(call, &arn) {
        permission = permission.with_resource_tags(&provider.tags);
    }
    permission.ask(call)?;
    Ok(arn)
}

/// The provider of an ARN.
pub(super) fn find_in(
    state: &AccountState,
    identity: &LabIdentity,
    arn: &str,
) -> Result<Arc<OidcProvider>, ApiError> {
    url_of(identity, arn)
        .and_then(|url| state.providers.get(url))
        .cloned()
        .ok_or_else(|| absent(arn))
}

/// A list of strings of the request.
pub(super) fn texts(params: &Params, name: &str) -> Vec<String> {
    params.list(name).into_iter().map(str::to_owned).collect()
}

fn find(call: &Call, arn: &Arn) -> Result<Arc<OidcProvider>, ApiError> {
    let identity = &call.identity;
    call.store()
        .read(|state| find_in(state, identity, arn.as_str()))
}

fn read_url(params: &Params) -> Result<IssuerUrl, ApiError> {
    let url = names::required(params, "Url", (1, 255))?;
    // AWS takes no port. The lab does: an issuer on loopback has one.
    url.parse()
        .map_err(|error: hallpass_types::IssuerUrlError| {
            ApiError::validation("Invalid Open ID Connect Provider URL")
                .with_detail(error.to_string())
        })
}

fn provider_arn(identity: &LabIdentity, url: &str) -> String {
    identity.iam_arn(&format!("oidc-provider/{url}"))
}

/// The URL at the end of an ARN of this account.
fn url_of<'a>(identity: &LabIdentity, arn: &'a str) -> Option<&'a str> {
    arn.strip_prefix(&provider_arn(identity, ""))
}

fn absent(arn: &str) -> ApiError {
    ApiError::no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

impl Tagged for OidcProvider {
    const HAS_CASE: bool = true;

    fn target(params: &Params) -> Result<String, ApiError> {
        names::arn(params, ARN).map(|arn| arn.as_str().to_owned())
    }

    fn find_tagged(
        state: &AccountState,
        identity: &LabIdentity,
        target: &str,
    ) -> Result<Arc<Self>, ApiError> {
        find_in(state, identity, target)
    }

    fn tagged_arn(_state: &AccountState, _identity: &LabIdentity, target: &str) -> String {
        target.to_owned()
    }

    fn tags_of(&self) -> &Tags {
        &self.tags
    }

    fn tags_of_mut(&mut self) -> Result<&mut Tags, ApiError> {
        Ok(&mut self.tags)
    }
}

const ARN: &str = "OpenIDConnectProviderArn";
/// Providers in an account.
pub(super) const PROVIDERS: usize = 100;
