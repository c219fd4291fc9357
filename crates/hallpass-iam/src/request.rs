//! What is asked of the engine.

use crate::context::Context;
use crate::principal::Caller;

/// A request: who wants to do what, to which resource, under which circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who.
    pub caller: Caller<'a>,
    /// The action, such as `ecr:PutImage`.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that takes none.
    pub resource: &'a str,
    /// The account that owns the resource; absent means the caller's.
    pub resource_account: Option<&'a str>,
    /// Condition keys.
    pub context: &'a Context,
}

/// A request, and what else a statement must know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request<'a>,
    /// Whether a permissions boundary caps the caller.
    pub(crate) has_boundary: bool,
}
