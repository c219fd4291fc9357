//! Client IDs and thumbprints of OpenID Connect providers.

use super::documents::exceeded;
use super::names;
use super::oidc_providers::{find_in, permitted, texts};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::OidcProvider;

/// `AddClientIDToOpenIDConnectProvider`; one that is there already stays.
pub(super) async fn add_client_id(call: &mut Call) -> Result<Answer, ApiError> {
    let client_id = names::required(call.params()?, "ClientID", (1, 255))?.to_owned();
    change(call, |provider| {
        if !provider.client_ids.contains(&client_id) {
            provider.client_ids.push(client_id);
        }
        check_client_ids(&provider.client_ids)
    })
    .await
}

/// `RemoveClientIDFromOpenIDConnectProvider`; one that is not there is no error.
pub(super) async fn remove_client_id(call: &mut Call) -> Result<Answer, ApiError> {
    let client_id = names::required(call.params()?, "ClientID", (1, 255))?.to_owned();
    change(call, |provider| {
        provider.client_ids.retain(|known| *known != client_id);
        Ok(())
    })
    .await
}

/// `UpdateOpenIDConnectProviderThumbprint`: the whole list anew.
pub(super) async fn update_thumbprints(call: &mut Call) -> Result<Answer, ApiError> {
    let thumbprints = texts(call.params()?, "ThumbprintList");
    check_thumbprints(&thumbprints)?;
    change(call, |provider| {
        provider.thumbprints = thumbprints;
        Ok(())
    })
    .await
}

/// Refuses client IDs that are too many, too long, or empty.
pub(super) fn check_client_ids(ids: &[String]) -> Result<(), ApiError> {
    let is_fit = |id: &String| (1..=255).contains(&id.chars().count());
    if !ids.iter().all(is_fit) {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]",
        ));
    }
    if ids.len() > CLIENT_IDS {
        return Err(exceeded("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS));
    }
    Ok(())
}

/// Refuses thumbprints that are too many, or no SHA-1 digests.
pub(super) fn check_thumbprints(thumbprints: &[String]) -> Result<(), ApiError> {
    if let Some(wrong) = thumbprints.iter().find(|text| text.chars().count() != 40) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '[{wrong}]' at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]"
        )));
    }
    if thumbprints.len() > THUMBPRINTS {
        return Err(invalid(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    let is_hexadecimal = |text: &String| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !thumbprints.iter().all(is_hexadecimal) {
        return Err(invalid(
            "Invalid thumbprint: it takes 40 hexadecimal digits.",
        ));
    }
    Ok(())
}

async fn change(
    call: &mut Call,
    work: impl FnOnce(&mut OidcProvider) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let arn = permitted(call)?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let found = find_in(tx.state(), &identity, arn.as_str())?;
            let mut provider = OidcProvider::clone(&found);
            work(&mut provider)?;
            tx.put(provider);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "InvalidInput", message)
}

const CLIENT_IDS: usize = 100;
const THUMBPRINTS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_forty_hexadecimal_digits_and_five_are_most() {
        let digest = |n: usize| format!("{n:040x}");
        let five: Vec<String> = (0..5).map(digest).collect();
        assert!(check_thumbprints(&five).is_ok());
        assert!(check_thumbprints(&[]).is_ok());
        let six: Vec<String> = (0..6).map(digest).collect();
        for wrong in [
            six,
            vec!["short".repeat(8)],
            vec!["a".repeat(39)],
            vec!["ä".repeat(20)],
        ] {
            assert!(check_thumbprints(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_hundred_client_ids_are_most() {
        let ids: Vec<String> = (0..101).map(|n| n.to_string()).collect();
        assert!(check_client_ids(&ids[..100]).is_ok());
        assert_eq!(check_client_ids(&ids).unwrap_err().code, "LimitExceeded");
        assert!(check_client_ids(&[String::new()]).is_err());
        assert!(check_client_ids(&["a".repeat(256)]).is_err());
    }
}
