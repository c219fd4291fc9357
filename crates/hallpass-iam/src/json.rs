//! A JSON reader that keeps where everything stands, and refuses what hides something.
//!
//! Source: RFC 8259. Duplicate keys are refused: readers disagree on which one counts, and a policy
//! must mean the same to all of them. Depth is bounded, so that no input overflows the stack.

use std::borrow::Cow;
use std::collections::HashSet;

use hallpass_diag::Span;

use crate::error::PolicyError;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) span: Span,
    pub(crate) value: Value<'a>,
}

/// A JSON value. A text is the document's own where it has no escape in it.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Array(Vec<Node<'a>>),
    Bool(bool),
    Null,
    /// As written: policies compare numbers as text or parse them by operator.
    Number(&'a str),
    Object(Vec<Member<'a>>),
    String(Cow<'a, str>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) name_span: Span,
    pub(crate) node: Node<'a>,
}

impl Value<'_> {
    /// What it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Array(_) => "a list",
            Self::Bool(_) => "true or false",
            Self::Null => "null",
            Self::Number(_) => "a number",
            Self::Object(_) => "an object",
            Self::String(_) => "a string",
        }
    }
}

/// Reads one value, with nothing but white space around it.
pub(crate) fn read(text: &str) -> Result<Node<'_>, PolicyError> {
    Reader::new(text, 0).whole()
}

/// The same, but for the items of the list that the outermost object has by this name: each is handed
/// over as soon as it is read, and the list is empty in what is returned. So a long list is never held.
pub(crate) fn read_handing<'a>(
    text: &'a str,
    name: &'static str,
    take: &mut dyn FnMut(Node<'a>),
) -> Result<Node<'a>, PolicyError> {
    let mut reader = Reader::new(text, 0);
    reader.handing = Some(Handing { name, take });
    reader.whole()
}

/// Reads the value that begins at byte `at`, whatever follows it; nothing where only white space is left.
pub(crate) fn read_next(text: &str, at: usize) -> Result<Option<Node<'_>>, PolicyError> {
    let mut reader = Reader::new(text, at);
    reader.skip_space();
    if reader.at >= reader.bytes.len() {
        return Ok(None);
    }
    reader.value().map(Some)
}

/// The names of an object's members, for finding one that stands twice.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// Takes a name that is to follow these members, unless one of them has it.
    fn insert(&mut self, name: &str, members: &[Member<'_>]) -> bool {
        // Looking through a few is quicker than keeping a set of them.
        if members.len() < FEW_MEMBERS {
            return members.iter().all(|member| member.name != name);
        }
        if self.0.is_empty() {
            let names = members.iter().map(|member| member.name.to_string());
            self.0 = names.collect();
        }
        self.0.insert(name.to_owned())
    }
}

/// Who takes the items of a list as they are read.
struct Handing<'a, 'h> {
    name: &'static str,
    take: &'h mut dyn FnMut(Node<'a>),
}

struct Reader<'a, 'h> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    handing: Option<Handing<'a, 'h>>,
}

