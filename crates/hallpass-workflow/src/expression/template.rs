//! Texts with `${{ .. }}` in them, and conditions.

use github_actions_expressions::Expr;
use github_actions_expressions::call::{Call, Function};
use github_actions_expressions::op::BinExpr;
use serde_json::Value;

use super::evaluate::{evaluate, parse};
use super::function::check;
use super::scope::{ExpressionError, Scope};
use super::value::{is_truthy, text_of};

/// Fills a text in. One that is a single expression keeps the kind of its value.
pub fn fill(template: &str, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    let parts = parts(template)?;
    if let [Part::Expression(expression)] = parts.as_slice() {
        return evaluate(expression, scope);
    }
    let mut filled = String::new();
    for part in parts {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Expression(expression) => {
                filled.push_str(&text_of(&evaluate(expression, scope)?));
            }
        }
        check(filled.len()).map_err(|reason| ExpressionError::new(template, reason))?;
    }
    Ok(Value::String(filled))
}

/// Fills a text in, to a text.
pub fn fill_text(template: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    fill(template, scope).map(|value| text_of(&value))
}

/// Fills in each text within a value.
pub fn fill_value(value: &Value, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    match value {
        Value::String(text) => fill(text, scope),
        Value::Array(items) => items
            .iter()
            .map(|item| fill_value(item, scope))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| Ok((fill_text(name, scope)?, fill_value(member, scope)?)))
            .collect::<Result<_, _>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

/// Whether an `if:` holds. Where it asks for no status, `success()` is meant besides.
pub fn holds(condition: Option<&str>, scope: &Scope<'_>) -> Result<bool, ExpressionError> {
    let condition = condition.map_or("", str::trim);
    if condition.is_empty() {
        return evaluate("success()", scope).map(|value| is_truthy(&value));
    }
    let parts = parts(condition)?;
    let asks_for_status = match parts.as_slice() {
        [Part::Expression(expression) | Part::Text(expression)] => {
            names_status(&parse(expression)?.inner)
        }
        several => several.iter().any(|part| match part {
            Part::Expression(expression) => {
                parse(expression).is_ok_and(|tree| names_status(&tree.inner))
            }
            Part::Text(_) => false,
        }),
    };
    if !asks_for_status && !is_truthy(&evaluate("success()", scope)?) {
        return Ok(false);
    }
    let value = match parts.as_slice() {
        // Without braces the whole is an expression.
        [Part::Text(expression)] => evaluate(expression, scope)?,
        _ => fill(condition, scope)?,
    };
    Ok(is_truthy(&value))
}

enum Part<'a> {
    Expression(&'a str),
    Text(&'a str),
}

fn parts(template: &str) -> Result<Vec<Part<'_>>, ExpressionError> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${{") {
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let end = end_of(after)
            .ok_or_else(|| ExpressionError::new(after, "it has no end: `}}` is missing"))?;
        let (expression, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        parts.push(Part::Expression(expression.trim()));
        rest = tail.strip_prefix("}}").unwrap_or(tail);
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// Where the expression's `}}` stands; braces within quotes are text.
fn end_of(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut previous = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            '}' if !is_quoted && previous == Some('}') => return Some(at - 1),
            _ => {}
        }
        previous = (!is_quoted).then_some(letter);
    }
    None
}

fn names_status(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Call(Call { func, args }) => {
            matches!(
                func,
                Function::Always | Function::Cancelled | Function::Failure | Function::Success
            ) || args.iter().any(|argument| names_status(argument))
        }
        Expr::BinExpr(BinExpr { lhs, op: _, rhs }) => names_status(lhs) || names_status(rhs),
        Expr::UnExpr { op: _, expr } => names_status(expr),
        Expr::Index(inside) => names_status(inside),
        Expr::Context(context) => context.parts.iter().any(|part| names_status(part)),
        Expr::Literal(_) | Expr::Star | Expr::Identifier(_) => false,
    }
}
