//! Patterns as sequences of tokens, so that two can be laid over each other and instances be made.
//!
//! Nothing here decides whether a text matches: that is the engine's to say.

use crate::variable::{Piece, Special, pieces};

/// One position of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters.
    Run,
}

/// A pattern without variables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glob(Vec<Token>);

impl Glob {
    /// Reads a pattern; `value` stands for each variable that it gives a text for, the others become
    /// what any value may be.
    pub(super) fn read(
        text: &str,
        special: Special,
        value: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut tokens = Vec::new();
        for piece in pieces(text, special) {
            match piece {
                Piece::AnyOne => tokens.push(Token::One),
                Piece::AnyRun => tokens.push(Token::Run),
                Piece::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                Piece::Variable { key, default } => match value(&key).or(default) {
                    Some(text) => tokens.extend(text.chars().map(Token::Char)),
                    None => tokens.push(Token::Run),
                },
            }
        }
        Self(tokens)
    }

    /// Whether it is too long to be laid over others.
    pub(super) const fn is_long(&self) -> bool {
        self.0.len() > MAX_TOKENS
    }

    /// Whether it matches one text only.
    pub(super) fn is_literal(&self) -> bool {
        self.0.iter().all(|token| matches!(token, Token::Char(_)))
    }

    /// The pattern as six segments of an ARN, those that are missing being `*`; absent where it is no
    /// ARN.
    pub(super) fn segments(&self) -> Option<Vec<Self>> {
        let mut parts: Vec<Vec<Token>> = vec![Vec::new()];
        for token in &self.0 {
            if *token == Token::Char(':') && parts.len() < 6 {
                parts.push(Vec::new());
            } else if let Some(last) = parts.last_mut() {
                last.push(*token);
            }
        }
        let is_arn = parts.len() == 6 || parts.first().is_some_and(|part| is_arn(part));
        while parts.len() < 6 {
            parts.push(vec![Token::Run]);
        }
        is_arn.then(|| parts.into_iter().map(Self).collect())
    }

    /// The pattern whose segments these are.
    pub(super) fn of_segments(segments: &[Self]) -> Self {
        let mut tokens = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                tokens.push(Token::Char(':'));
            }
            tokens.extend(&segment.0);
        }
        Self(tokens)
    }

    /// Patterns for texts that both match; the widest come first, and there are few of them.
    pub(super) fn meet(&self, other: &Self) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut open = vec![Overlay::default()];
        let mut steps = 0;
        while let Some(overlay) = open.pop() {
            steps += 1;
            if steps > MAX_STEPS || found.len() >= MAX_MEETS {
                break;
            }
            if let Some(meet) = overlay.go(&self.0, &other.0, &mut open)
                && !found.contains(&meet)
            {
                found.push(meet);
            }
        }
        found
    }

    /// The text with `run` for each `*`, and `one` for each `?`.
    pub(super) fn instance(&self, run: &str, one: char) -> String {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Char(c) => text.push(*c),
                Token::One => text.push(one),
                Token::Run => text.push_str(run),
            }
        }
        text
    }

    /// The characters that stand at either side of a wildcard: what an instance must not continue.
    pub(super) fn edges(&self) -> impl Iterator<Item = char> {
        self.0.windows(2).filter_map(|pair| match pair {
            [Token::Char(c), Token::Run | Token::One]
            | [Token::Run | Token::One, Token::Char(c)] => Some(*c),
            _ => None,
        })
    }
}

/// Two patterns laid over each other, up to a place in each.
#[derive(Clone, Debug, Default)]
struct Overlay {
    left: usize,
    right: usize,
    meet: Vec<Token>,
}

impl Overlay {
    /// Goes on to the end of both patterns; where there are two ways, the other is left open.
    fn go(mut self, left: &[Token], right: &[Token], open: &mut Vec<Self>) -> Option<Glob> {
        loop {
            match (left.get(self.left), right.get(self.right)) {
                (None, None) => return Some(Glob(self.meet)),
                (Some(Token::Run), Some(Token::Run)) => {
                    if self.meet.last() != Some(&Token::Run) {
                        self.meet.push(Token::Run);
                    }
                    open.push(self.past(1, 0));
                    self.right += 1;
                }
                (Some(Token::Run), Some(token)) => {
                    open.push(self.past(1, 0));
                    self.meet.push(*token);
                    self.right += 1;
                }
                (Some(token), Some(Token::Run)) => {
                    open.push(self.past(0, 1));
                    self.meet.push(*token);
                    self.left += 1;
                }
                (Some(Token::Run), None) => self.left += 1,
                (None, Some(Token::Run)) => self.right += 1,
                (Some(one), Some(other)) => {
                    self.meet.push(both(*one, *other)?);
                    self.left += 1;
                    self.right += 1;
                }
                (Some(_), None) | (None, Some(_)) => return None,
            }
        }
    }

    fn past(&self, left: usize, right: usize) -> Self {
        Self {
            left: self.left + left,
            right: self.right + right,
            meet: self.meet.clone(),
        }
    }
}

/// What is both, of two tokens for one character; case aside, as for actions. Where case counts, the
/// engine tells later that one of them does not match.
fn both(one: Token, other: Token) -> Option<Token> {
    match (one, other) {
        (Token::One, token) | (token, Token::One) => Some(token),
        (Token::Char(c), Token::Char(d)) => c.eq_ignore_ascii_case(&d).then_some(one),
        (Token::Run, _) | (_, Token::Run) => None,
    }
}

fn is_arn(tokens: &[Token]) -> bool {
    tokens == [Token::Char('a'), Token::Char('r'), Token::Char('n')]
}

// As long as the longest ARN that IAM takes: longer patterns match nothing that is asked.
const MAX_TOKENS: usize = 2048;
// Patterns of people meet in one or two ways; hostile ones in exponentially many.
const MAX_STEPS: usize = 400;
const MAX_MEETS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        let special = Special {
            wildcards: true,
            variables: true,
        };
        Glob::read(text, special, &|_| None)
    }

    fn meets(one: &str, other: &str) -> Vec<String> {
        let meets = glob(one).meet(&glob(other));
        meets.iter().map(shown).collect()
    }

    fn shown(glob: &Glob) -> String {
        glob.instance("*", '?')
    }

    #[test]
    fn patterns_meet_in_what_both_match() {
        assert_eq!(meets("ecr:Get*", "ecr:*Image")[0], "ecr:Get*Image");
        assert_eq!(meets("ecr:*", "ecr:Put*")[0], "ecr:Put*");
        assert_eq!(meets("a?c", "ab*"), ["abc"]);
        assert_eq!(meets("a*", "b*"), [""; 0]);
        assert_eq!(meets("*", "*"), ["*"]);
        assert!(meets("*ab", "ab*").contains(&"ab".to_owned()));
    }

    #[test]
    fn hostile_patterns_meet_within_bounds() {
        let hostile = "a*".repeat(1000);
        assert!(meets(&hostile, &"*a".repeat(1000)).len() <= MAX_MEETS);
    }

    #[test]
    fn an_arn_has_six_segments() {
        let segments = glob("arn:aws:s3").segments().unwrap();
        assert_eq!(shown(&Glob::of_segments(&segments)), "arn:aws:s3:*:*:*");
        assert!(glob("x:y").segments().is_none());
    }
}
