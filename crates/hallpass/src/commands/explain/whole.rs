//! `hallpass explain --trust FILE` alone: whom a trust policy lets in.

use std::path::Path;

use hallpass_chain::{IssuerKind, Matrix, Relation, Row, SubjectForm, TrustedIssuer};
use hallpass_iam::Outcome;
use hallpass_types::Timestamp;
use serde_json::json;

use super::command::ExplainArguments;
use super::paint::Paint;
use super::question::{add_circumstances, given};
use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, print, print_json};
use crate::policy_file::PolicyFile;
use crate::snippet::{Drawing, printable};

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
    match format {
        Format::Json => print_json(&json!({ "policy": file.name, "issuers": matrix.to_json() })),
        Format::Human | Format::Plain => print(&shown(&file.name, &matrix, Paint::of(drawing))),
    }
    Ok(exit::DONE)
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
    for group in groups(&issuer.rows) {
        lines.extend(of_group(&group, paint));
    }
    lines
}

/// Rows of one workload and one form of `sub`.
fn groups(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let of_group = |group: &&mut Vec<&Row>| {
            let is_same = |first: &&&Row| first.who == row.who && first.form == row.form;
            group.first().filter(is_same).is_some()
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
    let relation = match first.relation {
        Relation::Named => "",
        Relation::Neighbour => ", which the policy does not name",
        Relation::Stranger => ", a stranger to the policy",
    };
    let form = match &first.form {
        SubjectForm::Customised(keys) => format!(" (`sub` customised: {})", keys.join(", ")),
        SubjectForm::Immutable => " (immutable `sub`, with IDs)".to_owned(),
        SubjectForm::NameBased => " (`sub` of names)".to_owned(),
        SubjectForm::ServiceAccount => String::new(),
    };
    let heading = format!("  {}{form}{relation}", first.who);
    let answers = answers(group);
    let mut lines = Vec::new();
    if let ([only], true) = (answers.as_slice(), group.len() > 1) {
        let word = if only.is_in {
            paint.good("all")
        } else {
            "none".to_owned()
        };
        let why = only
            .because
            .map_or_else(String::new, |because| format!(": {because}"));
        let (heading, why) = (printable(&heading), printable(&why));
        let text = format!("{heading}: {word} of {} contexts{why}", group.len());
        lines.push(text);
        return lines;
    }
    lines.push(printable(&heading).into_owned());
    for answer in answers {
        let word = if answer.is_in {
            paint.good("in ")
        } else {
            "out".to_owned()
        };
        let why = answer
            .because
            .map_or_else(String::new, |because| format!(": {because}"));
        let text = format!("{}{why}", answer.contexts.join("; "));
        lines.push(format!("    {word} {}", printable(&text)));
    }
    let noted: Vec<&&Row> = group
        .iter()
        .filter(|row| row.outcome == Outcome::Allow && row.note.is_some())
        .collect();
    for row in noted {
        let note = row.note.unwrap_or_default();
        let text = format!("{}: {note}", row.context);
        lines.push(format!("        {}", printable(&text)));
    }
    lines
}

/// Contexts with the same answer.
struct SameAnswer<'a> {
    is_in: bool,
    because: Option<&'a str>,
    contexts: Vec<&'a str>,
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
            Some(answer) => answer.contexts.push(&row.context),
            None => answers.push(SameAnswer {
                is_in,
                because,
                contexts: vec![&row.context],
            }),
        }
    }
    answers.sort_by_key(|answer| !answer.is_in);
    answers
}
