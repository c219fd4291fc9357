//! What cannot be explained, and what to do then.

use hallpass_oidc::TokenError;

/// A question that cannot be asked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum ExplainError {
    /// The caller is of a form that nobody has.
    #[error("`{who}` names nobody")]
    #[diagnostic(
        code("explain/unknown-caller"),
        help(
            "write an ARN such as `arn:aws:iam::111122223333:role/NAME`, an account's twelve digits, a \
             service such as `ec2.amazonaws.com`, or with `--trust` the subject of a token, such as \
             `system:serviceaccount:NAMESPACE:NAME`"
        )
    )]
    Caller {
        /// What was given.
        who: String,
    },
    /// The trust policy trusts several issuers, or none.
    #[error("`{policy}` {}: whose subject is `{subject}`?", trusts(issuers))]
    #[diagnostic(
        code("explain/which-issuer"),
        help("name the issuer of the subject with `--issuer URL`")
    )]
    Issuer {
        /// The trust policy.
        policy: String,
        /// The subject.
        subject: String,
        /// The issuers that it trusts.
        issuers: Vec<String>,
    },
    /// There is nobody whose request could be decided.
    #[error("nobody asks for anything")]
    #[diagnostic(
        code("explain/nobody-asks"),
        help(
            "say who asks with `--who` or `--token` and for what with `--can`, or give `--trust FILE` \
             alone to see whom a trust policy lets in"
        )
    )]
    NobodyAsks,
    /// A token's subject says nothing without the policy of a role.
    #[error("a web identity has no policies of its own: nothing decides on `{subject}`")]
    #[diagnostic(
        code("explain/no-trust-policy"),
        help("give the trust policy of the role that it is to become, with `--trust FILE`")
    )]
    NoTrust {
        /// The subject.
        subject: String,
    },
    /// The action is missing.
    #[error("`{who}` asks for nothing")]
    #[diagnostic(
        code("explain/no-action"),
        help("name the action, as in `--can ecr:PutImage`")
    )]
    NoAction {
        /// The caller.
        who: String,
    },
    /// The token cannot be read.
    #[error("the token in `{name}` cannot be read")]
    #[diagnostic(
        code("explain/token"),
        help("give the token itself: three parts of base64url, joined by dots")
    )]
    Token {
        /// The file.
        name: String,
        /// Why.
        source: Box<TokenError>,
    },
}

fn trusts(issuers: &[String]) -> String {
    match issuers {
        [] => "trusts no OpenID Connect issuer".to_owned(),
        [only] => format!("trusts `{only}`"),
        [first, rest @ ..] => format!("trusts `{first}` and {} more", rest.len()),
    }
}
