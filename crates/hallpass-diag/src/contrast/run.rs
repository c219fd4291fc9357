//! The contrast as a value: runs that agree and runs that differ.

use super::align::{Token, align};

/// How the wanted text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As an ARN by pattern: `*` and `?` stay within one of the six segments.
    Arn,
    /// As a pattern: `*` is any characters, `?` is one.
    Pattern,
    /// As it is.
    Text,
    /// As it is, but for the case of ASCII letters.
    TextIgnoringCase,
}

/// Two texts, cut where they part and where they meet again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contrast {
    runs: Vec<Run>,
}

/// A stretch of both texts that agrees or differs as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// What is wanted there; empty where something is too much.
    pub wanted: String,
    /// What is there; empty where something lacks.
    pub got: String,
    /// Whether the two differ. Where they do not, they are the same characters, or a wildcard and what
    /// it stands for.
    pub is_different: bool,
}

impl Contrast {
    /// Puts two texts side by side.
    ///
    /// ```
    /// use hallpass_diag::{Contrast, Reading};
    ///
    /// let contrast = Contrast::new("repo:acme/*:main", "repo:acme/app:dev", Reading::Pattern);
    /// let different: Vec<_> = contrast.runs().iter().filter(|run| run.is_different).collect();
    /// assert_eq!((different[0].wanted.as_str(), different[0].got.as_str()), ("main", "dev"));
    /// ```
    pub fn new(wanted: &str, got: &str, reading: Reading) -> Self {
        if reading == Reading::Arn && wanted != "*" && is_arn(wanted) && is_arn(got) {
            return Self::of_segments(wanted, got);
        }
        let is_pattern = matches!(reading, Reading::Arn | Reading::Pattern);
        let tokens: Vec<Token> = wanted
            .chars()
            .map(|c| match c {
                '*' if is_pattern => Token::AnyRun,
                '?' if is_pattern => Token::AnyOne,
                _ => Token::Char(c),
            })
            .collect();
        let got: Vec<char> = got.chars().collect();
        let runs = align(&tokens, &got, reading == Reading::TextIgnoringCase);
        Self { runs }
    }

    /// The runs, in order; no two neighbours are both different.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Whether the texts agree.
    pub fn is_agreement(&self) -> bool {
        !self.runs.iter().any(|run| run.is_different)
    }

    /// Whether the differences stand in the same columns of both texts, so that one row of marks tells
    /// them: all that comes before the last of them is of the same length in both.
    pub fn is_in_step(&self) -> bool {
        let last = self.runs.iter().rposition(|run| run.is_different);
        let before = self.runs.iter().take(last.unwrap_or(0));
        before
            .map(|run| (run.wanted.chars().count(), run.got.chars().count()))
            .all(|(wanted, got)| wanted == got)
    }

    /// How many characters differ, in both texts together: the nearer, the fewer.
    pub fn distance(&self) -> usize {
        self.runs
            .iter()
            .filter(|run| run.is_different)
            .map(|run| run.wanted.chars().count() + run.got.chars().count())
            .sum()
    }

    pub(super) fn map(self, each: impl Fn(Run) -> Run) -> Self {
        Self {
            runs: self.runs.into_iter().map(each).collect(),
        }
    }

    fn of_segments(wanted: &str, got: &str) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (index, (wanted, got)) in wanted.splitn(6, ':').zip(got.splitn(6, ':')).enumerate() {
            if index > 0 {
                runs.push(Run {
                    wanted: ":".to_owned(),
                    got: ":".to_owned(),
                    is_different: false,
                });
            }
            runs.extend(Self::new(wanted, got, Reading::Pattern).runs);
        }
        Self { runs }
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both texts, the runs that differ in brackets.
    fn marked(wanted: &str, got: &str, reading: Reading) -> String {
        let contrast = Contrast::new(wanted, got, reading);
        let side = |text: fn(&Run) -> &str| -> String {
            let runs = contrast.runs().iter();
            runs.map(|run| {
                if run.is_different {
                    format!("[{}]", text(run))
                } else {
                    text(run).to_owned()
                }
            })
            .collect()
        };
        format!("{} | {}", side(|run| &run.wanted), side(|run| &run.got))
    }

