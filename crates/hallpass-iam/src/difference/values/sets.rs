//! Several values of one key, where a condition takes them together.

use super::value::{Single, Value};

/// Adds twos and threes of the texts, all of them at once, and an empty text; whether all twos and
/// threes.
pub(super) fn add(singles: &[Single], values: &mut Vec<Value>) -> bool {
    let with = |members: &[&Single]| {
        let (texts, words): (Vec<String>, Vec<String>) = members
            .iter()
            .map(|(text, words)| (text.clone(), words.trim_start_matches("is ").to_owned()))
            .unzip();
        Value {
            values: Some(texts),
            words: format!("is {} together", words.join(" and ")),
        }
    };
    // To a set operator an empty text is no value; to the others it is one.
    if !singles.iter().any(|(text, _)| text.is_empty()) {
        values.push(Value {
            values: Some(vec![String::new()]),
            words: "is empty".to_owned(),
        });
    }
    let is_few = singles.len() <= MAX_OF_TWOS;
    for (place, one) in singles.iter().enumerate().filter(|_| is_few) {
        for (next, other) in singles.iter().enumerate().skip(place + 1) {
            values.push(with(&[one, other]));
            let thirds = singles.iter().skip(next + 1);
            for third in thirds.filter(|_| singles.len() <= MAX_OF_THREES) {
                values.push(with(&[one, other, third]));
            }
        }
    }
    let all: Vec<&Single> = singles.iter().collect();
    if all.len() > 1 {
        values.push(with(&all));
    }
    is_few
}

const MAX_OF_TWOS: usize = 40;
const MAX_OF_THREES: usize = 12;
