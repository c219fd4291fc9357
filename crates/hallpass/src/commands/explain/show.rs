//! The answer as people read it: the verdict first, then the statement that made it or came nearest,
//! what each policy said, and what would have to change.

use hallpass_iam::{Decision, Failure, Layer, MetCondition, Outcome};

use super::comparison::Comparison;
use super::nearest::{Statement, source};
use super::paint::Paint;
use super::report::Answer;
use crate::snippet::{Drawing, excerpt, printable};

/// The whole answer, without a line break at its end.
pub(super) fn answer(answer: &Answer<'_>, drawing: Drawing) -> String {
    let paint = Paint::of(drawing);
    let mut lines = vec![verdict(answer, paint)];
    lines.extend(request(answer));
    for statement in answer.deciding().iter().take(MAX_STATEMENTS) {
        lines.push(String::new());
        lines.extend(decided(statement, &answer.decision, drawing, paint));
    }
    if let Some(nearest) = answer.nearest() {
        lines.push(String::new());
        lines.extend(missed(&nearest, drawing, paint));
    } else if answer.decision.outcome() == Outcome::ImplicitDeny {
        lines.push(String::new());
        lines.extend(nothing_near(answer, drawing, paint));
    }
    let (others, count) = answer.others(MAX_OTHERS);
    if !others.is_empty() {
        lines.push(String::new());
        lines.extend(others.iter().map(other));
        let more = count.saturating_sub(others.len());
        if more > 0 {
            lines.push(format!(
                "  and {more} more statements that allow, but not this"
            ));
        }
    }
    lines.push(String::new());
    lines.extend(policies(answer, paint));
    for note in answer.notes() {
        lines.push(format!("{}: {}", paint.strong("note"), printable(&note)));
    }
    for advice in answer.advice() {
        lines.push(format!("{}: {}", paint.strong("help"), printable(&advice)));
    }
    lines.join("\n")
}

fn verdict(answer: &Answer<'_>, paint: Paint) -> String {
    let decision = &answer.decision;
    let layer = decision.layer().as_str();
    let deciding = answer.deciding();
    let place = deciding.first().map(|statement| {
        let report = statement.report;
        format!("{} ({})", report.place(), report.layer.as_str())
    });
    match (decision.outcome(), place) {
        (Outcome::Allow, Some(place)) => {
            format!("{} by {}", paint.good("ALLOWED"), printable(&place))
        }
        (Outcome::Allow, None) => format!(
            "{}: the account's root user needs no policy",
            paint.good("ALLOWED")
        ),
        (Outcome::ExplicitDeny, Some(place)) => {
            format!("{} by {}", paint.bad("DENIED"), printable(&place))
        }
        (Outcome::ExplicitDeny, None) => format!("{} by the {layer}", paint.bad("DENIED")),
        (Outcome::ImplicitDeny, _) => {
            let says = match decision.layer() {
                Layer::Boundary | Layer::Trust => format!("the {layer} does not allow it"),
                Layer::ServiceControl | Layer::ResourceControl => {
                    format!("a level of {layer}s does not allow it").replace("policys", "policies")
                }
                Layer::Identity | Layer::Resource | Layer::Session => {
                    format!("no {layer} allows it")
                }
            };
            format!("{}: {says}", paint.bad("DENIED"))
        }
    }
}

fn request(answer: &Answer<'_>) -> Vec<String> {
    let question = answer.question;
    let on = match (question.resource.as_str(), question.policies.trust()) {
        ("*", Some(trust)) => format!("the role of {}", trust.file.name),
        (resource, _) => resource.to_owned(),
    };
    [
        ("who", question.asker.name()),
        ("can", question.action.clone()),
        ("on", on),
    ]
    .map(|(word, value)| format!("  {word:<4} {}", printable(&value)))
    .to_vec()
}

/// A statement that made the decision.
fn decided(
    statement: &Statement<'_>,
    decision: &Decision,
    drawing: Drawing,
    paint: Paint,
) -> Vec<String> {
    let word = match decision.outcome() {
        Outcome::Allow => "allows",
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => "denies",
    };
    let mut lines = vec![format!("{} {word}:", headed(statement, paint))];
    lines.extend(picture(statement, drawing));
    lines.extend(statement.report.met.iter().map(met));
    lines
}

/// The statement that came nearest, and what it lacks.
fn missed(statement: &Statement<'_>, drawing: Drawing, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("{} comes nearest:", headed(statement, paint))];
    lines.extend(picture(statement, drawing));
    for shortfall in &statement.shortfalls {
        lines.push(what_fails(shortfall.failure));
        lines.extend(shortfall.comparison.lines(drawing, paint));
    }
    lines.extend(statement.report.met.iter().map(met));
    lines
}

