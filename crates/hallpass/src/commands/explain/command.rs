//! The command itself: its arguments, what it prints, and the exit code that it ends with.

use std::path::PathBuf;

use clap::Args;
use hallpass_iam::Outcome;
use hallpass_types::{AccountId, Clock as _, SystemClock};

use super::error::ExplainError;
use super::key_value::KeyValue;
use super::question::Question;
use super::report::Answer;
use super::{show, whole};
use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, has_colour, print, print_json};
use crate::snippet::Drawing;

/// Who asks for what, and the policies that bear on it.
///
/// A kind of policy that is left out is one that is not there: without `--scp` no organisation binds the
/// caller. With `--trust` alone, every context that the policy speaks of is tried.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Who asks: the ARN of a role, user or session, an account, a service such as `ec2.amazonaws.com`,
    /// or the subject of a token such as `system:serviceaccount:NAMESPACE:NAME` or
    /// `repo:OWNER/NAME:ref:refs/heads/main`.
    #[arg(long, value_name = "WHO", conflicts_with = "token")]
    pub(super) who: Option<String>,
    /// The action, such as `ecr:PutImage`; for a token, `sts:AssumeRoleWithWebIdentity`.
    #[arg(long = "can", value_name = "ACTION")]
    pub(super) action: Option<String>,
    /// The resource's ARN; else `*`, which is what actions without a resource are asked for with.
    #[arg(long = "on", value_name = "RESOURCE")]
    pub(super) on: Option<String>,
    /// A policy of the caller, or of one of its groups; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(super) identity: Vec<PathBuf>,
    /// The trust policy of the role that is to be assumed.
    #[arg(long, value_name = "FILE", conflicts_with = "resource")]
    pub(super) trust: Option<PathBuf>,
    /// The policy of the resource.
    #[arg(long, value_name = "FILE")]
    pub(super) resource: Option<PathBuf>,
    /// The caller's permissions boundary.
    #[arg(long, value_name = "FILE")]
    pub(super) boundary: Option<PathBuf>,
    /// A session policy; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(super) session: Vec<PathBuf>,
    /// The service control policies of one level of the organisation, joined by commas; repeated for
    /// each level, from the root down. A level that allows nothing has `FullAWSAccess` besides.
    #[arg(long, value_name = "FILE[,FILE]")]
    pub(super) scp: Vec<String>,
    /// The resource control policies of one level, likewise; each has `RCPFullAWSAccess` besides.
    #[arg(long, value_name = "FILE[,FILE]")]
    pub(super) rcp: Vec<String>,
    /// A condition key of the request; repeated for each value of a key with several. It goes before
    /// what is filled in: the time, `aws:SecureTransport`, the keys of the caller and of the token.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) context: Vec<KeyValue>,
    /// A web identity token to ask with, `-` for standard input; it is read, not verified.
    #[arg(long, value_name = "FILE")]
    pub(super) token: Option<PathBuf>,
    /// The issuer of the subject, where the trust policy names several.
    #[arg(long, value_name = "URL", conflicts_with = "token")]
    pub(super) issuer: Option<String>,
    /// The audience of the subject's token; else STS's.
    #[arg(long, value_name = "AUDIENCE", conflicts_with = "token")]
    pub(super) audience: Option<String>,
    /// The account that owns the resource or the role; else the one that its ARN names, or the
    /// provider's.
    #[arg(long, value_name = "ID")]
    pub(super) account: Option<AccountId>,
}

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArguments, format: Format) -> Result<u8, Failure> {
    let now = SystemClock.now();
    let drawing = Drawing::of(format, has_colour(format));
    if arguments.who.is_none() && arguments.token.is_none() {
        let Some(trust) = &arguments.trust else {
            return Err(Failure::usage(ExplainError::NobodyAsks));
        };
        return whole::run(trust, arguments, now, format, drawing);
    }
    let question = Question::read(arguments, now)?;
    let answer = Answer::of(&question);
    match format {
        Format::Json => print_json(&answer.to_json()),
        Format::Human | Format::Plain => print(&show::answer(&answer, drawing)),
    }
    Ok(match answer.decision.outcome() {
        Outcome::Allow => exit::DONE,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => exit::NO,
    })
}