impl<'a> Reader<'a, '_> {
    const fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at,
            depth: 0,
            handing: None,
        }
    }

    fn whole(&mut self) -> Result<Node<'a>, PolicyError> {
        let node = self.value()?;
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.syntax("the end of the document"));
        }
        Ok(node)
    }

    fn value(&mut self) -> Result<Node<'a>, PolicyError> {
        self.skip_space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => return Err(self.syntax("a value")),
        };
        Ok(Node {
            span: Span::new(start, self.at),
            value,
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, PolicyError>,
    ) -> Result<T, PolicyError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PolicyError::TooDeep {
                max: MAX_DEPTH,
                span: Span::new(self.at, self.at + 1),
            });
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value<'a>, PolicyError> {
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut names = Names::default();
        if self.is_next(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.syntax("a name in double quotes"));
            }
            let name = self.string()?;
            let name_span = Span::new(start, self.at);
            if !names.insert(&name, &members) {
                return Err(PolicyError::DuplicateElement {
                    name: name.into_owned(),
                    span: name_span,
                });
            }
            self.expect(b':', "`:`")?;
            let node = self.member(&name)?;
            members.push(Member {
                name,
                name_span,
                node,
            });
            if self.is_next(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    /// The value of a member.
    fn member(&mut self, name: &str) -> Result<Node<'a>, PolicyError> {
        self.skip_space();
        if self.depth != 1 || self.peek() != Some(b'[') {
            return self.value();
        }
        let Some(handing) = self.handing.take_if(|handing| handing.name == name) else {
            return self.value();
        };
        let start = self.at;
        self.nested(|reader| reader.items(handing.take))?;
        Ok(Node {
            span: Span::new(start, self.at),
            value: Value::Array(Vec::new()),
        })
    }

    fn array(&mut self) -> Result<Value<'a>, PolicyError> {
        let mut items = Vec::new();
        self.items(|item| items.push(item))?;
        Ok(Value::Array(items))
    }

    fn items(&mut self, mut take: impl FnMut(Node<'a>)) -> Result<(), PolicyError> {
        if self.is_next(b']') {
            return Ok(());
        }
        loop {
            take(self.value()?);
            if self.is_next(b']') {
                return Ok(());
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, PolicyError> {
        self.at += 1;
        let text = self.plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(text));
        }
        self.escaped(text).map(Cow::Owned)
    }

    /// A string that goes on after `text` with something else than plain text or its end.
    #[cold]
    fn escaped(&mut self, text: &str) -> Result<String, PolicyError> {
        let mut text = text.to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                    text.push_str(self.plain());
                }
                Some(_) => {
                    return Err(self.syntax("an escape such as `\\n` for a control character"));
                }
                None => return Err(self.syntax("the closing `\"` of a string")),
            }
        }
    }

    /// What stands before the next byte that means something in a string.
    fn plain(&mut self) -> &'a str {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let length = rest.iter().position(is_special).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn escape(&mut self) -> Result<char, PolicyError> {
        let byte = self.peek();
        self.at += 1;
        match byte {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'/') => Ok('/'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.unicode(),
            _ => {
                self.at -= 1;
                Err(self.syntax("one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"))
            }
        }
    }

    fn unicode(&mut self) -> Result<char, PolicyError> {
        let first = self.hex4()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if self.peek() != Some(b'\\') || self.bytes.get(self.at + 1) != Some(&b'u') {
                return Err(self.syntax("the second half of a surrogate pair"));
            }
            self.at += 2;
            let second = self.hex4()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.syntax("the second half of a surrogate pair"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.syntax("a Unicode scalar value"))
    }

    fn hex4(&mut self) -> Result<u32, PolicyError> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.syntax("four hexadecimal digits"))?;
        self.at += 4;
        Ok(digits)
    }

    fn number(&mut self) -> Result<&'a str, PolicyError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_json_number(text) {
            Ok(text)
        } else {
            self.at = start;
            Err(self.syntax("a number as JSON writes it"))
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, PolicyError> {
        if self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word))
        {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.syntax("a value"))
        }
    }

    fn expect(&mut self, byte: u8, wanted: &'static str) -> Result<(), PolicyError> {
        if self.is_next(byte) {
            Ok(())
        } else {
            Err(self.syntax(wanted))
        }
    }

    /// Skips white space, and the byte if it comes next.
    fn is_next(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn syntax(&self, wanted: &'static str) -> PolicyError {
        let next = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next());
        let found = next.map_or_else(
            || "the end of the document".to_owned(),
            |c| format!("`{}`", c.escape_default()),
        );
        // A whole character: what shows the place cuts the text there.
        let length = next.map_or(0, char::len_utf8);
        PolicyError::Syntax {
            wanted,
            found,
            span: Span::new(self.at, self.at + length),
        }
    }
}

/// RFC 8259, section 6.
fn is_json_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent
            .is_none_or(|exponent| is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

const FEW_MEMBERS: usize = 16;
// The deepest valid policy has six levels.
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_serde_json_on_what_is_json() {
        for text in [
            r#"{"a": [1, -2.5e3, true, null, "x\u00e9\ud83d\ude00\n"]}"#,
            "[]",
            " {} ",
            "0",
            "-0",
            "1E9",
            r#""""#,
            "",
            "{",
            "[1,]",
            "{\"a\":}",
            "01",
            "1.",
            ".5",
            "+1",
            "tru",
            "\"\\x\"",
            "\"\u{1}\"",
            "\"\\ud800\"",
            "[1] 2",
            "{a:1}",
            "nul",
            "\"",
            "[",
            "1e",
            "--1",
        ] {
            assert_eq!(
                read(text).is_ok(),
                serde_json::from_str::<serde_json::Value>(text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_duplicate_keys_and_depth() {
        assert!(matches!(
            read(r#"{"a":1,"a":2}"#),
            Err(PolicyError::DuplicateElement { .. })
        ));
        let deep = "[".repeat(100_000);
        assert!(matches!(read(&deep), Err(PolicyError::TooDeep { .. })));
    }

    #[test]
    fn a_fault_spans_the_whole_character() {
        let text = "{ތ:1}";
        let span = read(text).unwrap_err().span();
        assert_eq!(text.get(span.start..span.end), Some("ތ"));
    }
}
