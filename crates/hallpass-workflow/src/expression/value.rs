//! Values: what counts as true, and how one kind becomes another.
//!
//! Numbers are doubles, written with 15 significant digits; texts are compared without case; a list or an
//! object equals only itself.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// Whether a value counts as true.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(_) => {
            let number = number_of(value);
            number != 0.0 && !number.is_nan()
        }
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A value as a number; NaN where it is none.
pub(crate) fn number_of(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(is) => f64::from(u8::from(*is)),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => parse_number(text),
        Value::Array(_) | Value::Object(_) => f64::NAN,
    }
}

/// A value as the text that stands in its place.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is) => is.to_string(),
        Value::Number(_) => number_text(number_of(value)),
        Value::String(text) => text.clone(),
        Value::Array(_) => "Array".to_owned(),
        Value::Object(_) => "Object".to_owned(),
    }
}

pub(crate) fn is_primitive(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Whether two values are equal, loosely.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::String(left), Value::String(right)) => fold(left) == fold(right),
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            std::ptr::eq(left, right)
        }
        #[expect(clippy::float_cmp, reason = "GitHub compares doubles as they are")]
        _ => number_of(left) == number_of(right),
    }
}

/// How two values are ordered, if they are.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::String(left), Value::String(right)) => Some(fold(left).cmp(&fold(right))),
        _ => number_of(left).partial_cmp(&number_of(right)),
    }
}

/// Upper case, by which texts are compared; the dotless ı stays itself.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == 'ı' {
            folded.push(letter);
        } else {
            folded.extend(letter.to_uppercase());
        }
    }
    folded
}

/// A number as a value. What JSON cannot say becomes null, which nothing but a comparison can tell from it.
pub(crate) fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if number.fract() == 0.0 && number.abs() < LARGEST_EXACT {
        return Value::Number(Number::from(number as i64));
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// Numbers in the form in which `toJSON` writes them: `1.0` is `1`.
pub(crate) fn normal(value: Value) -> Value {
    match value {
        Value::Number(_) => number(number_of(&value)),
        Value::Array(items) => Value::Array(items.into_iter().map(normal).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, normal(member)))
                .collect::<Map<_, _>>(),
        ),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

fn parse_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let radix = |digits: &str, radix| {
        // 32 bits, and the upper half is negative, as .NET converts.
        u32::from_str_radix(digits, radix).map_or(f64::NAN, |bits| f64::from(bits.cast_signed()))
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    match text.trim_start_matches(['+', '-']) {
        word if word.eq_ignore_ascii_case("infinity") => {
            if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            }
        }
        // Rust's own words for what is no number here.
        word if word.starts_with(|c: char| c.is_ascii_alphabetic()) => f64::NAN,
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// .NET's `G15`.
fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-5..15).contains(&exponent) {
        let decimals = usize::try_from(14 - exponent).unwrap_or_default();
        return trimmed(&format!("{number:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}E{sign}{:02}", trimmed(mantissa), exponent.abs())
}

// Two to the 53rd: above it a double names no single integer.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
