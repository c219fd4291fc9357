//! The search: which strangers' tokens a document lets in, each tried with the engine.

use std::collections::HashSet;

use hallpass_diag::Span;

use super::door::{Door, MAX_PATTERNS, Pattern};
use super::stranger::{Intruder, Intrusion};
use super::strangers::{strangers, strangers_by};
use super::token::{Draft, context_of};
use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::policy::{Policy, PolicyKind};
use crate::principal::Caller;
use crate::request::Request;
use crate::syntax::Document;
use crate::trust::{Family, TrustStatement, trust_statements};

/// The tokens that a trust policy lets in and should keep out: at most one for each statement, provider
/// and pattern, the farthest stranger first.
///
/// ```
/// let document = hallpass_iam::Document::parse(
///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
///         "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
///         "Action":"sts:AssumeRoleWithWebIdentity","Condition":{
///             "StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},
///             "StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme*"}}}}"#,
/// )?;
/// let intruders = hallpass_iam::intruders(&document);
/// assert_eq!(intruders[0].subject(), "repo:acme-evil/x:pull_request");
/// # Ok::<(), hallpass_iam::PolicyErrors>(())
/// ```
pub fn intruders(document: &Document) -> Vec<Intruder> {
    let mut search = Search::new(document);
    trust_statements(document)
        .iter()
        .flat_map(|statement| search.statement(statement))
        .collect()
}

/// A search through one document, within a bound on its work.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    document: &'a Document,
    whole: Policy,
    /// Subjects that some statement names in full: they are no strangers.
    named: HashSet<&'a str>,
    /// A name that the document does not use.
    word: &'static str,
    /// How many tokens may still be tried.
    budget: usize,
}

