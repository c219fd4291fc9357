//! The functions.

use github_actions_expressions::call::{Call, Function};
use serde_json::Value;

use super::evaluate::Evaluator;
use super::scope::Status;
use super::value::{equal, fold, is_primitive, is_truthy, normal, text_of};

/// The value of a call.
pub(super) fn call(evaluator: Evaluator<'_>, call: &Call<'_>) -> Result<Value, String> {
    if call.func == Function::Case {
        return case(evaluator, call);
    }
    let arguments: Vec<Value> = call
        .args
        .iter()
        .map(|argument| evaluator.value(argument).map(std::borrow::Cow::into_owned))
        .collect::<Result<_, _>>()?;
    let argument = |at: usize| arguments.get(at).unwrap_or(&Value::Null);
    let status = evaluator.scope.status;
    match call.func {
        Function::Always => Ok(Value::Bool(true)),
        Function::Cancelled => Ok(Value::Bool(status == Status::Cancelled)),
        Function::Failure => Ok(Value::Bool(status == Status::Failure)),
        Function::Success => Ok(Value::Bool(status == Status::Success)),
        Function::Contains => Ok(Value::Bool(contains(argument(0), argument(1)))),
        Function::StartsWith => Ok(Value::Bool(both(argument(0), argument(1), |text, part| {
            text.starts_with(part)
        }))),
        Function::EndsWith => Ok(Value::Bool(both(argument(0), argument(1), |text, part| {
            text.ends_with(part)
        }))),
        Function::Format => format(&arguments).map(Value::String),
        Function::FromJSON => from_json(argument(0)),
        Function::ToJSON => {
            bounded(serde_json::to_string_pretty(&normal(argument(0).clone())).unwrap_or_default())
                .map(Value::String)
        }
        Function::Join => join(argument(0), arguments.get(1)).map(Value::String),
        Function::HashFiles => hash_files(evaluator, &arguments).map(Value::String),
        Function::Case => Ok(Value::Null),
    }
}

/// `case(condition, value, .., default)`; only what is chosen is evaluated.
fn case(evaluator: Evaluator<'_>, call: &Call<'_>) -> Result<Value, String> {
    let mut arguments = call.args.iter();
    while let Some(first) = arguments.next() {
        let Some(second) = arguments.next() else {
            return evaluator.value(first).map(std::borrow::Cow::into_owned);
        };
        if is_truthy(&*evaluator.value(first)?) {
            return evaluator.value(second).map(std::borrow::Cow::into_owned);
        }
    }
    Ok(Value::Null)
}

fn contains(search: &Value, item: &Value) -> bool {
    match search {
        Value::Array(items) => items.iter().any(|one| equal(one, item)),
        Value::Object(_) => false,
        _ => both(search, item, |text, part| text.contains(part)),
    }
}

fn both(left: &Value, right: &Value, holds: impl Fn(&str, &str) -> bool) -> bool {
    is_primitive(left)
        && is_primitive(right)
        && holds(&fold(&text_of(left)), &fold(&text_of(right)))
}

fn join(list: &Value, separator: Option<&Value>) -> Result<String, String> {
    let separator = separator
        .filter(|separator| is_primitive(separator))
        .map_or_else(|| ",".to_owned(), text_of);
    match list {
        Value::Array(items) => {
            let mut joined = String::new();
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    joined.push_str(&separator);
                }
                if is_primitive(item) {
                    joined.push_str(&text_of(item));
                }
                check(joined.len())?;
            }
            Ok(joined)
        }
        Value::Object(_) => Ok(String::new()),
        _ => Ok(text_of(list)),
    }
}

fn from_json(value: &Value) -> Result<Value, String> {
    let text = text_of(value);
    if text.trim().is_empty() {
        return Err("fromJSON got an empty text, which is no JSON".to_owned());
    }
    // serde_json bounds the depth.
    serde_json::from_str(&text).map_err(|error| format!("fromJSON: {error}"))
}

/// `{0}` is an argument, `{{` and `}}` are braces.
fn format(arguments: &[Value]) -> Result<String, String> {
    let Some((template, arguments)) = arguments.split_first() else {
        return Err("format takes a text".to_owned());
    };
    let template = text_of(template);
    let wrong =
        || format!("`{template}` is no format: a brace is `{{{{` or `}}}}`, an argument `{{0}}`");
    let mut filled = String::new();
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' if letters.next_if_eq(&'{').is_some() => filled.push('{'),
            '}' if letters.next_if_eq(&'}').is_some() => filled.push('}'),
            '{' => {
                let mut digits = String::new();
                while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                if letters.next() != Some('}') {
                    return Err(wrong());
                }
                let at: usize = digits.parse().map_err(|_| wrong())?;
                let argument = arguments.get(at).ok_or_else(|| {
                    format!(
                        "the format names argument {at}, and there are {}",
                        arguments.len()
                    )
                })?;
                filled.push_str(&text_of(argument));
            }
            '}' => return Err(wrong()),
            _ => filled.push(letter),
        }
        check(filled.len())?;
    }
    Ok(filled)
}

fn hash_files(evaluator: Evaluator<'_>, arguments: &[Value]) -> Result<String, String> {
    let files = evaluator
        .scope
        .files
        .ok_or("hashFiles is known in steps only, where there is a workspace")?;
    let patterns: Vec<String> = arguments.iter().map(text_of).collect();
    files.hash_files(&patterns)
}

fn bounded(text: String) -> Result<String, String> {
    check(text.len()).map(|()| text)
}

/// Nested calls of `format` would double a text at each level.
pub(super) fn check(length: usize) -> Result<(), String> {
    if length > MAX_TEXT {
        Err(format!("its text grows past {MAX_TEXT} bytes"))
    } else {
        Ok(())
    }
}

const MAX_TEXT: usize = 1 << 20;
