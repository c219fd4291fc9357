//! Patterns of files, as `hashFiles` and `.dockerignore` have them: `*`, `?`, `[a-z]`, `**`.

/// Whether a path, with `/` between its parts, matches.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts(&pattern, &path)
}

/// By dynamic programming, so that `**/**/**` costs no more than its length times the path's.
fn parts(pattern: &[&str], path: &[&str]) -> bool {
    let mut row = vec![false; path.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        for at in 0..=path.len() {
            let here = row.get(at).copied().unwrap_or_default();
            let before = at.checked_sub(1);
            let is = if *part == "**" {
                here || before.is_some_and(|before| next.get(before).copied().unwrap_or_default())
            } else {
                before.is_some_and(|before| {
                    row.get(before).copied().unwrap_or_default()
                        && path.get(before).is_some_and(|name| segment(part, name))
                })
            };
            if let Some(cell) = next.get_mut(at) {
                *cell = is;
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn segment(pattern: &str, name: &str) -> bool {
    let tokens = tokens(pattern);
    let name: Vec<char> = name.chars().collect();
    let mut row = vec![false; name.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for token in &tokens {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            let before = at.checked_sub(1);
            let from = |row: &[bool], at: Option<usize>| {
                at.and_then(|at| row.get(at)).copied().unwrap_or_default()
            };
            let letter = before.and_then(|before| name.get(before)).copied();
            let is = match token {
                Token::Any => from(&row, Some(at)) || from(&next, before),
                Token::One => from(&row, before) && letter.is_some(),
                Token::Letter(wanted) => from(&row, before) && letter == Some(*wanted),
                Token::Set { not, ranges } => {
                    from(&row, before)
                        && letter.is_some_and(|letter| {
                            ranges
                                .iter()
                                .any(|(low, high)| (*low..=*high).contains(&letter))
                                != *not
                        })
                }
            };
            if let Some(cell) = next.get_mut(at) {
                *cell = is;
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

enum Token {
    Any,
    Letter(char),
    One,
    Set {
        not: bool,
        ranges: Vec<(char, char)>,
    },
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => tokens.push(Token::Any),
            '?' => tokens.push(Token::One),
            '\\' => tokens.push(Token::Letter(letters.next().unwrap_or('\\'))),
            '[' if letters.clone().skip(1).any(|letter| letter == ']') => {
                let not = letters
                    .next_if(|letter| matches!(letter, '!' | '^'))
                    .is_some();
                let mut ranges = Vec::new();
                let mut is_first = true;
                while let Some(low) = letters.next() {
                    if low == ']' && !is_first {
                        break;
                    }
                    is_first = false;
                    let mut ahead = letters.clone();
                    let high = (ahead.next() == Some('-'))
                        .then(|| ahead.next())
                        .flatten()
                        .filter(|high| *high != ']');
                    if high.is_some() {
                        letters = ahead;
                    }
                    ranges.push((low, high.unwrap_or(low)));
                }
                tokens.push(Token::Set { not, ranges });
            }
            _ => tokens.push(Token::Letter(letter)),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_the_toolkit_does() {
        for (pattern, path, wanted) in [
            ("**/package-lock.json", "package-lock.json", true),
            ("**/package-lock.json", "a/b/package-lock.json", true),
            ("*.txt", "a.txt", true),
            ("*.txt", "b/a.txt", false),
            ("a/**", "a/b/c", true),
            ("a/**", "b/a", false),
            ("a/**/b", "a/b", true),
            ("./a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("**", "", true),
            ("*", "", false),
            ("[", "[", true),
        ] {
            assert_eq!(matches(pattern, path), wanted, "{pattern} {path}");
        }
        assert!(!matches(&format!("{}b", "a*".repeat(60)), &"a".repeat(200)));
    }
}
