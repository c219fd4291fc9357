//! Why a token is refused: one variant for each reason, so that nobody has to guess.

use hallpass_types::Timestamp;

use crate::algorithm::Algorithm;
use crate::excerpt::excerpt;

/// Why a token is refused.
///
/// Exhaustive: whoever answers to the outside decides for each reason what the answer is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum TokenError {
    /// The signature is not the key's over these claims.
    #[error("the token's signature does not hold")]
    #[diagnostic(
        code("token/bad-signature"),
        help("the token was changed, or another key signed it: get a fresh one from its issuer")
    )]
    BadSignature,
    /// A part is not base64url.
    #[error("the token's {part} is not base64url: {reason}")]
    #[diagnostic(
        code("token/base64"),
        help("pass the token as its issuer gave it, without line breaks, padding or quotes")
    )]
    Base64 {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        reason: String,
    },
    /// A claim has another type than it must have.
    #[error("the token's claim `{name}` is {found}, not {wanted}")]
    #[diagnostic(
        code("token/claim-type"),
        help("correct what the issuer writes into the claim")
    )]
    ClaimType {
        /// The claim.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The header says that a reader must know an extension; this one knows none.
    #[error("the token's header has `crit`: extensions that no token for STS uses")]
    #[diagnostic(
        code("token/critical-header"),
        help("ask the issuer for a token without critical header extensions")
    )]
    CriticalHeader,
    /// A name stands twice in one object.
    #[error("`{name}` stands twice in the token's {part}")]
    #[diagnostic(
        code("token/duplicate-name"),
        help("readers disagree on which of the two counts: correct what the issuer writes")
    )]
    DuplicateName {
        /// Which part.
        part: Part,
        /// The name.
        name: String,
    },
    /// Encrypted, where only signed tokens are read.
    #[error("the token is encrypted (five parts): wanted a signed one (three parts)")]
    #[diagnostic(
        code("token/encrypted"),
        help("ask the issuer for a signed ID token, not an encrypted one")
    )]
    Encrypted,
    /// Its time is over.
    #[error("the token expired at {at}: it is {now:.0}")]
    #[diagnostic(
        code("token/expired"),
        help("get a fresh token; where the time of day looks wrong, set the clock")
    )]
    Expired {
        /// When it expired.
        at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// A header parameter is absent or has another type than it must have.
    #[error("the token's header has `{name}` as {found}: wanted a string")]
    #[diagnostic(
        code("token/header"),
        help("pass an ID token: its header names the algorithm and the key")
    )]
    Header {
        /// The parameter.
        name: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Issued at a time that has not come.
    #[error("the token was issued at {at}, which is in the future: it is {now:.0}")]
    #[diagnostic(
        code("token/issued-in-future"),
        help("set the clocks of the issuer's machine and of this one")
    )]
    IssuedInFuture {
        /// When it says it was issued.
        at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// An issuer that IAM can have no provider for.
    #[error("the token's issuer `{issuer}` is none that IAM takes: {reason}")]
    #[diagnostic(
        code("token/issuer"),
        help("configure the issuer with an https URL, without query or fragment")
    )]
    Issuer {
        /// The issuer that the token names.
        issuer: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key is there, but not for this algorithm.
    #[error(
        "the token is signed by {algorithm}, and its key `{kid}` is for {}",
        shown(takes)
    )]
    #[diagnostic(
        code("token/key-mismatch"),
        help("the token was forged, or the issuer publishes its key under the wrong `alg`")
    )]
    KeyMismatch {
        /// The key's ID.
        kid: String,
        /// The token's algorithm.
        algorithm: Algorithm,
        /// The key's algorithms.
        takes: Vec<String>,
    },
    /// A claim that must be there is not.
    #[error("the token has no claim `{name}`")]
    #[diagnostic(
        code("token/missing-claim"),
        help("STS wants `iss`, `sub`, `aud`, `exp` and `iat`: pass an ID token that has them")
    )]
    MissingClaim {
        /// The claim.
        name: &'static str,
    },
    /// The header names no key.
    #[error("the token's header has no `kid`")]
    #[diagnostic(
        code("token/no-kid"),
        help("STS finds the key by `kid`: make the issuer name it in the header")
    )]
    NoKid,
    /// A time that is no whole number of seconds, or beyond all calendars.
    #[error("the token's claim `{name}` is {found}: wanted a whole number of seconds since 1970")]
    #[diagnostic(
        code("token/not-a-time"),
        help("STS takes integers only, no fractions, no text: correct what the issuer writes")
    )]
    NotATime {
        /// The claim.
        name: &'static str,
        /// What it is.
        found: String,
    },
    /// A part is not JSON.
    #[error("the token's {part} is not JSON: {reason}")]
    #[diagnostic(
        code("token/not-json"),
        help("pass an ID token (a JWT); an access token may look like one, and be none")
    )]
    NotJson {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        reason: String,
    },
    /// A part is JSON, but no object.
    #[error("the token's {part} is {found}: wanted an object")]
    #[diagnostic(
        code("token/not-object"),
        help("pass an ID token as its issuer gave it")
    )]
    NotObject {
        /// Which part.
        part: Part,
        /// What it is.
        found: &'static str,
    },
    /// Its time has not come.
    #[error("the token is not valid before {at}: it is {now:.0}")]
    #[diagnostic(
        code("token/not-yet-valid"),
        help("wait, or set the clocks of the issuer's machine and of this one")
    )]
    NotYetValid {
        /// When it begins to be valid.
        at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// Not three parts.
    #[error("the token has {found} parts: wanted three, with full stops between them")]
    #[diagnostic(
        code("token/parts"),
        help("pass the token as its issuer gave it: header, claims and signature")
    )]
    Parts {
        /// How many there are.
        found: usize,
    },
    /// HMAC: the public key would be the secret.
    #[error(
        "the token says that it is signed by `{algorithm}`, with a shared secret: wanted a key pair"
    )]
    #[diagnostic(
        code("token/symmetric-algorithm"),
        help("an issuer shares no secret with AWS: sign by RS256 or ES256")
    )]
    SymmetricAlgorithm {
        /// The algorithm.
        algorithm: String,
    },
    /// Longer than STS takes.
    #[error("the token has {length} characters: STS takes at most {max}")]
    #[diagnostic(
        code("token/too-large"),
        help("leave claims out; long lists of groups are the usual cause")
    )]
    TooLarge {
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// The issuer has no key of that ID.
    #[error("the issuer publishes no key `{kid}`")]
    #[diagnostic(
        code("token/unknown-kid"),
        help("the key was rotated out, or another issuer signed the token: get a fresh token")
    )]
    UnknownKid {
        /// The key's ID.
        kid: String,
    },
    /// `alg: none`.
    #[error("the token is not signed (`alg` is `{algorithm}`)")]
    #[diagnostic(code("token/unsigned"), help("only signed tokens prove anything"))]
    Unsigned {
        /// The algorithm, as written.
        algorithm: String,
    },
    /// An algorithm that STS does not take.
    #[error(
        "the token is signed by `{algorithm}`: STS takes RS256, RS384, RS512, ES256, ES384, ES512"
    )]
    #[diagnostic(
        code("token/unsupported-algorithm"),
        help("configure the issuer to sign by RS256 or ES256")
    )]
    UnsupportedAlgorithm {
        /// The algorithm.
        algorithm: String,
    },
    /// The issuer has the key, but it cannot be used.
    #[error("the issuer's key `{kid}` cannot be used: {reason}")]
    #[diagnostic(
        code("token/unusable-key"),
        help(
            "correct the key in the issuer's key set: RSA of 2048 to 8192 bits, or EC on P-256, P-384 or P-521, for signatures"
        )
    )]
    UnusableKey {
        /// The key's ID.
        kid: String,
        /// Why.
        reason: String,
    },
    /// For somebody else.
    #[error("the token is for {}: wanted one of {}", shown(got), shown(wanted))]
    #[diagnostic(
        code("token/wrong-audience"),
        help(
            "ask the issuer for a token with one of the provider's client IDs as audience, or register the audience with the provider"
        )
    )]
    WrongAudience {
        /// The provider's client IDs.
        wanted: Vec<String>,
        /// The token's audiences, or its authorised party.
        got: Vec<String>,
    },
}

/// A part of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The second.
    Claims,
    /// The first.
    Header,
    /// The third.
    Signature,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Claims => "claims part",
            Self::Header => "header",
            Self::Signature => "signature",
        })
    }
}

/// At most five names, then a count.
fn shown(names: &[String]) -> String {
    let first: Vec<String> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{}`", excerpt(name)))
        .collect();
    match names.len() {
        0 => "nobody".to_owned(),
        1..=MAX_NAMES => first.join(", "),
        count => format!("{} and {} more", first.join(", "), count - MAX_NAMES),
    }
}

const MAX_NAMES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_wanted_and_what_was_found() {
        let error = TokenError::WrongAudience {
            wanted: (1..=7).map(|n| n.to_string()).collect(),
            got: vec!["vault".to_owned()],
        };
        assert_eq!(
            error.to_string(),
            "the token is for `vault`: wanted one of `1`, `2`, `3`, `4`, `5` and 2 more"
        );
        let nobody = TokenError::WrongAudience {
            wanted: vec![],
            got: vec![],
        };
        assert_eq!(
            nobody.to_string(),
            "the token is for nobody: wanted one of nobody"
        );
    }
}