    #[test]
    fn marks_the_characters_that_differ() {
        for (wanted, got, says) in [
            ("same", "same", "same | same"),
            ("", "", " | "),
            ("", "x", "[] | [x]"),
            (
                "repo:acme/api:ref:refs/heads/main",
                "repo:acme/api:ref:refs/heads/dev",
                "repo:acme/api:ref:refs/heads/[main] | repo:acme/api:ref:refs/heads/[dev]",
            ),
            (
                "repo:acme/api:environment:prod",
                "repo:acme/api:ref:refs/heads/main",
                "repo:acme/api:[environment:prod] | repo:acme/api:[ref:refs/heads/main]",
            ),
            (
                "https://a.example",
                "a.example",
                "[https://]a.example | []a.example",
            ),
            (
                "111122223333",
                "111122224333",
                "11112222[3]333 | 11112222[4]333",
            ),
            ("Acme/App", "acme/app", "[A]cme/[A]pp | [a]cme/[a]pp"),
            ("école", "ecole", "[é]cole | [e]cole"),
            ("a", "a ", "a[] | a[ ]"),
        ] {
            assert_eq!(marked(wanted, got, Reading::Text), says);
        }
        assert_eq!(
            marked("DELETE", "delete", Reading::TextIgnoringCase),
            "DELETE | delete"
        );
    }

    #[test]
    fn a_wildcard_stands_for_what_it_takes_and_the_rest_is_marked() {
        for (wanted, got, says) in [
            (
                "repo:acme/*",
                "repo:acme/app:x",
                "repo:acme/* | repo:acme/app:x",
            ),
            (
                "repo:acme/*:ref:refs/heads/main",
                "repo:acme/app:ref:refs/heads/dev",
                "repo:acme/*:ref:refs/heads/[main] | repo:acme/app:ref:refs/heads/[dev]",
            ),
            (
                "repo:acme/*:pull_request",
                "repo:evil/x:pull_request",
                "repo:[acme]/*:pull_request | repo:[evil]/x:pull_request",
            ),
            ("v?.1", "v12.1", "v?[].1 | v1[2].1"),
            ("*acme*", "wolf", "*[acme]* | wolf[]"),
        ] {
            assert_eq!(marked(wanted, got, Reading::Pattern), says);
        }
    }

    #[test]
    fn an_arn_is_marked_segment_by_segment() {
        assert_eq!(
            marked(
                "arn:aws:ecr:*:111122223333:repository/my-app",
                "arn:aws:ecr:eu-west-1:444455556666:repository/my-app-2",
                Reading::Arn
            ),
            "arn:aws:ecr:*:[111122223333]:repository/my-app[] | \
             arn:aws:ecr:eu-west-1:[444455556666]:repository/my-app[-2]"
        );
    }

    /// The obvious matcher: try every split.
    fn is_match(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|skip| is_match(rest, &value[skip..])),
            Some(('?', rest)) => !value.is_empty() && is_match(rest, &value[1..]),
            Some((c, rest)) => value.first() == Some(c) && is_match(rest, &value[1..]),
        }
    }

    proptest! {
        #[test]
        fn the_runs_are_the_texts_and_differ_where_the_texts_do(
            wanted in "[ab*?é:]{0,10}", got in "[abé:]{0,12}", is_pattern: bool,
        ) {
            let reading = if is_pattern { Reading::Pattern } else { Reading::Text };
            let contrast = Contrast::new(&wanted, &got, reading);
            let side = |text: fn(&Run) -> &str| contrast.runs().iter().map(text).collect::<String>();
            prop_assert_eq!(side(|run| &run.wanted), wanted.clone());
            prop_assert_eq!(side(|run| &run.got), got.clone());
            let agree = if is_pattern {
                let chars = |text: &str| text.chars().collect::<Vec<_>>();
                is_match(&chars(&wanted), &chars(&got))
            } else {
                wanted == got
            };
            prop_assert_eq!(contrast.is_agreement(), agree);
        }
    }

    #[test]
    fn long_texts_cost_little() {
        let (wanted, got) = ("ab".repeat(200_000), "ba".repeat(200_000));
        let contrast = Contrast::new(&wanted, &got, Reading::Text);
        assert!(!contrast.is_agreement());
        let stars = "a*".repeat(100_000);
        assert!(!Contrast::new(&stars, &got, Reading::Pattern).is_agreement());
    }
}
