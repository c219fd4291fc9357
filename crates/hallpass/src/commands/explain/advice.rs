//! What would have to change, where that is plain.
//!
//! A sentence is given only for a slip that the texts show: advice that guesses costs more than it
//! gives.

use hallpass_diag::{Contrast, Reading};
use hallpass_iam::{
    BaseOperator, Caller, Context, Failure, Layer, MetCondition, Operator, Outcome, Qualifier,
};

use super::comparison::Comparison;
use super::nearest::Shortfall;
use super::report::Answer;

/// The sentences for an answer.
pub(super) fn advice(answer: &Answer<'_>) -> Vec<String> {
    match answer.decision.outcome() {
        Outcome::Allow => traps(answer),
        Outcome::ExplicitDeny => vec![
            "a deny beats every allow: narrow the statement that denies, or its conditions"
                .to_owned(),
        ],
        Outcome::ImplicitDeny => {
            let nearest = answer.nearest();
            let shortfalls = nearest.iter().flat_map(|nearest| &nearest.shortfalls);
            let of_parts = shortfalls.filter_map(|shortfall| of_part(shortfall, answer));
            let mut all: Vec<String> = of_parts.chain(of_layer(answer)).collect();
            all.dedup();
            all
        }
    }
}

/// Conditions of the statements that allow and that hold only because the key is absent.
fn traps(answer: &Answer<'_>) -> Vec<String> {
    let deciding = answer.deciding();
    let met = deciding.iter().flat_map(|statement| &statement.report.met);
    met.filter(|condition| condition.got.is_none())
        .filter_map(trap)
        .collect()
}

fn trap(condition: &MetCondition) -> Option<String> {
    let operator = Operator::parse(&condition.operator)?;
    let key = &condition.key;
    if operator.base == BaseOperator::Null {
        return None;
    }
    let because = if operator.qualifier == Some(Qualifier::ForAllValues) {
        "`ForAllValues` is true of no values at all"
    } else if operator.is_if_exists {
        "`IfExists` is true without the key"
    } else {
        "a negated operator is true without the key"
    };
    Some(format!(
        "{because}, and the request has no {key}: whoever lacks it gets in; ask for it with \
         `\"Null\": {{\"{key}\": \"false\"}}` besides"
    ))
}

fn of_part(shortfall: &Shortfall<'_>, answer: &Answer<'_>) -> Option<String> {
    match (shortfall.failure, &shortfall.comparison) {
        (Failure::Condition { key, got: None, .. }, _) => absent_key(key, &answer.question.context),
        (
            Failure::Condition { operator, key, .. },
            Comparison::Texts {
                contrast,
                wanted,
                got,
                ..
            },
        ) => {
            let base = Operator::parse(operator).map(|operator| operator.base);
            let is_text = base == Some(BaseOperator::StringEquals);
            let pattern = || Contrast::new(wanted, got, Reading::Pattern);
            if is_text && wanted.contains(['*', '?']) && pattern().is_agreement() {
                return Some(format!(
                    "write `StringLike`: under `StringEquals` the `*` of `{wanted}` is a character, not \
                     a wildcard"
                ));
            }
            of_texts(key, contrast, wanted, got)
        }
        (Failure::Principal { .. }, Comparison::Texts { wanted, got, .. }) => {
            of_principals(wanted, got)
        }
        (Failure::Resource { .. }, Comparison::Texts { wanted, got, .. }) => of_arns(wanted, got),
        _ => None,
    }
}

