//! The search: which strangers' tokens a document lets in, each tried with the engine.

use std::collections::HashSet;

use hallpass_diag::Span;

use super::glob::Glob;
use super::shape::{Aligned, Shape};
use super::stranger::{Intruder, Intrusion};
use super::token::{Draft, context_of};
use super::wish::Wishes;
use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::operator::BaseOperator;
use crate::policy::{Policy, PolicyKind};
use crate::principal::Caller;
use crate::request::Request;
use crate::syntax::{Document, Version};
use crate::trust::{ClaimCondition, Family, Provider, TrustStatement, trust_statements};
use crate::variable::Special;

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

/// One provider of one statement.
struct Door<'a> {
    statement: &'a TrustStatement<'a>,
    number: usize,
    provider: &'a Provider<'a>,
    wishes: Wishes,
    circumstances: Vec<(String, String)>,
    /// The statement by itself.
    alone: Policy,
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
            let door = self.door(statement, number, provider);
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
            let door = self.door(statement, number, provider);
            for draft in self.own(&door, MAX_PATTERNS) {
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

    fn door<'d>(
        &self,
        statement: &'d TrustStatement<'d>,
        number: usize,
        provider: &'d Provider<'d>,
    ) -> Door<'d> {
        let alone = Document {
            version: self.document.version(),
            id: None,
            statements: vec![statement.statement.clone()],
            length: 0,
        };
        let wishes = Wishes::of(statement.statement, self.has_variables());
        let keys = statement
            .claims
            .iter()
            .map(|it| it.condition.key.to_ascii_lowercase());
        let claims: HashSet<String> = keys.collect();
        let circumstances = wishes.circumstances(|key| claims.contains(key));
        Door {
            statement,
            number,
            provider,
            wishes,
            circumstances,
            alone: Policy::compile("the statement", PolicyKind::Trust, &alone),
        }
    }

    fn has_variables(&self) -> bool {
        self.document.version() == Some(Version::V2012)
    }

    /// Strangers that the patterns of the subject let in, or any where there is none.
    fn subjects(&mut self, door: &Door<'_>, found: &mut Vec<Intruder>) {
        let patterns = self.patterns(door, "sub");
        if patterns.is_empty() && door.provider.family == Family::Cognito {
            return;
        }
        for (span, glob, text) in or_everything(patterns, door) {
            if !glob.is_open() {
                continue;
            }
            let first = self
                .strangers(door, &glob, text)
                .into_iter()
                .find_map(|(why, draft)| self.admitted(door, &draft, span, why));
            found.extend(first);
        }
    }

    /// Drafts of strangers' tokens that the pattern leaves room for, the farthest first.
    fn strangers(&self, door: &Door<'_>, glob: &Glob, text: &str) -> Vec<(Intrusion, Draft)> {
        let Some(shape) = Shape::of(door.provider.family, text) else {
            let subject = glob.filled(self.word);
            return vec![(
                Intrusion::Subject,
                door.draft(subject, Vec::new(), 0, String::new()),
            )];
        };
        let aligned = shape.align(glob);
        let mut all = Vec::new();
        for tier in 0..=shape.places.len() {
            for aligned in &aligned {
                self.strangers_of(door, shape, aligned, tier, &mut all);
            }
        }
        all
    }

    /// Strangers whose first `tier` places are the policy's own, and the next is not.
    fn strangers_of(
        &self,
        door: &Door<'_>,
        shape: &Shape,
        aligned: &Aligned,
        tier: usize,
        all: &mut Vec<(Intrusion, Draft)>,
    ) {
        let has_ids = door.provider.family.is_github()
            && aligned
                .places
                .iter()
                .any(|place| place.letters().any(|it| it == '@'));
        let mut places = Vec::new();
        for (index, (place, part)) in aligned.places.iter().zip(shape.places).enumerate() {
            let is_stranger = index == tier;
            if is_stranger && !is_name_open(place, has_ids) {
                return;
            }
            let name = if is_stranger {
                place.filled(self.word)
            } else if index < tier {
                door.own_place(index, place)
            } else {
                place.filled("x")
            };
            let name = if has_ids {
                with_id(&name, is_stranger)
            } else {
                name
            };
            if !part.takes(&name) || !place.matches(&name) {
                return;
            }
            places.push(name);
        }
        let Some(part) = shape.places.get(tier) else {
            // A context that is given in full is the policy's own, as are the places.
            if aligned.context.as_ref().is_some_and(Glob::is_open) {
                for (kind, context) in self.telling(shape, aligned) {
                    let subject = shape.compose(&places, &context);
                    let draft = door.draft(subject, places.clone(), tier, context);
                    all.push((Intrusion::Context { kind }, draft));
                }
            }
            return;
        };
        let why = Intrusion::Place {
            kind: part.kind,
            is_outside: tier == 0,
        };
        for context in self.contexts(shape, aligned) {
            let subject = shape.compose(&places, &context);
            all.push((why, door.draft(subject, places.clone(), tier, context)));
        }
    }

    /// What can stand behind the places, the most telling first.
    fn contexts(&self, shape: &Shape, aligned: &Aligned) -> Vec<String> {
        let Some(glob) = &aligned.context else {
            return vec![String::new()];
        };
        let run = format!("{}{}", shape.run, self.word);
        let filled = [
            glob.filled(self.word),
            glob.filled_plainly(&run),
            glob.filled_plainly(shape.run),
        ];
        let telling = self.telling(shape, aligned).into_iter();
        let mut contexts: Vec<String> = telling.map(|(_, text)| text).collect();
        contexts.extend(filled);
        contexts.retain(|text| (shape.is_context)(text) && glob.matches(text));
        contexts
    }

    /// The contexts that a stranger can make, as far as the pattern has room for them.
    fn telling(&self, shape: &Shape, aligned: &Aligned) -> Vec<(&'static str, String)> {
        let word = self.word;
        let all = shape.contexts.iter();
        all.map(|(kind, text)| (*kind, text.replace("evil", word)))
            .filter(|(_, text)| {
                aligned
                    .context
                    .as_ref()
                    .is_some_and(|glob| glob.matches(text))
            })
            .collect()
    }

    /// Tokens of the policy's own subjects that were made for somebody else.
    fn audiences(&mut self, door: &Door<'_>, found: &mut Vec<Intruder>) {
        let patterns = self.patterns(door, "aud");
        for (span, glob, _) in or_everything(patterns, door) {
            if !glob.is_open() {
                continue;
            }
            let elsewhere = "https://elsewhere.example".to_owned();
            let audience = if glob.matches(&elsewhere) {
                elsewhere
            } else {
                glob.filled(self.word)
            };
            let first = self.own(door, MAX_OWN).into_iter().find_map(|draft| {
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
            let first = self
                .own(door, MAX_OWN)
                .into_iter()
                .find_map(|draft| self.admitted(door, &draft, condition.condition.span, why));
            found.extend(first);
        }
    }

    /// Drafts of tokens that the policy means.
    fn own(&self, door: &Door<'_>, limit: usize) -> Vec<Draft> {
        let mut all = Vec::new();
        for (_, glob, text) in or_everything(self.patterns(door, "sub"), door) {
            if let Some(shape) = Shape::of(door.provider.family, text) {
                for aligned in shape.align(&glob) {
                    self.own_of(door, shape, &aligned, &mut all);
                }
            }
            if all.is_empty() {
                all.push(door.draft(glob.filled("x"), Vec::new(), 3, String::new()));
            }
            if all.len() >= limit {
                break;
            }
        }
        all
    }

    fn own_of(&self, door: &Door<'_>, shape: &Shape, aligned: &Aligned, all: &mut Vec<Draft>) {
        let places = aligned.places.iter().enumerate();
        let places: Vec<String> = places
            .map(|(index, place)| door.own_place(index, place))
            .collect();
        for context in self.contexts(shape, aligned) {
            let subject = shape.compose(&places, &context);
            all.push(door.draft(subject, places.clone(), places.len() + 1, context));
        }
    }

    /// The patterns of the positive conditions on a claim, and where they stand.
    fn patterns<'d>(&self, door: &Door<'d>, claim: &'d str) -> Vec<(Span, Glob, &'d str)> {
        let own = door
            .statement
            .on(claim)
            .filter(|it| it.provider == Some(door.number) && it.is_positive());
        own.flat_map(|it| self.values(it)).collect()
    }

    fn values<'d>(&self, it: &ClaimCondition<'d>) -> impl Iterator<Item = (Span, Glob, &'d str)> {
        let special = Special {
            wildcards: it.condition.operator.base == BaseOperator::StringLike,
            variables: self.has_variables(),
        };
        let values = it.condition.values.iter().take(MAX_PATTERNS);
        values.filter_map(move |value| {
            let glob = Glob::read(&value.text, special)?;
            Some((value.span, glob, value.text.as_str()))
        })
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

impl Door<'_> {
    fn draft(&self, subject: String, places: Vec<String>, own: usize, context: String) -> Draft {
        let audience = self.wished("aud").unwrap_or("sts.amazonaws.com").to_owned();
        Draft {
            subject,
            audience,
            places,
            own,
            context,
        }
    }

    fn wished(&self, claim: &str) -> Option<&str> {
        self.wishes
            .value(&format!("{}:{claim}", self.provider.name))
    }

    /// The policy's own name for a place: as the subject has it, or as another claim does.
    fn own_place(&self, index: usize, place: &Glob) -> String {
        if let Some(name) = place.literal() {
            return name;
        }
        let repository = self.wished("repository").unwrap_or("acme/app");
        let mut names = repository.splitn(2, '/');
        let name = names.nth(index).unwrap_or("own");
        if place.matches(name) {
            name.to_owned()
        } else {
            place.filled(name)
        }
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

/// Whether a name is left open; an ID alone, behind a name that is given, is none.
fn is_name_open(place: &Glob, has_ids: bool) -> bool {
    let is_name_given = has_ids
        && place
            .filled_plainly("\n")
            .split_once('@')
            .is_some_and(|(name, _)| !name.contains('\n'));
    place.is_open() && !is_name_given
}

/// A name with an ID in digits, where it lacks one.
fn with_id(name: &str, is_stranger: bool) -> String {
    let id = if is_stranger { "666" } else { "1" };
    match name.split_once('@') {
        Some((_, own)) if !own.is_empty() && own.bytes().all(|it| it.is_ascii_digit()) => {
            name.to_owned()
        }
        Some((name, _)) => format!("{name}@{id}"),
        None => format!("{name}@{id}"),
    }
}

/// Without a pattern, whatever there is matches.
fn or_everything<'d>(
    patterns: Vec<(Span, Glob, &'d str)>,
    door: &Door<'d>,
) -> Vec<(Span, Glob, &'d str)> {
    if patterns.is_empty() {
        vec![(door.statement.statement.span, Glob::everything(), "")]
    } else {
        patterns
    }
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
const MAX_PATTERNS: usize = 256;
const MAX_OWN: usize = 4;
