//! The answer as a value: the decision, the statements that made it or came nearest, what would have
//! to change; and its machine-readable form.

use hallpass_iam::{Decision, Effect, Outcome, StatementReport};
use serde_json::{Map, Value, json};

use super::advice;
use super::asker::Asker;
use super::nearest::Statement;
use super::question::Question;

/// The answer to a question.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) question: &'a Question,
    pub(super) decision: Decision,
}

impl<'a> Answer<'a> {
    pub(super) fn of(question: &'a Question) -> Self {
        Self {
            question,
            decision: question.decide(),
        }
    }

    /// The statements that made the decision.
    pub(super) fn deciding(&self) -> Vec<Statement<'_>> {
        let effect = match self.decision.outcome() {
            Outcome::Allow => Effect::Allow,
            Outcome::ExplicitDeny => Effect::Deny,
            Outcome::ImplicitDeny => return Vec::new(),
        };
        let layer = self.decision.layer();
        let decides = |report: &&StatementReport| {
            // A denial of another layer is one all the same.
            let is_of_layer = report.layer == layer || effect == Effect::Deny;
            is_of_layer && report.effect == effect && report.failure.is_none()
        };
        let reports = self.decision.statements().iter().filter(decides);
        reports
            .map(|report| Statement::new(report, self.question))
            .collect()
    }

    /// The statement that came nearest to allowing what is not allowed.
    pub(super) fn nearest(&self) -> Option<Statement<'_>> {
        if self.decision.outcome() != Outcome::ImplicitDeny {
            return None;
        }
        let report = self.decision.nearest()?;
        report.failure.as_ref()?;
        Some(Statement::new(report, self.question))
    }

    /// The other statements of the deciding layer that allow, but not this: the first few, and how many
    /// there are.
    pub(super) fn others(&self, most: usize) -> (Vec<Statement<'_>>, usize) {
        let nearest = self.decision.nearest().map(std::ptr::from_ref);
        let layer = self.decision.layer();
        let is_other = |report: &&StatementReport| {
            let is_nearest = nearest.is_some_and(|nearest| std::ptr::eq(nearest, *report));
            !is_nearest
                && report.layer == layer
                && report.effect == Effect::Allow
                && report.failure.is_some()
        };
        if self.decision.outcome() != Outcome::ImplicitDeny {
            return (Vec::new(), 0);
        }
        let reports = self.decision.statements().iter().filter(is_other);
        let count = reports.clone().count();
        let first = reports
            .take(most)
            .map(|report| Statement::new(report, self.question));
        (first.collect(), count)
    }

    /// What would have to change, a sentence each.
    pub(super) fn advice(&self) -> Vec<String> {
        advice::advice(self)
    }

    /// What is to be known besides, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        let Asker::WebIdentity(identity) = &self.question.asker else {
            return Vec::new();
        };
        let mut notes = identity.notes.clone();
        if !identity.unseen.is_empty() {
            notes.push(format!(
                "of the token's claims AWS shows policies none of these: {}",
                identity.unseen.join(", ")
            ));
        }
        notes
    }

    /// The answer as JSON. Stable: new fields may come, none goes.
    pub(super) fn to_json(&self) -> Value {
        let question = self.question;
        let context: Map<String, Value> = question
            .context
            .iter()
            .map(|(key, values)| (key.to_owned(), json!(values)))
            .collect();
        let policies = self.decision.policies().iter();
        json!({
            "decision": outcome(self.decision.outcome()),
            "layer": self.decision.layer().as_str(),
            "summary": self.decision.summary(),
            "request": {
                "who": question.asker.name(),
                "principal": question.asker.caller().name(),
                "action": question.action,
                "resource": question.resource,
                "resourceAccount": question.resource_account,
                "context": context,
            },
            "deciding": self.deciding().iter().map(place).collect::<Vec<_>>(),
            "nearest": self.nearest().map(|nearest| place(&nearest)),
            "statements": self.decision.to_json(),
            "policies": policies.map(hallpass_iam::PolicyReport::to_json).collect::<Vec<_>>(),
            "advice": self.advice(),
            "notes": self.notes(),
        })
    }
}

fn place(statement: &Statement<'_>) -> Value {
    let report = statement.report;
    let place = statement.place();
    json!({
        "layer": report.layer.as_str(),
        "policy": report.policy,
        "statement": report.index,
        "sid": report.sid,
        "file": place.map(|(file, _)| file),
        "line": place.map(|(_, at)| at.line),
        "column": place.map(|(_, at)| at.column),
        "failed": statement.shortfalls.iter().map(|it| it.failure.to_json()).collect::<Vec<_>>(),
    })
}

/// The word that `policy simulate` uses as well.
pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "Allow",
        Outcome::ExplicitDeny => "ExplicitDeny",
        Outcome::ImplicitDeny => "ImplicitDeny",
    }
}
