//! A policy's pattern as a thing to be taken apart and filled, where [`crate::pattern::Pattern`] is only
//! matched.

use crate::variable::{Piece, Special, pieces};

/// Characters, `?` and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Atom>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    Char(char),
    /// `?`: one character.
    One,
    /// `*`: any number of them.
    Run,
}

impl Glob {
    /// Reads a pattern. One with a variable depends on the request; one that is longer than any subject
    /// is of no use: neither is read.
    pub(crate) fn read(text: &str, special: Special) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let mut atoms = Vec::new();
        for piece in pieces(text, special) {
            match piece {
                Piece::AnyOne => atoms.push(Atom::One),
                Piece::AnyRun => atoms.push(Atom::Run),
                Piece::Text(text) => atoms.extend(text.chars().map(Atom::Char)),
                Piece::Variable { .. } => return None,
            }
        }
        Some(Self(atoms))
    }

    /// `*`.
    pub(crate) fn everything() -> Self {
        Self(vec![Atom::Run])
    }

    /// The pattern that only the empty text matches.
    pub(crate) const fn nothing() -> Self {
        Self(Vec::new())
    }

    /// The text, where there is no wildcard.
    pub(crate) fn literal(&self) -> Option<String> {
        let atoms = self.0.iter();
        atoms
            .map(|atom| match atom {
                Atom::Char(letter) => Some(*letter),
                Atom::One | Atom::Run => None,
            })
            .collect()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.iter().any(|atom| !matches!(atom, Atom::Char(_)))
    }

    /// The characters that stand in it as such.
    pub(crate) fn letters(&self) -> impl Iterator<Item = char> {
        self.0.iter().filter_map(|atom| match atom {
            Atom::Char(letter) => Some(*letter),
            Atom::One | Atom::Run => None,
        })
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        // The atoms reached so far; at most one state for each, so the cost is the lengths' product.
        let mut reached = self.closed(vec![0]);
        for letter in text.chars() {
            reached = self.closed(self.step(&reached, letter));
        }
        reached.contains(&self.0.len())
    }

    /// What may follow once `opening` is taken from the front.
    pub(crate) fn after(&self, opening: &str) -> Vec<Self> {
        let mut reached = vec![0];
        for letter in opening.chars() {
            reached = self.step(&self.closed(reached), letter);
        }
        reached.dedup();
        let rest = |at: usize| self.0.get(at..).map(<[Atom]>::to_vec).map(Self);
        reached.into_iter().filter_map(rest).collect()
    }

    /// The ways to cut it at `separator`, where what is before has none but allowed characters.
    pub(crate) fn cuts(&self, separator: &str, is_allowed: fn(char) -> bool) -> Vec<(Self, Self)> {
        let mut cuts = Vec::new();
        for at in 0..=self.0.len() {
            let (head, rest) = self.0.split_at(at);
            // A cut within a star leaves a star on both sides.
            let last = head.last().copied();
            if let Some(Atom::Char(letter)) = last
                && !is_allowed(letter)
            {
                break;
            }
            let mut rests = vec![Self(rest.to_vec())];
            if last == Some(Atom::Run) {
                let mut with_star = vec![Atom::Run];
                with_star.extend(rest);
                rests = vec![Self(with_star)];
            }
            for rest in rests {
                for after in rest.after(separator) {
                    let cut = (Self(head.to_vec()), after);
                    if !cuts.contains(&cut) {
                        cuts.push(cut);
                    }
                }
            }
            if cuts.len() >= MAX_CUTS {
                break;
            }
        }
        cuts
    }

    /// A text that matches: the first star becomes `word`, set off from its neighbours by hyphens; other
    /// stars vanish, and `?` is an `x`.
    pub(crate) fn filled(&self, word: &str) -> String {
        let mut text = String::new();
        let mut word = Some(word);
        for (at, atom) in self.0.iter().enumerate() {
            match atom {
                Atom::Char(letter) => text.push(*letter),
                Atom::One => text.push('x'),
                Atom::Run => {
                    let Some(word) = word.take() else { continue };
                    let is_joined = |letter: Option<char>| {
                        letter.is_some_and(char::is_alphanumeric)
                            && word.chars().all(|it| it.is_ascii_alphanumeric())
                    };
                    if is_joined(text.chars().next_back()) {
                        text.push('-');
                    }
                    text.push_str(word);
                    let next = match self.0.get(at + 1) {
                        Some(Atom::Char(letter)) => Some(*letter),
                        Some(Atom::One) => Some('x'),
                        Some(Atom::Run) | None => None,
                    };
                    if is_joined(next) {
                        text.push('-');
                    }
                }
            }
        }
        text
    }

    /// The same, with `word` as it is.
    pub(crate) fn filled_plainly(&self, word: &str) -> String {
        let mut word = Some(word);
        let mut text = String::new();
        for atom in &self.0 {
            match atom {
                Atom::Char(letter) => text.push(*letter),
                Atom::One => text.push('x'),
                Atom::Run => text.push_str(word.take().unwrap_or_default()),
            }
        }
        text
    }

    /// The places reached with nothing more read: a star may be empty.
    fn closed(&self, reached: Vec<usize>) -> Vec<usize> {
        let mut all: Vec<usize> = Vec::with_capacity(reached.len() + 1);
        for mut at in reached {
            loop {
                // Places come in rising order, and each is kept once.
                if all.last().is_none_or(|last| *last < at) {
                    all.push(at);
                }
                if self.0.get(at) != Some(&Atom::Run) {
                    break;
                }
                at += 1;
            }
        }
        all
    }

    /// The places reached by one character more.
    fn step(&self, reached: &[usize], letter: char) -> Vec<usize> {
        let mut next: Vec<usize> = Vec::with_capacity(reached.len());
        for at in reached {
            let to = match self.0.get(*at) {
                Some(Atom::Char(own)) if *own == letter => at + 1,
                Some(Atom::One) => at + 1,
                Some(Atom::Run) => *at,
                Some(Atom::Char(_)) | None => continue,
            };
            if next.last() != Some(&to) {
                next.push(to);
            }
        }
        next
    }
}

