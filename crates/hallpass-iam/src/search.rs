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
    if value.is_ascii() {
        find_coded::<u8>(group, value, is_case_ignored, context)
    } else {
        find_coded::<u32>(group, value, is_case_ignored, context)
    }
}

fn find_coded<C: Code>(
    group: &[Piece],
    value: &str,
    is_case_ignored: bool,
    context: &Context,
) -> Option<usize> {
    let mut from = 0;
    loop {
        let window = value.get(from..)?;
        let wanted = wanted(group, context);
        if let Some(place) = Window::<C>::new(window, is_case_ignored).first(wanted) {
            let mut starts = window.char_indices().map(|(at, _)| at);
            // The place after the last character is one as well.
            return Some(from + starts.nth(place).unwrap_or(window.len()));
        }
        from += window.char_indices().nth(PLACES)?.0;
    }
}

/// The group's characters, nothing for a `?`.
fn wanted<'a>(group: &'a [Piece], context: &'a Context) -> impl Iterator<Item = Option<char>> {
    group.iter().flat_map(|piece| {
        let (any, text) = match piece {
            Piece::AnyOne => (Some(None), ""),
            Piece::AnyRun => (None, ""),
            Piece::Text(text) => (None, text.as_str()),
            Piece::Variable { key, default } => {
                let value = resolve(key, default.as_deref(), context);
                (None, value.unwrap_or_default())
            }
        };
        any.into_iter().chain(text.chars().map(Some))
    })
}

/// A character in the form in which many are compared at once.
trait Code: Copy + PartialEq {
    /// What stands behind the text; no character.
    const END: Self;

    fn of(character: char) -> Self;
}

/// For texts of ASCII alone, in which other characters of a pattern are not found.
impl Code for u8 {
    const END: Self = u8::MAX;

    fn of(character: char) -> Self {
        if character.is_ascii() {
            Self::try_from(character).unwrap_or(NOT_ASCII)
        } else {
            NOT_ASCII
        }
    }
}

impl Code for u32 {
    const END: Self = u32::MAX;

    fn of(character: char) -> Self {
        character.into()
    }
}

/// A stretch of the text as the places see it: place number `n` sees the character at `at + n`.
struct Window<'a, C> {
    characters: [C; 2 * PLACES],
    at: usize,
    rest: std::str::Chars<'a>,
    is_case_ignored: bool,
}

impl<'a, C: Code> Window<'a, C> {
    fn new(text: &'a str, is_case_ignored: bool) -> Self {
        let mut window = Self {
            characters: [C::END; 2 * PLACES],
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
    fn first(mut self, wanted: impl Iterator<Item = Option<char>>) -> Option<usize> {
        let mut is_possible = [true; PLACES];
        for (step, wanted) in wanted.enumerate() {
            if step % STEPS_BETWEEN_LOOKS == 0 && !is_possible.contains(&true) {
                return None;
            }
            self.compare(wanted, &mut is_possible);
            self.slide();
        }
        is_possible.iter().position(|is_possible| *is_possible)
    }

    fn compare(&self, wanted: Option<char>, is_possible: &mut [bool; PLACES]) {
        let Some((seen, _)) = self
            .characters
            .get(self.at..)
            .and_then(<[C]>::split_first_chunk::<PLACES>)
        else {
            return;
        };
        let places = is_possible.iter_mut().zip(seen);
        match wanted.map(|wanted| self.code(wanted)) {
            None => places.for_each(|(is_possible, code)| *is_possible &= *code != C::END),
            Some(wanted) => places.for_each(|(is_possible, code)| *is_possible &= *code == wanted),
        }
    }

    fn code(&self, character: char) -> C {
        C::of(if self.is_case_ignored {
            character.to_ascii_lowercase()
        } else {
            character
        })
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
        for place in PLACES..2 * PLACES {
            let code = self.rest.next().map_or(C::END, |next| self.code(next));
            if let Some(slot) = self.characters.get_mut(place) {
                *slot = code;
            }
        }
    }
}

// How many places are tried side by side: enough that the pattern's own reading weighs little.
const PLACES: usize = 256;
const STEPS_BETWEEN_LOOKS: usize = 16;
const NOT_ASCII: u8 = u8::MAX - 1;

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
            pattern in "([ab?]{0,3}|[aé?]{0,300})[b?]?",
            value in "([ab]{0,3}|(a|é|ab){0,600}|[ab]{200,700})b?",
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
        let value = format!("{}xyz", "é".repeat(300));
        assert_eq!(find(&group, &value, false, &context), None);
        context.insert_one("k", "y");
        assert_eq!(find(&group, &value, false, &context), Some(600));
    }
}
