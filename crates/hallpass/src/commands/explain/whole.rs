//! `hallpass explain --trust FILE` alone: whom a trust policy lets in, and a token that it lets in and
//! should not.

use std::path::Path;

use hallpass_chain::{IssuerKind, Matrix, Relation, Row, SubjectForm, TrustedIssuer};
use hallpass_diag::Label;
use hallpass_iam::{Intruder, Outcome, intruders};
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::command::ExplainArguments;
use super::paint::Paint;
use super::question::{add_circumstances, given};
use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, print, print_json};
use crate::policy_file::PolicyFile;
use crate::snippet::{Drawing, Source, excerpt, printable};

/// Prints who can get in.
pub(super) fn run(
    path: &Path,
    arguments: &ExplainArguments,
    now: Timestamp,
    format: Format,
    drawing: Drawing,
) -> Result<u8, Failure> {
    let (file, document) = PolicyFile::document(path)?;
    let mut context = given(arguments);
    add_circumstances(&mut context, "*", now);
    let matrix = Matrix::new(&document, &context);
    let intruders = intruders(&document);
    match format {
        Format::Json => print_json(&json!({
            "policy": file.name,
            "issuers": matrix.to_json(),
            "intruders": intruders.iter().map(intruder).collect::<Vec<_>>(),
        })),
        Format::Human | Format::Plain => {
            let paint = Paint::of(drawing);
            let mut text = shown(&file.name, &matrix, paint);
            let source = Source::new(&file.name, &file.text);
            for intruder in intruders.iter().take(MAX_INTRUDERS) {
                text.push_str("\n\n");
                text.push_str(&too_wide(intruder, &source, drawing, paint));
            }
            print(&text);
        }
    }
    Ok(if intruders.is_empty() {
        exit::DONE
    } else {
        exit::NO
    })
}

/// A token that should stay out, with what lets it in.
fn too_wide(intruder: &Intruder, source: &Source<'_>, drawing: Drawing, paint: Paint) -> String {
    let at = source.position(intruder.span.start);
    let mut lines = vec![format!(
        "{}: a token that {} gets in, by statement {} of {}:{at}",
        paint.bad("TOO WIDE"),
        intruder.why,
        intruder.statement,
        printable(source.name),
    )];
    let label = Label::new(intruder.span, "lets it in");
    let picture = excerpt(source, &label, &[], drawing);
    lines.extend((!picture.is_empty()).then_some(picture));
    let wide = intruder
        .claims
        .keys()
        .map(|claim| claim.chars().count())
        .max();
    for (claim, value) in &intruder.claims {
        let width = wide.unwrap_or_default();
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        lines.push(format!("  {claim:<width$}  {}", printable(&value)));
    }
    lines.join("\n")
}

fn intruder(intruder: &Intruder) -> Value {
    json!({
        "provider": intruder.provider,
        "statement": intruder.statement,
        "start": intruder.span.start,
        "end": intruder.span.end,
        "claims": intruder.claims,
        "why": intruder.why.to_string(),
    })
}

fn shown(name: &str, matrix: &Matrix, paint: Paint) -> String {
    let mut lines = vec![paint.strong(&format!("who can assume the role of {}", printable(name)))];
    if matrix.issuers.is_empty() {
        lines.push("  no web identity: it trusts no OpenID Connect provider".to_owned());
    }
    for issuer in &matrix.issuers {
        lines.push(String::new());
        lines.extend(of_issuer(issuer, paint));
    }
    lines.join("\n")
}

fn of_issuer(issuer: &TrustedIssuer, paint: Paint) -> Vec<String> {
    let kind = match issuer.kind {
        IssuerKind::Github => "GitHub Actions",
        IssuerKind::Kubernetes => "a cluster",
        IssuerKind::Other => "an issuer whose subjects are not known here",
    };
    let mut lines = vec![format!(
        "{} ({kind})",
        paint.strong(&printable(&issuer.name))
    )];
    let assumptions = issuer.assumptions.iter();
    lines.extend(assumptions.map(|says| format!("  {}", paint.dim(&printable(says)))));
    let (named, others): (Vec<&Row>, Vec<&Row>) = issuer
        .rows
        .iter()
        .partition(|row| row.relation == Relation::Named);
    for group in groups(&named) {
        lines.extend(of_group(&group, paint));
    }
    lines.extend(of_others(&others, paint));
    lines
}