/// `statement 0 (Sid) of FILE:LINE:COLUMN`, the file's place where there is one.
fn headed(statement: &Statement<'_>, paint: Paint) -> String {
    let report = statement.report;
    let place = match statement.place() {
        Some((_, at)) => format!("{}:{at}", report.place()),
        None => report.place(),
    };
    paint.strong(&printable(&place))
}

fn picture(statement: &Statement<'_>, drawing: Drawing) -> Option<String> {
    let loaded = statement.loaded?;
    let (primary, related) = statement.labels();
    let text = excerpt(&source(loaded), &primary, &related, drawing);
    (!text.is_empty()).then_some(text)
}

fn what_fails(failure: &Failure) -> String {
    match failure {
        Failure::Action { .. } => "the action is another".to_owned(),
        Failure::Condition { operator, key, .. } => {
            format!("the condition {operator} {} is not met", printable(key))
        }
        Failure::Principal { .. } => "the principal is another".to_owned(),
        Failure::Resource { .. } => "the resource is another".to_owned(),
    }
}

fn met(condition: &MetCondition) -> String {
    let (operator, key) = (&condition.operator, &condition.key);
    let text = match &condition.got {
        None => format!("  met     {operator} {key}, because the request has no such key"),
        Some(values) => {
            let shown: Vec<String> = values.iter().take(3).map(|it| format!("`{it}`")).collect();
            format!("  met     {operator} {key} by {}", shown.join(", "))
        }
    };
    printable(&text).into_owned()
}

/// No statement of the layer is about the action: there may be none that allows, or another action.
fn nothing_near(answer: &Answer<'_>, drawing: Drawing, paint: Paint) -> Vec<String> {
    let question = answer.question;
    let layer = answer.decision.layer();
    let loaded = question.policies.loaded.iter();
    let given = loaded.filter(|loaded| loaded.layer == layer).count();
    if given == 0 {
        return vec![format!("no {} was given", layer.as_str())];
    }
    let actions = question.policies.allowed_actions(layer);
    let names: Vec<String> = actions
        .iter()
        .map(|(_, action)| action.text.clone())
        .collect();
    if names.is_empty() {
        return vec!["it has no statement that allows".to_owned()];
    }
    let failure = Failure::Action {
        wanted: names,
        is_negated: false,
        span: hallpass_diag::Span::default(),
    };
    let comparison = Comparison::of(&failure, &question.action, &question.context, false);
    let nearest = match &comparison {
        Comparison::Texts { wanted, .. } => {
            actions.iter().find(|(_, action)| action.text == *wanted)
        }
        Comparison::Words { .. } => None,
    };
    let mut lines = vec!["no statement that allows is about this action; the nearest:".to_owned()];
    if let Some((loaded, action)) = nearest {
        let label = hallpass_diag::Label::new(action.span, "another action");
        let text = excerpt(&source(loaded), &label, &[], drawing);
        lines.extend((!text.is_empty()).then_some(text));
    }
    lines.extend(comparison.lines(drawing, paint));
    lines
}

/// One more statement, in a line.
fn other(statement: &Statement<'_>) -> String {
    let sentences: Vec<String> = statement
        .shortfalls
        .iter()
        .map(|shortfall| shortfall.failure.sentence())
        .collect();
    let place = match statement.place() {
        Some((_, at)) => format!("{}:{at}", statement.report.place()),
        None => statement.report.place(),
    };
    let text = format!("{place} wants {}", sentences.join("; and "));
    printable(&text).into_owned()
}

fn policies(answer: &Answer<'_>, paint: Paint) -> Vec<String> {
    let reports = answer.decision.policies();
    let wide = reports
        .iter()
        .map(|report| report.layer.as_str().len())
        .max();
    let line = |report: &hallpass_iam::PolicyReport| {
        let layer = report.layer.as_str();
        let width = wide.unwrap_or_default();
        let loaded = answer.question.policies.find(report.layer, &report.policy);
        let by_aws = if loaded.is_none() {
            ", which AWS attaches,"
        } else {
            ""
        };
        let says = report.says.as_str();
        let text = format!("  {layer:<width$}  {}{by_aws} {says}", report.policy);
        printable(&text).into_owned()
    };
    if reports.is_empty() {
        return vec!["no policy was asked".to_owned()];
    }
    let heading = paint.strong("what each policy says");
    std::iter::once(heading)
        .chain(reports.iter().map(line))
        .collect()
}

const MAX_STATEMENTS: usize = 3;
const MAX_OTHERS: usize = 4;