/// A key that the request lacks: perhaps one that it has was meant.
fn absent_key(key: &str, context: &Context) -> Option<String> {
    if let Some(bare) = key.strip_prefix("https://") {
        return Some(format!(
            "take `https://` off the key: AWS names it `{bare}`"
        ));
    }
    if let Some(provider) = key.split_once(":oidc-provider/").map(|(_, rest)| rest) {
        return Some(format!(
            "write the issuer alone, not its provider's ARN: `{provider}`"
        ));
    }
    let (_, claim) = key.rsplit_once(':')?;
    let of_claim = |name: &&str| name.rsplit_once(':').is_some_and(|(_, own)| own == claim);
    let mut same = context.iter().map(|(name, _)| name).filter(of_claim);
    match (same.next(), key.contains('.')) {
        (Some(known), true) => Some(format!(
            "the key is of another issuer: the request has `{known}`"
        )),
        (_, true) => Some(format!(
            "the token brings no `{claim}` that AWS shows to policies; where it has one, give it with \
             `--context`"
        )),
        (_, false) => Some(format!(
            "if the request has the key, say so: `--context {key}=VALUE`"
        )),
    }
}

fn of_texts(key: &str, contrast: &Contrast, wanted: &str, got: &str) -> Option<String> {
    let claim = key.rsplit_once(':').map_or(key, |(_, claim)| claim);
    let is_case = wanted != got && wanted.eq_ignore_ascii_case(got);
    if is_case {
        return Some(format!(
            "only letters' case differs: write `{got}`, or `StringEqualsIgnoreCase`"
        ));
    }
    if wanted.trim() == got.trim() {
        return Some("only white space differs: take it out".to_owned());
    }
    if let Some(prefix) = got
        .strip_suffix(wanted)
        .filter(|prefix| prefix.ends_with(':'))
    {
        return Some(format!("begin it with `{prefix}`: write `{got}`"));
    }
    match claim {
        "aud" => Some(format!(
            "the token is for `{got}`: ask the issuer for one for `{wanted}`, or let the policy take it"
        )),
        "sub" => of_subjects(wanted, got),
        _ if contrast.distance() <= 2 => {
            Some(format!("it is a slip of the pen away: write `{got}`"))
        }
        _ => None,
    }
}

