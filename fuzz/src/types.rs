//! Names: what parses is printed as it was written.

use std::fmt::Display;
use std::str::FromStr;

use hallpass_types::{AccountId, Arn, IssuerUrl, Partition, Region, ServiceAccountName};

/// Every kind of name, from one text.
pub fn types_names(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    same::<AccountId>(text);
    same::<Partition>(text);
    if let Some(region) = same::<Region>(text) {
        let _ = region.partition();
    }
    if let Some(arn) = same::<Arn>(text) {
        let fields = [
            arn.partition(),
            arn.service(),
            arn.region(),
            arn.account(),
            arn.resource(),
        ];
        assert_eq!(text, format!("arn:{}", fields.join(":")));
        let (kind, name) = arn.resource_parts();
        assert!(kind.len() + name.len() <= arn.resource().len());
    }
    if let Some(issuer) = same::<IssuerUrl>(text) {
        assert!(issuer.without_scheme().starts_with(issuer.authority()));
        assert!(!issuer.authority().is_empty());
        assert!(issuer.discovery_url().starts_with("https://"));
        let _ = issuer.has_port();
    }
    if let Ok(account) = text.parse::<ServiceAccountName>() {
        let again = ServiceAccountName::new(account.namespace(), account.name());
        assert_eq!(Ok(&account), again.as_ref());
        assert!(account.subject().starts_with("system:serviceaccount:"));
    }
}

fn same<T: FromStr + Display>(text: &str) -> Option<T> {
    let value = text.parse::<T>().ok()?;
    assert_eq!(value.to_string(), text);
    Some(value)
}