/// Rows of one workload and one form of `sub`.
fn groups<'a>(rows: &[&'a Row]) -> Vec<Vec<&'a Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let of_group = |group: &&mut Vec<&Row>| {
            let first = group.first();
            first.is_some_and(|first| first.who == row.who && first.form == row.form)
        };
        match groups.iter_mut().find(of_group) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn of_group(group: &[&Row], paint: Paint) -> Vec<String> {
    let Some(first) = group.first() else {
        return Vec::new();
    };
    let form = match &first.form {
        SubjectForm::Customised(keys) => format!(", `sub` composed of {}", keys.join(", ")),
        SubjectForm::Immutable => format!(", immutable `sub` ({IMMUTABLE})"),
        SubjectForm::NameBased => ", `sub` of names".to_owned(),
        SubjectForm::ServiceAccount => String::new(),
    };
    let heading = printable(&format!("  {}{form}", first.who)).into_owned();
    let answers = answers(group);
    let because = |answer: &SameAnswer<'_>| {
        let because = answer
            .because
            .map(|because| printable(because).into_owned());
        because.unwrap_or_default()
    };
    if let ([only], true) = (answers.as_slice(), group.len() > 1) {
        let count = group.len();
        let text = if only.is_in {
            format!("each of {count} contexts gets in")
        } else {
            format!("none of {count} contexts: {}", because(only))
        };
        return vec![format!("{heading}: {text}")];
    }
    let wide = group.iter().map(|row| row.context.chars().count()).max();
    let mut lines = vec![heading];
    for answer in answers {
        for row in &answer.rows {
            let word = if answer.is_in {
                paint.good("in ")
            } else {
                "out".to_owned()
            };
            let width = wide.unwrap_or_default().min(MAX_COLUMN);
            let text = format!("{:<width$}  {}", row.context, row.subject);
            lines.push(format!("    {word}  {}", printable(&text)));
            if let Some(note) = row.note.filter(|_| answer.is_in) {
                lines.push(paint.dim(&format!("           {note}")));
            }
        }
        if !answer.is_in {
            lines.push(paint.dim(&format!("         since {}", because(&answer))));
        }
    }
    lines
}

/// The workloads that the policy does not name: those that get in one by one, the others together.
fn of_others(rows: &[&Row], paint: Paint) -> Vec<String> {
    let (inside, outside): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.outcome == Outcome::Allow);
    let mut lines = Vec::new();
    for group in groups(&inside) {
        let Some(first) = group.first() else {
            continue;
        };
        let contexts: Vec<&str> = group.iter().map(|row| row.context.as_str()).collect();
        let (who, form) = (&first.who, first.form.name());
        let text = format!(
            "{who}, which the policy does not name ({form} `sub`): {}",
            contexts.join("; ")
        );
        lines.push(format!("  {}  {}", paint.bad("in "), printable(&text)));
    }
    if !outside.is_empty() {
        let mut who: Vec<&str> = outside.iter().map(|row| row.who.as_str()).collect();
        who.dedup();
        who.sort_unstable();
        who.dedup();
        let text = format!("others, such as {}", who.join(", "));
        let count = outside.len();
        lines.push(format!("  out  {count} contexts of {}", printable(&text)));
    }
    lines
}

/// Contexts with the same answer.
struct SameAnswer<'a> {
    is_in: bool,
    because: Option<&'a str>,
    rows: Vec<&'a Row>,
}

/// The contexts by their answers, those that get in first.
fn answers<'a>(group: &[&'a Row]) -> Vec<SameAnswer<'a>> {
    let mut answers: Vec<SameAnswer<'a>> = Vec::new();
    for row in group {
        let is_in = row.outcome == Outcome::Allow;
        let because = row.because.as_deref();
        let known = answers
            .iter_mut()
            .find(|answer| answer.is_in == is_in && answer.because == because);
        match known {
            Some(answer) => answer.rows.push(row),
            None => answers.push(SameAnswer {
                is_in,
                because,
                rows: vec![row],
            }),
        }
    }
    answers.sort_by_key(|answer| !answer.is_in);
    answers
}

/// Which repositories have it (GitHub Docs, "OpenID Connect reference").
const IMMUTABLE: &str = "of repositories made, renamed or moved after 15 July 2026";
const MAX_COLUMN: usize = 48;
const MAX_INTRUDERS: usize = 3;
