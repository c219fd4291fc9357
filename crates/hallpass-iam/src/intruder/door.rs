//! One provider of one statement, and the tokens that are meant to pass.

use std::collections::HashSet;

use hallpass_diag::Span;

use super::glob::Glob;
use super::shape::{Aligned, Shape};
use super::token::Draft;
use super::wish::Wishes;
use crate::operator::BaseOperator;
use crate::policy::{Policy, PolicyKind};
use crate::syntax::{Document, Version};
use crate::trust::{ClaimCondition, Provider, TrustStatement};
use crate::variable::Special;

/// A provider's way in by a statement.
pub(super) struct Door<'a> {
    pub(super) statement: &'a TrustStatement<'a>,
    /// Which of the statement's providers it is.
    pub(super) number: usize,
    pub(super) provider: &'a Provider<'a>,
    pub(super) wishes: Wishes,
    /// What the statement asks for besides claims.
    pub(super) circumstances: Vec<(String, String)>,
    /// The statement by itself.
    pub(super) alone: Policy,
    /// A name that the document does not use.
    pub(super) word: &'static str,
    has_variables: bool,
}

/// A value of a condition on a claim, as a pattern.
pub(super) struct Pattern<'a> {
    pub(super) span: Span,
    pub(super) glob: Glob,
    /// The value as written; empty where there is none.
    pub(super) text: &'a str,
}

impl<'a> Door<'a> {
    pub(super) fn open(
        document: &Document,
        statement: &'a TrustStatement<'a>,
        number: usize,
        provider: &'a Provider<'a>,
        word: &'static str,
    ) -> Self {
        let alone = Document {
            version: document.version(),
            id: None,
            statements: vec![statement.statement.clone()],
            length: 0,
        };
        let has_variables = document.version() == Some(Version::V2012);
        let wishes = Wishes::of(statement.statement, has_variables);
        let claims = statement.claims.iter();
        let claims: HashSet<String> = claims
            .map(|it| it.condition.key.to_ascii_lowercase())
            .collect();
        let circumstances = wishes.circumstances(|key| claims.contains(key));
        Self {
            statement,
            number,
            provider,
            wishes,
            circumstances,
            alone: Policy::compile("the statement", PolicyKind::Trust, &alone),
            word,
            has_variables,
        }
    }

    /// The patterns of the positive conditions on a claim.
    pub(super) fn patterns(&self, claim: &str) -> Vec<Pattern<'a>> {
        let own = self.statement.claims.iter().filter(|it| {
            it.claim.eq_ignore_ascii_case(claim)
                && it.provider == Some(self.number)
                && it.is_positive()
        });
        own.flat_map(|it| self.values(it)).collect()
    }

    /// The same; one that everything matches where there is none.
    pub(super) fn patterns_or_everything(&self, claim: &str) -> Vec<Pattern<'a>> {
        let mut patterns = self.patterns(claim);
        if patterns.is_empty() {
            patterns.push(Pattern {
                span: self.statement.statement.span,
                glob: Glob::everything(),
                text: "",
            });
        }
        patterns
    }

    fn values(&self, it: &ClaimCondition<'a>) -> impl Iterator<Item = Pattern<'a>> {
        let special = Special {
            wildcards: matches!(
                it.condition.operator.base,
                BaseOperator::ArnEquals | BaseOperator::ArnLike | BaseOperator::StringLike
            ),
            variables: self.has_variables,
        };
        let values = it.condition.values.iter().take(MAX_PATTERNS);
        values.filter_map(move |value| {
            Some(Pattern {
                span: value.span,
                glob: Glob::read(&value.text, special)?,
                text: &value.text,
            })
        })
    }

    /// Drafts of tokens that the policy means: about `limit` of them.
    pub(super) fn own(&self, limit: usize) -> Vec<Draft> {
        let mut all = Vec::new();
        for Pattern { glob, text, .. } in self.patterns_or_everything("sub") {
            if let Some(shape) = Shape::of(self.provider.family, text) {
                for aligned in shape.align(&glob) {
                    self.own_of(shape, &aligned, &mut all);
                }
            }
            if all.is_empty() {
                // No place is a stranger's, whatever the subject looks like.
                let draft = self.draft(glob.filled("x"), Vec::new(), usize::MAX, String::new());
                all.push(draft);
            }
            if all.len() >= limit {
                break;
            }
        }
        all
    }

    fn own_of(&self, shape: &Shape, aligned: &Aligned, all: &mut Vec<Draft>) {
        let places = aligned.places.iter().enumerate();
        let places: Vec<String> = places
            .map(|(index, place)| self.own_place(index, place))
            .collect();
        for context in self.contexts(shape, aligned.context.as_ref()) {
            let subject = shape.compose(&places, &context);
            all.push(self.draft(subject, places.clone(), usize::MAX, context));
        }
    }

    /// A draft whose first `own` places are the policy's own.
    pub(super) fn draft(
        &self,
        subject: String,
        places: Vec<String>,
        own: usize,
        context: String,
    ) -> Draft {
        let audience = self.wished("aud").unwrap_or("sts.amazonaws.com").to_owned();
        Draft {
            subject,
            audience,
            places,
            own,
            context,
            job_workflow: None,
        }
    }

    fn wished(&self, claim: &str) -> Option<&str> {
        self.wishes
            .value(&format!("{}:{claim}", self.provider.name))
    }

    /// The policy's own name for a place: as the subject has it, or as another claim does.
    pub(super) fn own_place(&self, index: usize, place: &Glob) -> String {
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

    /// What can stand behind the places, the most telling first.
    pub(super) fn contexts(&self, shape: &Shape, glob: Option<&Glob>) -> Vec<String> {
        let Some(glob) = glob else {
            return vec![String::new()];
        };
        let run = format!("{}{}", shape.run, self.word);
        let wished = |claim: &str, opening: &str| {
            let value = self.wished(claim)?;
            Some(format!("{opening}{}", value.replace(':', "%3A")))
        };
        let wished = self
            .provider
            .family
            .is_github()
            .then(|| [wished("environment", "environment:"), wished("ref", "ref:")]);
        let filled = [
            glob.filled(self.word),
            glob.filled_plainly(&run),
            glob.filled_plainly(shape.run),
        ];
        let telling = self.telling(shape, glob).into_iter();
        let mut contexts: Vec<String> = telling.map(|(_, text)| text).collect();
        contexts.extend(wished.into_iter().flatten().flatten());
        contexts.extend(filled);
        contexts.retain(|text| (shape.is_context)(text) && glob.matches(text));
        contexts
    }

    /// The contexts that a stranger can make, as far as the pattern has room for them.
    pub(super) fn telling(&self, shape: &Shape, glob: &Glob) -> Vec<(&'static str, String)> {
        let all = shape.contexts.iter();
        all.map(|(kind, text)| (*kind, text.replace("evil", self.word)))
            .filter(|(_, text)| glob.matches(text))
            .collect()
    }
}

// A bound on the work for hostile documents.
pub(super) const MAX_PATTERNS: usize = 1_024;