impl<'a> Search<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        let conditions = document.statements().iter().flat_map(|it| &it.conditions);
        let named: HashSet<&str> = conditions
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str())
            .collect();
        let is_free = |word: &&&str| !named.iter().any(|text| text.contains(**word));
        let word = WORDS.iter().find(is_free).unwrap_or(&"evil");
        Self {
            document,
            whole: Policy::compile("the trust policy", PolicyKind::Trust, document),
            word,
            budget: (MAX_WORK / (document.quota_length() + 1)).clamp(24, 4_000),
            named,
        }
    }

    /// What one statement lets in.
    pub(crate) fn statement(&mut self, statement: &TrustStatement<'_>) -> Vec<Intruder> {
        let mut found = Vec::new();
        if !statement.is_allow() || self.budget == 0 {
            return found;
        }
        for (number, provider) in statement.oidc() {
            let door = Door::open(self.document, statement, number, provider, self.word);
            self.subjects(&door, &mut found);
            self.audiences(&door, &mut found);
            self.absences(&door, &mut found);
        }
        found
    }

    /// The first of the policies that each deny every token which the statement means; none where it
    /// means none, or some get by.
    pub(crate) fn shut_by(
        &self,
        statement: &TrustStatement<'_>,
        denies: &[(usize, Policy)],
    ) -> Option<usize> {
        let mut requests = Vec::new();
        for (number, provider) in statement.oidc() {
            let door = Door::open(self.document, statement, number, provider, self.word);
            for draft in door.own(MAX_PATTERNS) {
                let claims = draft.claims(provider, &door.wishes);
                let context = context_of(&claims, provider, &door.circumstances);
                if says(&door, &door.alone, &context) == Outcome::Allow {
                    requests.push((provider.text.text.as_str(), context));
                }
            }
        }
        let shuts = |(_, policy): &&(usize, Policy)| {
            let mut all = requests.iter();
            all.all(|(provider, context)| ask(provider, policy, context) == Outcome::ExplicitDeny)
        };
        let first = denies.iter().filter(|_| !requests.is_empty()).find(shuts);
        first.map(|(index, _)| *index)
    }

    /// Strangers that the patterns of the subject let in, or any where there is none; and those that
    /// patterns of other claims do.
    fn subjects(&mut self, door: &Door<'_>, found: &mut Vec<Intruder>) {
        let is_told_otherwise = door.provider.family == Family::Application;
        let mut tried = Vec::new();
        for pattern in door.patterns_or_everything("sub") {
            if pattern.glob.is_open() && !(is_told_otherwise && pattern.text.is_empty()) {
                tried.push((pattern.span, strangers(door, &pattern)));
            }
        }
        for claim in ["repository", "job_workflow_ref"] {
            for pattern in door.patterns(claim) {
                tried.push((pattern.span, strangers_by(door, claim, &pattern)));
            }
        }
        for (span, strangers) in tried {
            let mut strangers = strangers.into_iter();
            found.extend(strangers.find_map(|(why, draft)| self.admitted(door, &draft, span, why)));
        }
    }

    /// Tokens of the policy's own subjects that were made for somebody else.
    fn audiences(&mut self, door: &Door<'_>, found: &mut Vec<Intruder>) {
        // Facebook and Amazon tell the application by another key.
        if !door.provider.offers("aud") {
            return;
        }
        for Pattern { span, glob, .. } in door.patterns_or_everything("aud") {
            if !glob.is_open() {
                continue;
            }
            let elsewhere = "https://elsewhere.example".to_owned();
            let audience = if glob.matches(&elsewhere) {
                elsewhere
            } else {
                glob.filled(self.word)
            };
            let first = door.own(MAX_OWN).into_iter().find_map(|draft| {
                let draft = Draft {
                    audience: audience.clone(),
                    ..draft
                };
                self.admitted(door, &draft, span, Intrusion::Audience)
            });
            found.extend(first);
        }
    }

    /// Tokens of the policy's own subjects that lack a claim which is asked for, and not insisted on.
    fn absences(&mut self, door: &Door<'_>, found: &mut Vec<Intruder>) {
        for condition in &door.statement.claims {
            let optional = OPTIONAL.iter().find(|(claim, is_github)| {
                claim.eq_ignore_ascii_case(condition.claim)
                    && *is_github == (door.provider.family == Family::GitHub)
            });
            let Some((claim, _)) = optional else { continue };
            if condition.provider != Some(door.number)
                || !condition.is_positive()
                || !condition.is_met_by_absence()
            {
                continue;
            }
            let why = Intrusion::Absent { claim };
            let first = door
                .own(MAX_OWN)
                .into_iter()
                .find_map(|draft| self.admitted(door, &draft, condition.condition.span, why));
            found.extend(first);
        }
    }

    /// The intruder, if both the statement by itself and the document let it in.
    fn admitted(
        &mut self,
        door: &Door<'_>,
        draft: &Draft,
        span: Span,
        why: Intrusion,
    ) -> Option<Intruder> {
        let is_stranger = matches!(
            why,
            Intrusion::Context { .. } | Intrusion::Place { .. } | Intrusion::Subject
        );
        if is_stranger && self.named.contains(draft.subject.as_str()) {
            return None;
        }
        self.budget = self.budget.checked_sub(1)?;
        let mut claims = draft.claims(door.provider, &door.wishes);
        if let Intrusion::Absent { claim } = why
            && claims.remove(claim).is_some()
            && draft.context.starts_with("environment:")
        {
            // The subject itself says that the claim is there.
            return None;
        }
        let context = context_of(&claims, door.provider, &door.circumstances);
        let mut policies = [&door.alone, &self.whole].into_iter();
        if !policies.all(|policy| says(door, policy, &context) == Outcome::Allow) {
            return None;
        }
        Some(Intruder {
            statement: door.statement.index,
            provider: door.provider.text.text.clone(),
            span,
            context,
            claims,
            why,
        })
    }
}

fn says(door: &Door<'_>, policy: &Policy, context: &Context) -> Outcome {
    ask(&door.provider.text.text, policy, context)
}

fn ask(provider: &str, policy: &Policy, context: &Context) -> Outcome {
    let request = Request {
        caller: Caller::Federated { provider },
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "*",
        resource_account: None,
        context,
    };
    let policies = PolicySet {
        resource: Some(policy),
        ..PolicySet::default()
    };
    decide(&request, &policies)
}

/// Claims that a token may lack, and whether they are GitHub's.
const OPTIONAL: &[(&str, bool)] = &[
    ("amr", false),
    ("enterprise_id", true),
    ("environment", true),
];
/// Names for strangers.
const WORDS: &[&str] = &["evil", "intruder", "mallory", "stranger"];
/// Tokens tried times characters of the document: about a second's work at the worst.
const MAX_WORK: usize = 40_000_000;
const MAX_OWN: usize = 4;
