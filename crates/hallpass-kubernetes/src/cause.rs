//! Why an object is refused, field by field, in the words of an API server.
//!
//! Sources: Kubernetes API reference, "Status v1 meta" (causes and their reasons); API conventions,
//! "Response Status Kind".

use std::fmt::{self, Write};

use serde_json::Value;

/// One thing that is wrong with an object: a cause of a `Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where: `spec.containers[0].image`; `<nil>` for the whole object.
    pub field: String,
    /// What is wrong, without the field: `Required value`.
    pub message: String,
    /// The kind of wrong.
    pub reason: CauseReason,
}

/// The kind of a [`Cause`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseReason {
    /// The value stands twice where each may stand once.
    FieldValueDuplicate,
    /// The field may not be given.
    FieldValueForbidden,
    /// The value is outside of what is allowed.
    FieldValueInvalid,
    /// The value is none of a list.
    FieldValueNotSupported,
    /// The field is missing.
    FieldValueRequired,
    /// The text is too long.
    FieldValueTooLong,
    /// There are too many.
    FieldValueTooMany,
    /// The value is of another type.
    FieldValueTypeInvalid,
}

impl Cause {
    /// `Duplicate value: ...`
    pub fn duplicate(field: impl fmt::Display, value: &Value) -> Self {
        let message = format!("Duplicate value: {}", printed(value));
        Self::of(field, message, CauseReason::FieldValueDuplicate)
    }

    /// `Forbidden: ...`
    pub fn forbidden(field: impl fmt::Display, detail: &str) -> Self {
        let message = format!("Forbidden: {detail}");
        Self::of(field, message, CauseReason::FieldValueForbidden)
    }

    /// `Invalid value: ...: ...`
    pub fn invalid(field: impl fmt::Display, value: &Value, detail: &str) -> Self {
        let message = format!("Invalid value: {}: {detail}", printed(value));
        Self::of(field, message, CauseReason::FieldValueInvalid)
    }

    /// `Unsupported value: ...: supported values: ...`
    pub fn unsupported<'a>(
        field: impl fmt::Display,
        value: &Value,
        supported: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut message = format!("Unsupported value: {}: supported values: ", printed(value));
        for (index, one) in supported.into_iter().enumerate() {
            if index > 0 {
                message.push_str(", ");
            }
            message.push_str(&quoted(one));
        }
        Self::of(field, message, CauseReason::FieldValueNotSupported)
    }

    /// `Required value`, with a detail where there is one.
    pub fn required(field: impl fmt::Display, detail: &str) -> Self {
        let message = match detail {
            "" => "Required value".to_owned(),
            detail => format!("Required value: {detail}"),
        };
        Self::of(field, message, CauseReason::FieldValueRequired)
    }

    /// `Too long: may not be more than 3 bytes`
    pub fn too_long(field: impl fmt::Display, most: u64) -> Self {
        let message = format!("Too long: may not be more than {most} bytes");
        Self::of(field, message, CauseReason::FieldValueTooLong)
    }

    /// `Too many: 4: must have at most 3 items`
    pub fn too_many(field: impl fmt::Display, found: usize, most: u64) -> Self {
        let items = if most == 1 { "item" } else { "items" };
        let message = format!("Too many: {found}: must have at most {most} {items}");
        Self::of(field, message, CauseReason::FieldValueTooMany)
    }

    /// `Invalid value: "string": spec.replicas in body must be of type integer: "string"`
    pub fn mistyped(field: impl fmt::Display, wanted: &str, found: &str) -> Self {
        let found = quoted(found);
        let message =
            format!("Invalid value: {found}: {field} in body must be of type {wanted}: {found}");
        Self::of(field, message, CauseReason::FieldValueTypeInvalid)
    }

    fn of(field: impl fmt::Display, message: String, reason: CauseReason) -> Self {
        let mut field = field.to_string();
        if field.is_empty() {
            field.push_str("<nil>");
        }
        Self {
            field,
            message,
            reason,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl CauseReason {
    /// As it stands in a `Status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FieldValueDuplicate => "FieldValueDuplicate",
            Self::FieldValueForbidden => "FieldValueForbidden",
            Self::FieldValueInvalid => "FieldValueInvalid",
            Self::FieldValueNotSupported => "FieldValueNotSupported",
            Self::FieldValueRequired => "FieldValueRequired",
            Self::FieldValueTooLong => "FieldValueTooLong",
            Self::FieldValueTooMany => "FieldValueTooMany",
            Self::FieldValueTypeInvalid => "FieldValueTypeInvalid",
        }
    }
}

/// The message of the `Status` that refuses an object: `Runner.actions.summerwind.dev "r" is invalid:
/// spec.replicas: Required value`. The group is empty for the core's.
pub fn invalid_message(kind: &str, group: &str, name: &str, causes: &[Cause]) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    let mut message = format!("{kind}{dot}{group} {} is invalid", quoted(name));
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = cause.to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] => {}
        [one] => {
            message.push_str(": ");
            message.push_str(one);
        }
        several => {
            message.push_str(": [");
            message.push_str(&several.join(", "));
            message.push(']');
        }
    }
    message
}

/// A value in a message. What has no value of its own is a text, as the API server prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => quoted("null"),
        Value::String(text) => quoted(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A text in double quotes, as Go's `%q` has it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_causes_stand_in_brackets_once_each() {
        let causes = [
            Cause::required("spec.image", ""),
            Cause::mistyped("spec.replicas", "integer", "string"),
            Cause::required("spec.image", ""),
        ];
        let message = invalid_message("Runner", "actions.summerwind.dev", "r", &causes);
        insta::assert_snapshot!(message, @r#"Runner.actions.summerwind.dev "r" is invalid: [spec.image: Required value, spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"]"#);
        let message = invalid_message("Pod", "", "p", &causes[..1]);
        insta::assert_snapshot!(message, @r#"Pod "p" is invalid: spec.image: Required value"#);
    }
}
