//! Evaluating a parsed expression.

use std::borrow::Cow;

use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp, UnOp};
use github_actions_expressions::{Error, Expr};
use serde_json::Value;

use super::function;
use super::index;
use super::scope::{ExpressionError, Scope};
use super::value::{compare, equal, is_truthy, number};

/// The value of an expression, given without its braces.
pub fn evaluate(expression: &str, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    if expression.len() > MAX_EXPRESSION {
        let reason = format!("it is longer than {MAX_EXPRESSION} characters");
        return Err(ExpressionError::new(expression, reason));
    }
    let parsed = parse(expression)?;
    let evaluator = Evaluator { scope };
    evaluator
        .value(&parsed)
        .map(Cow::into_owned)
        .map_err(|reason| ExpressionError::new(expression, reason))
}

pub(super) fn parse(
    expression: &str,
) -> Result<github_actions_expressions::SpannedExpr<'_>, ExpressionError> {
    Expr::parse(expression).map_err(|error| {
        let reason = match error {
            Error::Syntax(syntax) => {
                format!("{}, at character {}", syntax.message, syntax.offset + 1)
            }
            Error::Depth => "it is nested too deeply".to_owned(),
            Error::Call(call) => call.to_string(),
        };
        ExpressionError::new(expression, reason)
    })
}

/// Walks a tree. The parser bounds its depth; [`function`] bounds what texts grow to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluator<'a> {
    pub(super) scope: &'a Scope<'a>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn value(self, expression: &Expr<'_>) -> Result<Cow<'a, Value>, String> {
        match expression {
            Expr::Literal(literal) => Ok(Cow::Owned(literal_value(literal))),
            Expr::Call(call) => function::call(self, call).map(Cow::Owned),
            Expr::Context(context) => index::context(self, context),
            Expr::BinExpr(binary) => self.binary(binary),
            Expr::UnExpr {
                op: UnOp::Not,
                expr,
            } => Ok(Cow::Owned(Value::Bool(!is_truthy(&*self.value(expr)?)))),
            Expr::Index(inside) => self.value(inside),
            Expr::Identifier(name) => self.named(name.as_str()).map(Cow::Borrowed),
            Expr::Star => Err("`*` stands after a dot or in brackets".to_owned()),
        }
    }

    /// The context of a name.
    pub(super) fn named(self, name: &str) -> Result<&'a Value, String> {
        self.scope
            .contexts
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .ok_or_else(|| {
                let names: Vec<&str> = self.scope.contexts.keys().map(String::as_str).collect();
                format!(
                    "there is no context `{name}` here; there are {}",
                    names.join(", ")
                )
            })
    }

    fn binary(self, binary: &BinExpr<'_>) -> Result<Cow<'a, Value>, String> {
        let left = self.value(&binary.lhs)?;
        match binary.op {
            BinOp::And if !is_truthy(&left) => return Ok(left),
            BinOp::Or if is_truthy(&left) => return Ok(left),
            BinOp::And | BinOp::Or => return self.value(&binary.rhs),
            BinOp::Eq | BinOp::Neq | BinOp::Gt | BinOp::Ge | BinOp::Lt | BinOp::Le => {}
        }
        let right = self.value(&binary.rhs)?;
        let order = || compare(&left, &right);
        let holds = match binary.op {
            BinOp::Eq => equal(&left, &right),
            BinOp::Neq => !equal(&left, &right),
            BinOp::Gt => order().is_some_and(std::cmp::Ordering::is_gt),
            BinOp::Ge => order().is_some_and(std::cmp::Ordering::is_ge),
            BinOp::Lt => order().is_some_and(std::cmp::Ordering::is_lt),
            BinOp::Le => order().is_some_and(std::cmp::Ordering::is_le),
            BinOp::And | BinOp::Or => is_truthy(&right),
        };
        Ok(Cow::Owned(Value::Bool(holds)))
    }
}

fn literal_value(literal: &Literal<'_>) -> Value {
    match literal {
        Literal::Number(value) => number(*value),
        Literal::String(text) => Value::String(text.clone().into_owned()),
        Literal::Boolean(is) => Value::Bool(*is),
        Literal::Null => Value::Null,
    }
}

// GitHub's own bound.
const MAX_EXPRESSION: usize = 21_000;
