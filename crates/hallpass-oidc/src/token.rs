//! A token as it came: taken apart and bounded, believed in nothing.
//!
//! Sources: RFC 7515 section 7.1 (compact serialization), RFC 7519 section 7.2 (what a reader checks);
//! AWS STS API Reference, `AssumeRoleWithWebIdentity` (at most 20,000 characters).

use std::fmt;

use hallpass_types::{IssuerUrl, IssuerUrlError};
use serde_json::{Map, Value};

use crate::base64url;
use crate::claims::Claims;
use crate::error::{Part, TokenError};
use crate::excerpt::excerpt;
use crate::header::Header;
use crate::json::{self, ObjectError};

/// A token as it came: parsed, believed in nothing.
pub struct UnverifiedToken {
    pub(crate) header: Header,
    pub(crate) claims: Claims,
    /// What the signature is over: header and claims as they came.
    pub(crate) signed: String,
    pub(crate) signature: Vec<u8>,
}

impl UnverifiedToken {
    /// Takes a token apart.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.len() > MAX_LENGTH {
            return Err(TokenError::TooLarge {
                length: text.chars().count(),
                max: MAX_LENGTH,
            });
        }
        let (header, claims, signature) = parts(text)?;
        let decode = |part, text| {
            base64url::decode(text).map_err(|reason| TokenError::Base64 { part, reason })
        };
        // The header decides whether the rest can be read at all.
        let header = Header::read(&object(Part::Header, &decode(Part::Header, header)?)?)?;
        let claims = Claims::from(object(Part::Claims, &decode(Part::Claims, claims)?)?);
        let signed = text
            .rsplit_once('.')
            .map(|(signed, _)| signed.to_owned())
            .unwrap_or_default();
        Ok(Self {
            header,
            claims,
            signed,
            signature: decode(Part::Signature, signature)?,
        })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the token claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The claimed issuer: a URL that IAM can have a provider for.
    pub fn issuer(&self) -> Result<&str, TokenError> {
        let issuer = self.claims.required_text("iss")?;
        match issuer.parse::<IssuerUrl>() {
            Ok(_) => Ok(issuer),
            Err(error) => Err(TokenError::Issuer {
                issuer: excerpt(issuer),
                reason: match error {
                    IssuerUrlError::Host(_) => "it takes a host, and no spaces or user-info",
                    IssuerUrlError::QueryOrFragment(_) => "it takes neither query nor fragment",
                    IssuerUrlError::Scheme(_) => "it must begin with `https://`",
                    IssuerUrlError::TooLong(_) => "it takes at most 255 characters",
                },
            }),
        }
    }

    /// The claimed subject.
    pub fn subject(&self) -> Option<&str> {
        self.claims.sub()
    }
}

/// Neither the signature nor the text, by which whoever reads a log could use the token.
impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken")
            .field("header", &self.header)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

fn parts(text: &str) -> Result<(&str, &str, &str), TokenError> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature), None) => Ok((header, claims, signature)),
        _ => Err(match text.split('.').count() {
            ENCRYPTED_PARTS => TokenError::Encrypted,
            found => TokenError::Parts { found },
        }),
    }
}

fn object(part: Part, bytes: &[u8]) -> Result<Map<String, Value>, TokenError> {
    json::object(bytes).map_err(|error| match error {
        ObjectError::Duplicate(name) => TokenError::DuplicateName {
            part,
            name: excerpt(&name),
        },
        ObjectError::NotJson(reason) => TokenError::NotJson { part, reason },
        ObjectError::NotObject(found) => TokenError::NotObject { part, found },
    })
}

const MAX_LENGTH: usize = 20_000;
/// RFC 7516 section 7.1: header, key, initialization vector, ciphertext, tag.
const ENCRYPTED_PARTS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let (header, claims) = (base64url::encode(header), base64url::encode(claims));
        format!("{header}.{claims}.AAAA")
    }

    const HEADER: &str = r#"{"alg":"RS256","kid":"k"}"#;

    #[test]
    fn takes_a_token_apart() {
        let text = token(HEADER, r#"{"iss":"https://a.example","sub":"s"}"#);
        let token = UnverifiedToken::parse(&text).unwrap();
        assert_eq!(token.issuer().unwrap(), "https://a.example");
        assert_eq!(token.subject(), Some("s"));
        assert_eq!(token.header().kid.as_deref(), Some("k"));
        assert_eq!(format!("{}.AAAA", token.signed), text);
        let told = format!("{token:?}");
        assert!(
            !told.contains("AAAA") && !told.contains(token.signed.as_str()),
            "{told}"
        );
    }

    #[test]
    fn refuses_each_wrong_form_by_name() {
        let claims = base64url::encode("{}");
        let head = base64url::encode(HEADER);
        let (base64, not_json) = ("token/base64", "token/not-json");
        for (text, code) in [
            (String::new(), "token/parts"),
            ("this is no token".to_owned(), "token/parts"),
            (format!("{head}.{claims}"), "token/parts"),
            (format!("{head}.{claims}.AAAA.AAAA"), "token/parts"),
            (format!("{head}.AAAA.AAAA.AAAA.AAAA"), "token/encrypted"),
            (format!("{head}=.{claims}.AAAA"), base64),
            (format!("{head}. {claims}.AAAA"), base64),
            (format!("{head}.{claims}.AAB"), base64),
            (format!("{head}.{claims}.A+/="), base64),
            ("..".to_owned(), not_json),
            (token("{", "{}"), not_json),
            (token(HEADER, "\u{feff}{}"), not_json),
            (
                token(
                    HEADER,
                    &format!("{}1{}", "[".repeat(3000), "]".repeat(3000)),
                ),
                not_json,
            ),
            (token("[]", "{}"), "token/not-object"),
            (token(HEADER, "[{}]"), "token/not-object"),
            (token(HEADER, "\"x\""), "token/not-object"),
            (
                token(r#"{"alg":"RS256","alg":"none"}"#, "{}"),
                "token/duplicate-name",
            ),
            (
                token(HEADER, r#"{"sub":"a","sub":"b"}"#),
                "token/duplicate-name",
            ),
            ("a".repeat(20_001), "token/too-large"),
        ] {
            let error = UnverifiedToken::parse(&text).unwrap_err();
            let told = miette::Diagnostic::code(&error).unwrap().to_string();
            assert_eq!(told, code, "{text}: {error}");
        }
    }

    #[test]
    fn an_issuer_is_an_https_url() {
        for (claims, says) in [
            ("{}", "no claim `iss`"),
            (
                r#"{"iss":["https://a.example"]}"#,
                "`iss` is a list, not a string",
            ),
            (
                r#"{"iss":"http://a.example"}"#,
                "must begin with `https://`",
            ),
            (r#"{"iss":"a.example"}"#, "must begin with `https://`"),
            (
                r#"{"iss":"https://a.example?b"}"#,
                "neither query nor fragment",
            ),
            (r#"{"iss":"https://u@a.example"}"#, "user-info"),
        ] {
            let token = UnverifiedToken::parse(&token(HEADER, claims)).unwrap();
            let error = token.issuer().unwrap_err();
            assert!(error.to_string().contains(says), "{claims}: {error}");
        }
    }
}