// Subjects have at most 255 characters (OpenID Connect Core 1.0, section 2); room for long branch names.
const MAX_LENGTH: usize = 512;
const MAX_CUTS: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context::Context;
    use crate::pattern::Pattern;

    const GLOB: Special = Special {
        wildcards: true,
        variables: false,
    };

    fn glob(text: &str) -> Glob {
        Glob::read(text, GLOB).unwrap()
    }

    proptest! {
        #[test]
        fn matches_what_the_engine_matches(pattern in "[ab*?]{0,8}", value in "[ab]{0,8}") {
            prop_assert_eq!(
                glob(&pattern).matches(&value),
                Pattern::new(&pattern, GLOB).matches(&value, &Context::new())
            );
        }

        #[test]
        fn what_is_filled_in_matches(pattern in "[a*?-]{0,8}", word in "[a-z:]{1,4}") {
            let glob = glob(&pattern);
            prop_assert!(glob.matches(&glob.filled(&word)) || !pattern.contains('*'));
            prop_assert!(glob.matches(&glob.filled_plainly(&word)));
        }

        #[test]
        fn what_is_cut_apart_matches_put_together(pattern in "[a:*?]{0,8}") {
            let glob = glob(&pattern);
            for (head, rest) in glob.cuts(":", |letter| letter != ':') {
                let text = format!("{}:{}", head.filled_plainly("b"), rest.filled_plainly("b"));
                prop_assert!(glob.matches(&text), "{} in {}", text, pattern);
            }
        }
    }

    #[test]
    fn a_separator_hides_in_a_star() {
        let texts: Vec<(String, String)> = glob("app*")
            .cuts(":", |letter| letter != ':')
            .iter()
            .map(|(head, rest)| (head.filled("evil"), rest.filled("evil")))
            .collect();
        let both = [("app", "evil"), ("app-evil", "evil")];
        assert_eq!(
            texts,
            both.map(|(head, rest)| (head.to_owned(), rest.to_owned()))
        );
        assert!(glob("app").cuts(":", |letter| letter != ':').is_empty());
        assert_eq!(
            glob("*po:acme/*").after("repo:"),
            [glob("*po:acme/*"), glob("acme/*")]
        );
    }
}
