//! Lines and columns for people, from byte offsets.

use std::fmt;

/// A place in a text, counted as editors count: from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where each line of a text starts, so that many offsets are looked up cheaply.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// How many characters begin before each [`BLOCK`] bytes: a text may be one long line.
    characters: Vec<usize>,
}

impl LineIndex {
    /// Reads the lines of `text`.
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut count = 0;
        let mut characters = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            count += characters_of(block);
            characters.push(count);
        }
        Self { starts, characters }
    }

    /// The position of byte `offset` of `text`, which must be the text that the index was made of.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let column = self.before(text, offset) - self.before(text, start) + 1;
        Position { line, column }
    }

    /// How many characters begin before an offset.
    fn before(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        let counted = self.characters.get(block).copied().unwrap_or_default();
        let rest = text.as_bytes().get(block * BLOCK..offset);
        counted + characters_of(rest.unwrap_or_default())
    }
}

/// Continuation bytes are no characters of their own.
fn characters_of(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

const BLOCK: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let text = "a\nbé c\n";
        let index = LineIndex::new(text);
        let at = |offset| index.position(text, offset).to_string();
        assert_eq!(at(0), "1:1");
        assert_eq!(at(2), "2:1");
        assert_eq!(at(6), "2:4");
        assert_eq!(at(text.len()), "3:1");
        assert_eq!(at(1000), "3:1");
    }

    #[test]
    fn a_long_line_is_counted_as_a_short_one() {
        let text = format!("é\n{}", "aé".repeat(10_000));
        let index = LineIndex::new(&text);
        for (count, (at, _)) in text.char_indices().skip(2).enumerate() {
            let expected = Position {
                line: 2,
                column: count + 1,
            };
            assert_eq!(index.position(&text, at), expected);
        }
    }
}
