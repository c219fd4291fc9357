//! Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}`, `${$}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

/// A piece of a text that may hold variables and wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `?`: any one character.
    AnyOne,
    /// `*`: any characters.
    AnyRun,
    /// Text as it is.
    Text(String),
    /// The value of a condition key; never read as a pattern.
    Variable {
        /// The key, in lower case.
        key: String,
        /// What stands for an absent key.
        default: Option<String>,
    },
}

/// Which characters of a text are special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Special {
    /// `*` and `?`.
    pub(crate) wildcards: bool,
    /// `${...}`; documents of 2008 have none.
    pub(crate) variables: bool,
}

/// Cuts a text into pieces. A `${` that is no variable stands for itself.
pub(crate) fn pieces(text: &str, special: Special) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c| is_special(c, special)) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        rest = if let Some((piece, after)) = variable(from).filter(|_| special.variables) {
            match piece {
                Piece::Text(escaped) => plain.push_str(&escaped),
                piece => push(&mut pieces, &mut plain, piece),
            }
            after
        } else {
            let mut characters = from.chars();
            match characters.next() {
                Some('*') => push(&mut pieces, &mut plain, Piece::AnyRun),
                Some('?') => push(&mut pieces, &mut plain, Piece::AnyOne),
                other => plain.extend(other),
            }
            characters.as_str()
        };
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

const fn is_special(character: char, special: Special) -> bool {
    match character {
        '*' | '?' => special.wildcards,
        '$' => special.variables,
        _ => false,
    }
}

fn push(pieces: &mut Vec<Piece>, plain: &mut String, piece: Piece) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain)));
    }
    // `**` is `*`.
    if piece != Piece::AnyRun || pieces.last() != Some(&Piece::AnyRun) {
        pieces.push(piece);
    }
}

/// The variable at the start of `text`, and what comes after it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let inside_on = text.strip_prefix("${")?;
    // Variables do not nest. Looking no further than the next `${` also keeps a text of nothing but
    // openings from costing its length for each of them.
    let reach = inside_on.find("${").unwrap_or(inside_on.len());
    let inside = inside_on.get(..reach)?.split('}').next()?;
    let after = inside_on.get(inside.len()..)?.strip_prefix('}')?;
    let piece = match inside {
        "*" | "?" | "$" => Piece::Text(inside.to_owned()),
        _ => {
            let (key, default) = match inside.split_once(',') {
                None => (inside, None),
                Some((key, default)) => {
                    let quoted = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
                    (key, Some(quoted.to_owned()))
                }
            };
            let key = key.trim();
            if key.is_empty() {
                return None;
            }
            Piece::Variable {
                key: key.to_ascii_lowercase(),
                default,
            }
        }
    };
    Some((piece, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Special = Special {
        wildcards: true,
        variables: true,
    };

    #[test]
    fn cuts_variables_wildcards_and_escapes() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let variable = |key: &str, default: Option<&str>| Piece::Variable {
            key: key.to_owned(),
            default: default.map(str::to_owned),
        };
        assert_eq!(
            pieces("a${aws:UserName}/**?", ALL),
            [
                text("a"),
                variable("aws:username", None),
                text("/"),
                Piece::AnyRun,
                Piece::AnyOne
            ]
        );
        assert_eq!(
            pieces("${aws:PrincipalTag/t, 'x y'}", ALL),
            [variable("aws:principaltag/t", Some("x y"))]
        );
        assert_eq!(pieces("${*}${?}${$}", ALL), [text("*?$")]);
        assert_eq!(pieces("${", ALL), [text("${")]);
        assert_eq!(pieces("${}", ALL), [text("${}")]);
        assert_eq!(pieces("${a${b}", ALL), [text("${a"), variable("b", None)]);
        assert_eq!(
            pieces("${a, '${*}'}", ALL),
            [text("${a, '*'}")],
            "a default holds no variable"
        );
        let old = Special {
            wildcards: true,
            variables: false,
        };
        assert_eq!(pieces("${a}", old), [text("${a}")]);
    }

    #[test]
    fn a_text_of_openings_is_read_once() {
        for text in ["${", "${*", "${a,"] {
            let hostile = format!("{}}}", text.repeat(300_000));
            assert!(!pieces(&hostile, ALL).is_empty());
        }
    }
}
