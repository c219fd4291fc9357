//! A policy document as it was written, with the place of each part.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy
//! language".

use hallpass_diag::Span;

use crate::operator::Operator;

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub(crate) version: Option<Version>,
    pub(crate) id: Option<String>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) length: usize,
}

impl Document {
    /// The version; absent means [`Version::V2008`].
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// The `Id` element.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The number of characters without white space outside strings, as IAM's quotas count.
    pub const fn quota_length(&self) -> usize {
        self.length
    }
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`: no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<Element<Principals>>,
    /// `Action` or `NotAction`; absent only in a statement that a validator refuses.
    pub action: Option<Element<Vec<Text>>>,
    /// `Resource` or `NotResource`; absent in trust policies.
    pub resource: Option<Element<Vec<Text>>>,
    /// `Condition`.
    pub conditions: Vec<Condition>,
    /// The whole statement.
    pub span: Span,
}

/// An element that has a `Not` form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<T> {
    /// Whether it is the `Not` form.
    pub is_negated: bool,
    /// What it holds.
    pub value: T,
    /// The element's value.
    pub span: Span,
}

/// A string and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The string.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`.
    Everyone,
    /// An object: lists by kind.
    Listed {
        /// `AWS`: accounts, ARNs, unique IDs, `*`.
        aws: Vec<Text>,
        /// `CanonicalUser`.
        canonical_user: Vec<Text>,
        /// `Federated`: provider ARNs and names.
        federated: Vec<Text>,
        /// `Service`: service principals.
        service: Vec<Text>,
    },
}

/// One condition: an operator, a key, and the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The key, as written.
    pub key: String,
    /// The values: alternatives.
    pub values: Vec<Text>,
    /// Where the key stands.
    pub span: Span,
}
