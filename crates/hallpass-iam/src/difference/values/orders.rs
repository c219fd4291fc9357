//! Numbers and instants: each that is named, one between each two, one before and one after all.

use hallpass_types::Timestamp;

use crate::condition::read_number;
use crate::date::{Instant, read_date};
use crate::operator::BaseOperator as B;

use super::value::{Mention, Single, add as add_single};

pub(super) fn add(mentions: &[Mention<'_>], singles: &mut Vec<Single>) {
    let named = |is_wanted: fn(B) -> bool| {
        let mentions = mentions.iter().map(|mention| mention.condition);
        mentions
            .filter(move |condition| is_wanted(condition.operator.base))
            .flat_map(|condition| condition.values.iter().map(|value| value.text.as_str()))
    };
    let mut numbers: Vec<f64> = named(is_number).filter_map(read_number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    if let (Some(least), Some(most)) = (numbers.first(), numbers.last()) {
        for number in &numbers {
            add_single(singles, &number.to_string(), &format!("is {number}"));
        }
        for (low, high) in numbers.iter().zip(numbers.iter().skip(1)) {
            let middle = f64::midpoint(*low, *high);
            let words = format!("is between {low} and {high}");
            add_single(singles, &middle.to_string(), &words);
        }
        add_single(
            singles,
            &(least - 1.0).to_string(),
            &format!("is below {least}"),
        );
        add_single(
            singles,
            &(most + 1.0).to_string(),
            &format!("is above {most}"),
        );
    }
    let mut instants: Vec<Timestamp> = named(is_date)
        .filter_map(read_date)
        .filter_map(Instant::timestamp)
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let mut add_near = |instant: Timestamp, nanoseconds: i128, words: String| {
        let near = Timestamp::from_nanosecond(instant.as_nanosecond() + nanoseconds);
        if let Ok(near) = near {
            add_single(singles, &near.to_string(), &words);
        }
    };
    for instant in &instants {
        add_near(*instant, 0, format!("is {instant}"));
    }
    for (low, high) in instants.iter().zip(instants.iter().skip(1)) {
        let half = (high.as_nanosecond() - low.as_nanosecond()) / 2;
        add_near(*low, half.max(1), format!("is between {low} and {high}"));
    }
    if let (Some(first), Some(last)) = (instants.first(), instants.last()) {
        add_near(*first, -SECOND, format!("is before {first}"));
        add_near(*last, SECOND, format!("is after {last}"));
    }
}

const fn is_number(base: B) -> bool {
    matches!(
        base,
        B::NumericEquals
            | B::NumericGreaterThan
            | B::NumericGreaterThanEquals
            | B::NumericLessThan
            | B::NumericLessThanEquals
            | B::NumericNotEquals
    )
}

const fn is_date(base: B) -> bool {
    matches!(
        base,
        B::DateEquals
            | B::DateGreaterThan
            | B::DateGreaterThanEquals
            | B::DateLessThan
            | B::DateLessThanEquals
            | B::DateNotEquals
    )
}

const SECOND: i128 = 1_000_000_000;
