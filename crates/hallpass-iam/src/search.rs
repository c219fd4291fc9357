//! The leftmost place of a group of pieces in a long text, at a bounded cost.
//!
//! Looking place by place costs a hostile pattern (`*?a?a?a…b*`) some nanoseconds for each pair of
//! characters. Here many places are tried side by side: the text slides past the places, one character
//! for each of the pattern's, in a form that the compiler turns into vector instructions.

use crate::context::Context;
use crate::pattern::resolve;
use crate::variable::Piece;

/// Where in `value`, in bytes, the group stands first. A group without characters stands at the start.
pub(crate) fn find(
    group: &[Piece],
    value: &str,
    is_case_ignored: bool,
    context: &Context,
) -> Option<usize> {
    let is_resolved = group.iter().all(|piece| match piece {
        Piece::AnyOne | Piece::AnyRun | Piece::Text(_) => true,
        Piece::Variable { key, default } => resolve(key, default.as_deref(), context).is_some(),
    });
    if !is_resolved {
        return None;
    }
    let mut from = 0;
    loop {
        let window = value.get(from..)?;
        let wanted = wanted(group, is_case_ignored, context);
        if let Some(place) = Window::new(window, is_case_ignored).first(wanted) {
            let mut starts = window.char_indices().map(|(at, _)| at);
            // The place after the last character is one as well.
            return Some(from + starts.nth(place).unwrap_or(window.len()));
        }
        from += window.char_indices().nth(PLACES)?.0;
    }
}

/// The group's characters, [`ANY`] for a `?`.
fn wanted<'a>(
    group: &'a [Piece],
    is_case_ignored: bool,
    context: &'a Context,
) -> impl Iterator<Item = u32> {
    group.iter().flat_map(move |piece| {
        let (any, text) = match piece {
            Piece::AnyOne => (Some(ANY), ""),
            Piece::AnyRun => (None, ""),
            Piece::Text(text) => (None, text.as_str()),
            Piece::Variable { key, default } => {
                let value = resolve(key, default.as_deref(), context);
                (None, value.unwrap_or_default())
            }
        };
        let codes = text.chars().map(move |c| code(c, is_case_ignored));
        any.into_iter().chain(codes)
    })
}

const fn code(character: char, is_case_ignored: bool) -> u32 {
    if is_case_ignored {
        character.to_ascii_lowercase() as u32
    } else {
        character as u32
    }
}

/// A stretch of the text as the places see it: place number `n` sees the character at `at + n`.
struct Window<'a> {
    characters: [u32; 2 * PLACES],
    at: usize,
    rest: std::str::Chars<'a>,
    is_case_ignored: bool,
}

impl<'a> Window<'a> {
    fn new(text: &'a str, is_case_ignored: bool) -> Self {
        let mut window = Self {
            characters: [END; 2 * PLACES],
            at: PLACES,
            rest: text.chars(),
            is_case_ignored,
        };
        // What is ahead, and then what is seen.
        window.fill();
        window.fill();
        window
    }

    /// The first of the places at which all of the pattern's characters stand.
    fn first(mut self, wanted: impl Iterator<Item = u32>) -> Option<usize> {
        // All bits where the place is still possible, else none.
        let mut possible = [u32::MAX; PLACES];
        for (step, wanted) in wanted.enumerate() {
            if step % STEPS_BETWEEN_LOOKS == 0 && possible.iter().all(|place| *place == 0) {
                return None;
            }
            self.compare(wanted, &mut possible);
            self.slide();
        }
        possible.iter().position(|place| *place != 0)
    }

    fn compare(&self, wanted: u32, possible: &mut [u32; PLACES]) {
        let Some((seen, _)) = self
            .characters
            .get(self.at..)
            .and_then(<[u32]>::split_first_chunk::<PLACES>)
        else {
            return;
        };
        let keep_if = |is_match: bool| u32::from(is_match).wrapping_neg();
        for (place, character) in possible.iter_mut().zip(seen) {
            *place &= if wanted == ANY {
                keep_if(*character != END)
            } else {
                keep_if(*character == wanted)
            };
        }
    }

    fn slide(&mut self) {
        self.at += 1;
        if self.at == PLACES {
            self.fill();
        }
    }

    /// Moves what is ahead to the front, and reads on behind it.
    fn fill(&mut self) {
        self.characters.copy_within(PLACES.., 0);
        self.at = 0;
        for slot in self.characters.iter_mut().skip(PLACES) {
            let next = self.rest.next();
            *slot = next.map_or(END, |c| code(c, self.is_case_ignored));
        }
    }
}

// How many places are tried side by side: a few vectors wide, for little to be decoded in vain.
const PLACES: usize = 64;
const STEPS_BETWEEN_LOOKS: usize = 16;
// No character has these codes.
const ANY: u32 = u32::MAX - 1;
const END: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::variable::{Special, pieces};

    /// The obvious search: try every place.
    fn naive(pattern: &[char], value: &[char]) -> Option<usize> {
        (0..=value.len()).find(|&start| {
            let rest = &value[start..];
            pattern.len() <= rest.len()
                && pattern.iter().zip(rest).all(|(p, v)| *p == '?' || p == v)
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_naive_search(
            pattern in "([ab?]{0,3}|[aé?]{0,90})[b?]?",
            value in "([ab]{0,3}|(a|é|ab){0,120})b?",
        ) {
            let special = Special { wildcards: true, variables: false };
            let group = pieces(&pattern, special);
            let characters = |text: &str| text.chars().collect::<Vec<char>>();
            let place = naive(&characters(&pattern), &characters(&value));
            let byte = place.map(|place| {
                value.char_indices().nth(place).map_or(value.len(), |(at, _)| at)
            });
            prop_assert_eq!(find(&group, &value, false, &Context::new()), byte);
            let upper = pieces(&pattern.to_ascii_uppercase(), special);
            prop_assert_eq!(find(&upper, &value, true, &Context::new()), byte);
        }
    }

    #[test]
    fn a_variable_stands_for_its_value_and_without_one_for_nothing() {
        let special = Special {
            wildcards: true,
            variables: true,
        };
        let group = pieces("?${k}?", special);
        let mut context = Context::new();
        let value = format!("{}xyz", "é".repeat(200));
        assert_eq!(find(&group, &value, false, &context), None);
        context.insert_one("k", "y");
        assert_eq!(find(&group, &value, false, &context), Some(400));
    }
}
