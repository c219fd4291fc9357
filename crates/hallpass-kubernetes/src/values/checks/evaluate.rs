//! Whether a value satisfies the rules, and what is said where it does not.

use serde_json::Value;

use super::rules::{Bounds, Limit, Rules};
use crate::cause::Cause;
use crate::place::Place;
use crate::values::validate::{is_integer, type_of};

impl Rules {
    /// Adds what is wrong with the value.
    pub(crate) fn check(&self, value: &Value, place: Place<'_>, causes: &mut Vec<Cause>) {
        if !self.kinds.is_empty() && !self.kinds.iter().any(|kind| is_of(value, kind)) {
            let wanted = self.kinds.join(",");
            causes.push(Cause::mistyped(place, &wanted, type_of(value)));
            return;
        }
        self.check_junctors(value, place, causes);
        match value {
            Value::String(text) => self.check_text(text, value, place, causes),
            Value::Number(_) => self.check_number(value, place, causes),
            Value::Array(items) => self.check_list(items, value, place, causes),
            Value::Object(fields) => self.check_object(fields, value, place, causes),
            Value::Null | Value::Bool(_) => {}
        }
        if !self.values.is_empty() && !self.values.contains(value) {
            let supported: Vec<String> = self.values.iter().map(plain).collect();
            let supported = supported.iter().map(String::as_str);
            causes.push(Cause::unsupported(place, value, supported));
        }
    }

    fn check_junctors(&self, value: &Value, place: Place<'_>, causes: &mut Vec<Cause>) {
        if !self.any_of.is_empty() {
            let (held, best) = held(&self.any_of, value, place);
            if held == 0 {
                causes.push(whole(place, "must validate at least one schema (anyOf)"));
                causes.extend(best);
            }
        }
        if !self.one_of.is_empty() {
            let (held, best) = held(&self.one_of, value, place);
            if held == 0 {
                let detail = "must validate one and only one schema (oneOf). Found none valid";
                causes.push(whole(place, detail));
                causes.extend(best);
            } else if held > 1 {
                let detail = format!(
                    "must validate one and only one schema (oneOf). Found {held} valid alternatives"
                );
                causes.push(whole(place, &detail));
            }
        }
        let mut failures = 0;
        for rules in &self.all_of {
            let before = causes.len();
            rules.check(value, place, causes);
            failures += usize::from(causes.len() > before);
        }
        if failures > 0 {
            let none = if failures == self.all_of.len() {
                ". None validated"
            } else {
                ""
            };
            let detail = format!("must validate all the schemas (allOf){none}");
            causes.push(whole(place, &detail));
        }
        if let Some(not) = &self.not {
            let mut inner = Vec::new();
            not.check(value, place, &mut inner);
            if inner.is_empty() {
                causes.push(whole(place, "must not validate the schema (not)"));
            }
        }
    }

    fn check_text(&self, text: &str, value: &Value, place: Place<'_>, causes: &mut Vec<Cause>) {
        if self.lengths.least.is_some() || self.lengths.most.is_some() {
            let length = text.chars().count();
            if let Some(most) = self.lengths.exceeded_by(length) {
                causes.push(Cause::too_long(place, most));
            }
            if let Some(least) = self.lengths.missed_by(length) {
                let detail = format!("{place} in body should be at least {least} chars long");
                causes.push(Cause::invalid(place, value, &detail));
            }
        }
        if let Some((written, pattern)) = &self.pattern
            && !pattern.is_match(text)
        {
            let detail = format!("{place} in body should match '{written}'");
            causes.push(Cause::invalid(place, value, &detail));
        }
    }

    fn check_number(&self, value: &Value, place: Place<'_>, causes: &mut Vec<Cause>) {
        let Some(number) = value.as_f64() else {
            return;
        };
        let mut say = |should: String| {
            let detail = format!("{place} in body should be {should}");
            causes.push(Cause::invalid(place, value, &detail));
        };
        match self.multiple_of {
            Some(step) if (number / step).fract() != 0.0 => say(format!("a multiple of {step}")),
            _ => {}
        }
        match self.maximum {
            Some(limit) if number > limit.number || limit.excludes(number) => {
                say(format!("less than {}{}", limit.or_equal(), limit.number));
            }
            _ => {}
        }
        match self.minimum {
            Some(limit) if number < limit.number || limit.excludes(number) => {
                say(format!("greater than {}{}", limit.or_equal(), limit.number));
            }
            _ => {}
        }
    }

    fn check_list(
        &self,
        items: &[Value],
        value: &Value,
        place: Place<'_>,
        causes: &mut Vec<Cause>,
    ) {
        if let Some(least) = self.items.missed_by(items.len()) {
            let detail = format!("{place} in body should have at least {least} items");
            causes.push(Cause::invalid(place, value, &detail));
        }
        if let Some(most) = self.items.exceeded_by(items.len()) {
            causes.push(Cause::too_many(place, items.len(), most));
        }
        if let Some(rules) = &self.elements {
            for (index, item) in items.iter().enumerate() {
                rules.check(item, place.index(index), causes);
            }
        }
    }

    fn check_object(
        &self,
        fields: &serde_json::Map<String, Value>,
        value: &Value,
        place: Place<'_>,
        causes: &mut Vec<Cause>,
    ) {
        if let Some(least) = self.properties.missed_by(fields.len()) {
            let detail = format!("{place} in body should have at least {least} properties");
            causes.push(Cause::invalid(place, value, &detail));
        }
        if let Some(most) = self.properties.exceeded_by(fields.len()) {
            causes.push(Cause::too_many(place, fields.len(), most));
        }
        for name in &self.required {
            if !fields.contains_key(name.as_ref()) {
                causes.push(Cause::required(place.field(name), ""));
            }
        }
        for (name, rules) in &self.fields {
            if let Some(value) = fields.get(name.as_ref()) {
                rules.check(value, place.field(name), causes);
            }
        }
    }
}

impl Limit {
    fn excludes(self, number: f64) -> bool {
        // The limit itself, written the same way, is the one number that the bound excludes.
        self.is_exclusive && number.total_cmp(&self.number).is_eq()
    }

    fn or_equal(self) -> &'static str {
        if self.is_exclusive {
            ""
        } else {
            "or equal to "
        }
    }
}

impl Bounds {
    fn missed_by(self, count: usize) -> Option<u64> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.least.filter(|least| count < *least)
    }

    fn exceeded_by(self, count: usize) -> Option<u64> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.most.filter(|most| count > *most)
    }
}

/// How many of the schemas hold, and what is wrong by the one that is nearest.
fn held(schemas: &[Rules], value: &Value, place: Place<'_>) -> (usize, Vec<Cause>) {
    let mut count = 0;
    let mut best: Option<Vec<Cause>> = None;
    for rules in schemas {
        let mut causes = Vec::new();
        rules.check(value, place, &mut causes);
        if causes.is_empty() {
            count += 1;
        } else if best.as_ref().is_none_or(|best| causes.len() < best.len()) {
            best = Some(causes);
        }
    }
    (count, best.unwrap_or_default())
}

/// What junctors say: of the value as a whole, whose place stands in the text alone.
fn whole(place: Place<'_>, detail: &str) -> Cause {
    let detail = format!("\"{place}\" {detail}");
    Cause::invalid("<nil>", &Value::String(String::new()), &detail)
}

/// A value of an `enum`, as the API server lists it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => is_integer(value),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => true,
    }
}