fn of_subjects(wanted: &str, got: &str) -> Option<String> {
    const ACCOUNT: &str = "system:serviceaccount:";
    if let (Some(wanted), Some(got)) = (wanted.strip_prefix(ACCOUNT), got.strip_prefix(ACCOUNT)) {
        let (wanted_space, wanted_name) = wanted.split_once(':')?;
        let (space, name) = got.split_once(':')?;
        return match (wanted_space == space, wanted_name == name) {
            (true, false) => Some(format!(
                "the pod runs as the account `{name}`: let it run as `{wanted_name}`, or let the policy \
                 take `{name}`"
            )),
            (false, true) => Some(format!(
                "the pod runs in the namespace `{space}`: let it run in `{wanted_space}`, or let the \
                 policy take `{space}`"
            )),
            (false, false) => {
                Some("the pod runs as another account of another namespace".to_owned())
            }
            (true, true) => None,
        };
    }
    let (wanted_place, wanted_context) = github(wanted)?;
    let (place, context) = github(got)?;
    let names = |place: &str| -> String {
        let bare = place
            .split('/')
            .map(|part| part.split('@').next().unwrap_or(part));
        bare.collect::<Vec<_>>().join("/")
    };
    if wanted_place.contains('@') != place.contains('@') && names(wanted_place) == names(place) {
        return Some(if place.contains('@') {
            format!("the repository's subjects carry IDs (immutable subject): write `{got}`")
        } else {
            format!("the repository's subjects carry no IDs: write `{got}`, or make them immutable")
        });
    }
    let kind = |context: &str| context.split(':').next().unwrap_or_default().to_owned();
    match (kind(wanted_context), kind(context)) {
        (wanted, got) if wanted == got || place != wanted_place || wanted.contains('*') => None,
        (_, got) if got == "environment" => Some(
            "the job names an environment, and then `sub` names that in place of the branch: let the \
             policy take it"
                .to_owned(),
        ),
        (wanted, _) if wanted == "environment" => Some(
            "the job names no environment: name it in the workflow (`environment:`)".to_owned(),
        ),
        (_, got) if got == "pull_request" => Some(
            "a pull request's `sub` names no branch; let the policy take it only if whoever may open one \
             may have the role"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Repository and context of a GitHub subject.
fn github(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix("repo:")?.split_once(':')
}

fn of_principals(wanted: &str, got: &str) -> Option<String> {
    let provider = |arn: &str| {
        arn.split_once(":oidc-provider/")
            .map(|(_, issuer)| issuer.to_owned())
    };
    match (provider(wanted), provider(got)) {
        (Some(wanted), Some(got)) if wanted != got => Some(format!(
            "the statement trusts the issuer `{wanted}`, the token is of `{got}`: a cluster that was made \
             anew has a new issuer"
        )),
        _ => of_arns(wanted, got),
    }
}

fn of_arns(wanted: &str, got: &str) -> Option<String> {
    let field = |arn: &str, at: usize| arn.split(':').nth(at).unwrap_or_default().to_owned();
    let rest = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or_default().to_owned();
    if !wanted.starts_with("arn:") || !got.starts_with("arn:") {
        return None;
    }
    for (at, word) in [(1, "partition"), (3, "region"), (4, "account")] {
        let (wanted_field, got_field) = (field(wanted, at), field(got, at));
        let is_open = wanted_field.contains(['*', '?', '$']);
        if wanted_field != got_field && !is_open {
            return Some(format!(
                "the statement is about the {word} `{wanted_field}`, the request about `{got_field}`"
            ));
        }
    }
    if rest(got).starts_with(&format!("{}/", rest(wanted))) {
        return Some(format!(
            "what lies below is another resource: name `{wanted}/*` as well"
        ));
    }
    None
}

/// What the deciding layer asks for.
fn of_layer(answer: &Answer<'_>) -> Option<String> {
    let question = answer.question;
    let layer = answer.decision.layer();
    let was_given = question.policies.loaded.iter().any(|it| it.layer == layer);
    let allows_elsewhere = answer
        .decision
        .policies()
        .iter()
        .any(|report| report.says == hallpass_iam::Says::Allows && report.layer != layer);
    match layer {
        Layer::Identity if !was_given => Some(
            "the caller needs an identity-based policy that allows it: give it with `--identity`"
                .to_owned(),
        ),
        Layer::Resource | Layer::Trust if question.is_cross_account() && !was_given => {
            Some(format!(
                "the resource is of account {}, the caller is not: there the resource's own policy must \
             allow it, too (`--resource`)",
                question.resource_account.as_deref().unwrap_or_default()
            ))
        }
        Layer::Resource if !was_given => Some(
            "nothing decides on this caller but the resource's policy: give it with `--resource`"
                .to_owned(),
        ),
        Layer::Boundary | Layer::ServiceControl | Layer::ResourceControl | Layer::Session
            if allows_elsewhere =>
        {
            Some(format!(
                "a {} grants nothing and caps what is granted: it must allow the request, too",
                layer.as_str()
            ))
        }
        Layer::Trust => wrong_action(answer),
        Layer::Boundary
        | Layer::Identity
        | Layer::Resource
        | Layer::ResourceControl
        | Layer::ServiceControl
        | Layer::Session => None,
    }
}

/// A trust policy that allows another way of assuming the role.
fn wrong_action(answer: &Answer<'_>) -> Option<String> {
    if answer.decision.nearest().is_some() {
        return None;
    }
    let action = match answer.question.asker.caller() {
        Caller::Federated { .. } => "sts:AssumeRoleWithWebIdentity",
        _ => "sts:AssumeRole",
    };
    let actions = answer.question.policies.allowed_actions(Layer::Trust);
    let (_, other) = actions.first()?;
    (answer.question.action == action && !other.text.eq_ignore_ascii_case(action)).then(|| {
        format!(
            "the trust policy allows `{}`: this caller needs `{action}`",
            other.text
        )
    })
}
