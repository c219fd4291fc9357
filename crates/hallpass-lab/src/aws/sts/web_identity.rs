//! `AssumeRoleWithWebIdentity`: from a token to a role. The exchange at the heart of the chain.

use hallpass_iam::Outcome;
use hallpass_iam::federation::Issuer;
use hallpass_oidc::condition_keys;

use super::credentials::write_credentials;
use super::grant::{Attributes, RoleRequest};
use super::web_token::CheckedToken;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::cloudtrail::WebIdentity;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::store::records::Role;

/// `AssumeRoleWithWebIdentity`.
pub(super) async fn assume_role_with_web_identity(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let mut faults = Constraints::default();
    let text = faults.required(&params, "WebIdentityToken");
    if params.get("WebIdentityToken").is_some() {
        faults.length(text, "WebIdentityToken", 4, 20_000);
    }
    let request = RoleRequest::read(&params, faults)?;
    if params.get("ProviderId").is_some() {
        // The parameter is for OAuth 2.0 access tokens of the built-in providers only.
        return Err(ApiError::validation(
            "ProviderId must not be specified for an OpenID Connect token",
        ));
    }
    // The provider is looked for in the role's account: a token is nobody's until a role takes it.
    if let Ok(account) = request.role_arn.account().parse() {
        call.enter(account);
    }
    let token = CheckedToken::check(call, text).await?;
    let subject = token.subject()?.to_owned();
    let provider_arn = call
        .identity
        .iam_arn(&format!("oidc-provider/{}", token.provider.url));
    call.claimed_caller = Some(format!("{subject} of {provider_arn}"));
    call.web_identity = Some(WebIdentity {
        subject: subject.clone(),
        audience: audience(&token),
        provider: provider_arn.clone(),
    });
    let attributes = token.attributes(&provider_arn)?;
    // A role that is not there and a role that does not trust are one answer, so that a stranger
    // cannot find out which roles exist.
    let role = request.role(call).ok_or_else(|| {
        not_authorized("sts:AssumeRoleWithWebIdentity")
            .with_detail("there is no such role in this account")
    })?;
    decide_trust(call, &request, &role, &token, &provider_arn, &attributes)?;
    request.check_duration(&role)?;
    let packed_size = request.packed_size(&attributes)?;
    let arn = call.identity.sts_arn(&format!(
        "assumed-role/{}/{}",
        role.name, request.session_name
    ));
    let role_id = format!("{}:{}", role.id, request.session_name);
    let source_identity = attributes.source_identity.clone();
    let audience = audience(&token);
    let credentials = request.issue(call, &role, attributes);
    Ok(Answer::xml(|xml| {
        xml.element("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", role_id).text("Arn", arn);
        });
        xml.text("Audience", audience);
        write_credentials(xml, &credentials);
        if let Some(percent) = packed_size {
            xml.value("PackedPolicySize", percent);
        }
        xml.text("Provider", &provider_arn);
        xml.optional("SourceIdentity", source_identity);
        xml.text("SubjectFromWebIdentityToken", subject);
    }))
}

fn decide_trust(
    call: &mut Call,
    request: &RoleRequest,
    role: &Role,
    token: &CheckedToken,
    provider_arn: &str,
    attributes: &Attributes,
) -> Result<(), ApiError> {
    let mut actions = vec!["sts:AssumeRoleWithWebIdentity"];
    if !attributes.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if attributes.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    let tags: Vec<(String, String)> = attributes
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let trust = role.trust.trust_policy();
    for action in actions {
        let mut wanted = Wanted::new(action, request.role_arn.as_str())
            .under(Some(&trust))
            .with("sts:RoleSessionName", &request.session_name)
            .with("aws:FederatedProvider", provider_arn)
            .with_request_tags(&tags)
            .with_resource_tags(&role.tags);
        wanted.context.extend(token_keys(token));
        if let Some(source) = &attributes.source_identity {
            wanted = wanted.with("sts:SourceIdentity", source);
        }
        if call.decide_federated(provider_arn, &wanted) != Outcome::Allow {
            return Err(not_authorized(action));
        }
    }
    Ok(())
}

/// The condition keys of the token: those of its claims that AWS offers for its issuer.
fn token_keys(token: &CheckedToken) -> Vec<(String, Vec<String>)> {
    let url = &token.provider.url;
    let offered = Issuer::of(url).map_or_else(Vec::new, |issuer| issuer.claims());
    condition_keys(url, &token.claims, &offered)
}

/// The audience as STS answers it: `azp` where the token has one.
fn audience(token: &CheckedToken) -> String {
    token
        .claims
        .azp()
        .or_else(|| token.claims.aud().first().copied())
        .unwrap_or_default()
        .to_owned()
}

fn not_authorized(action: &str) -> ApiError {
    ApiError::access_denied(format!("Not authorized to perform {action}"))
}
