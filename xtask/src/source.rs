//! Rust source as the tidy rules see it: comments, and where asked strings, blanked out.
//!
//! A lexer just good enough to tell the three apart. Every byte keeps its place, so that offsets and
//! lines in a view are those of the file.

/// What a view does with string literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strings {
    Blanked,
    Kept,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// `text` with comments, and perhaps strings, replaced by spaces.
pub(crate) fn view(text: &str, strings: Strings) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut rest = chars.as_slice();
    let mut out = String::with_capacity(text.len());
    while !rest.is_empty() {
        let (kind, length) = token(rest);
        let (head, tail) = rest.split_at(length.clamp(1, rest.len()));
        let is_kept = kind == Kind::Code || (kind == Kind::Literal && strings == Strings::Kept);
        for &letter in head {
            if is_kept || letter == '\n' {
                out.push(letter);
            } else {
                out.extend(std::iter::repeat_n(' ', letter.len_utf8()));
            }
        }
        rest = tail;
    }
    out
}

/// `view` without the bodies of `#[cfg(test)]` modules: what is shipped.
pub(crate) fn shipped(text: &str, strings: Strings) -> String {
    let mut out = view(text, strings);
    let structure = view(text, Strings::Blanked);
    for (start, _) in structure.match_indices("#[cfg(test)]") {
        let length = item_length(structure.get(start..).unwrap_or_default());
        let blank = " ".repeat(length);
        if out.is_char_boundary(start) && out.is_char_boundary(start + length) {
            out.replace_range(start..start + length, &blank);
        }
    }
    out
}

/// The 1-based line of byte `offset`.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|&byte| byte == b'\n')
        .count()
        + 1
}

/// The first body of a function in `structure` (a view with strings blanked): its offset and name.
pub(crate) fn first_function_body(structure: &str) -> Option<(usize, String)> {
    structure.match_indices("fn ").find_map(|(start, word)| {
        let before = structure.get(..start)?.chars().next_back();
        if before.is_some_and(is_word) {
            return None;
        }
        let after = structure.get(start + word.len()..)?;
        let name: String = after
            .chars()
            .take_while(|&letter| is_word(letter))
            .collect();
        let is_defined = !name.is_empty() && opens_body(after);
        is_defined.then_some((start, name))
    })
}

/// Whether the item that starts here has a body: whether `{` comes before `;`, brackets apart.
fn opens_body(text: &str) -> bool {
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return true,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// The bytes of the item at the start of `structure`: to its closing brace, or its semicolon.
fn item_length(structure: &str) -> usize {
    let mut depth = 0_usize;
    for (offset, letter) in structure.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth <= 1 => return offset + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return offset + 1,
            _ => {}
        }
    }
    structure.len()
}

fn token(rest: &[char]) -> (Kind, usize) {
    match rest {
        ['/', '/', ..] => (Kind::Comment, until(rest, |letter| letter == '\n')),
        ['/', '*', ..] => (Kind::Comment, block_comment(rest)),
        ['"', ..] => (Kind::Literal, quoted(rest, '"')),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => (Kind::Literal, quoted(rest, '\'')),
        [first, ..] if is_word(*first) => {
            let length = until(rest, |letter| !is_word(letter));
            let (word, after) = rest.split_at(length);
            let hashes = until(after, |letter| letter != '#');
            let is_raw = matches!(word, ['r'] | ['b' | 'c', 'r']);
            if is_raw && after.get(hashes) == Some(&'"') {
                (Kind::Literal, length + raw(after, hashes))
            } else {
                (Kind::Code, length)
            }
        }
        _ => (Kind::Code, 1),
    }
}

fn until(rest: &[char], stops: impl Fn(char) -> bool) -> usize {
    rest.iter()
        .position(|&letter| stops(letter))
        .unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(tail) = rest.get(at..) {
        match tail {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            [] => break,
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut is_escaped = false;
    for (at, &letter) in rest.iter().enumerate().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if letter == '\\' {
            is_escaped = true;
        } else if letter == quote {
            return at + 1;
        }
    }
    rest.len()
}

fn raw(after: &[char], hashes: usize) -> usize {
    let is_end = |window: &[char]| matches!(window, ['"', tail @ ..] if tail.iter().all(|&letter| letter == '#'));
    after
        .windows(hashes + 1)
        .skip(hashes + 1)
        .position(is_end)
        .map_or(after.len(), |at| at + 2 * (hashes + 1))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_keeps_every_byte_in_place() {
        let text = "a // é \"x\"\nb /* c /* d */ e */ f";
        let seen = view(text, Strings::Kept);
        assert_eq!(seen.len(), text.len());
        assert_eq!(seen.split_whitespace().collect::<String>(), "abf");
    }

    #[test]
    fn tells_strings_from_comments_lifetimes_and_characters() {
        let text = r###"x("//", '"', '\'', r#"/* "# , br##"y"# "##) 'a: 'static // gone"###;
        let kept = view(text, Strings::Kept);
        assert_eq!(kept.trim_end(), text.strip_suffix(" // gone").unwrap());
        let blanked = view(text, Strings::Blanked);
        assert_eq!(
            blanked.split_whitespace().collect::<Vec<_>>().join(""),
            "x(,,,,)'a:'static"
        );
    }

    #[test]
    fn leaves_test_modules_out_of_what_is_shipped() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"}\" } }\nfn c() {}";
        let seen = shipped(text, Strings::Kept);
        assert!(seen.contains("fn a") && seen.contains("fn c") && !seen.contains("fn b"));
        assert_eq!(seen.len(), text.len());
    }

    #[test]
    fn finds_a_body_but_neither_a_declaration_nor_a_pointer() {
        let bodiless =
            "type F = fn (u8) -> u8;\ntrait T { fn a(&self) -> [u8; 4]; }\nconst FN: u8 = 1;";
        assert_eq!(first_function_body(bodiless), None);
        let text = "mod a;\npub const fn b(x: [u8; 4]) -> u8\nwhere u8: Copy { 1 }";
        let (at, name) = first_function_body(text).unwrap();
        assert_eq!((line_at(text, at), name.as_str()), (2, "b"));
    }
}
