//! Masks: secrets, and the forms in which they would show, become `***`.
//!
//! As the runner does, each line of a secret is masked by itself, and the value also as base64 (at each of
//! the three places that it can have in a longer text), as JSON, as a part of a URL and of XML.

use std::fmt::Write as _;

/// What must not be shown.
#[derive(Clone, Default)]
pub struct Masks {
    /// The longest first, so that a part never leaves the rest of the whole.
    texts: Vec<String>,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masks({})", self.texts.len())
    }
}

impl Masks {
    /// Masks a value from here on.
    pub fn add(&mut self, value: &str) {
        self.add_text(value);
        for line in value.lines() {
            self.add_text(line);
        }
        for form in forms(value) {
            self.add_text(&form);
        }
        self.texts
            .sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        self.texts.dedup();
    }

    /// The text with each secret masked.
    pub fn apply(&self, text: &str) -> String {
        let mut hidden: Vec<(usize, usize)> = Vec::new();
        for secret in &self.texts {
            hidden.extend(
                text.match_indices(secret.as_str())
                    .map(|(at, found)| (at, at + found.len())),
            );
        }
        if hidden.is_empty() {
            return text.to_owned();
        }
        hidden.sort_unstable();
        let mut shown = String::with_capacity(text.len());
        let mut until: Option<usize> = None;
        for (start, end) in hidden {
            // Secrets that overlap or touch are one.
            if until.is_none_or(|until| start > until) {
                shown.push_str(
                    text.get(until.unwrap_or_default()..start)
                        .unwrap_or_default(),
                );
                shown.push_str("***");
            }
            until = Some(until.unwrap_or_default().max(end));
        }
        shown.push_str(text.get(until.unwrap_or_default()..).unwrap_or_default());
        shown
    }

    /// Whether a text shows a secret.
    pub fn hide(&self, text: &str) -> bool {
        self.texts
            .iter()
            .any(|secret| text.contains(secret.as_str()))
    }

    fn add_text(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']);
        // A mask of white space would make the log unreadable and hide nothing.
        if !text.trim().is_empty() && self.texts.len() < MAX_MASKS {
            self.texts.push(text.to_owned());
        }
    }
}

/// The other forms in which a value shows.
fn forms(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let mut forms = Vec::new();
    for shift in 0..3 {
        let whole = bytes.get(shift..).unwrap_or_default();
        // What follows the value changes the last digits of a group that is not full.
        let full = whole
            .get(..whole.len() - whole.len() % 3)
            .unwrap_or_default();
        if full.len() >= SHORTEST_GROUP {
            forms.push(base64(full));
        }
    }
    // At the end of a text, the last group is padded.
    forms.push(base64(bytes));
    let json = serde_json::to_string(value).unwrap_or_default();
    if let Some(inside) = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
    {
        forms.push(inside.to_owned());
    }
    forms.push(percent(value));
    forms.push(value.replace('\'', "''"));
    forms.push(
        value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;"),
    );
    if let Some(inside) = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
    {
        forms.push(inside.to_owned());
    }
    forms
}

fn percent(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let at = (bits >> (18 - 6 * digit)) & 63;
            let letter = DIGITS.get(at as usize).copied().unwrap_or(b'=');
            encoded.push(if digit <= group.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    encoded
}

const MAX_MASKS: usize = 10_000;
// Four digits of base64 occur by chance in any log.
const SHORTEST_GROUP: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_values_lines_and_forms() {
        let mut masks = Masks::default();
        masks.add("first line\nsecond line\n");
        masks.add("p@ss\"word");
        for (text, wanted) in [
            ("x first line y", "x *** y"),
            ("second line", "***"),
            ("nothing", "nothing"),
            ("p@ss\"word", "***"),
            (r#"{"a":"p@ss\"word"}"#, r#"{"a":"***"}"#),
            ("?a=p%40ss%22word&b", "?a=***&b"),
            ("p@ss&quot;word", "***"),
            ("p@ss\"wordp@ss\"word", "***"),
            ("p@ss\"word p@ss\"word", "*** ***"),
            ("", ""),
        ] {
            assert_eq!(masks.apply(text), wanted, "{text}");
            assert_eq!(masks.hide(text), text != wanted);
        }
    }

    #[test]
    fn hides_base64_wherever_it_starts() {
        let mut masks = Masks::default();
        masks.add("AKIAEXAMPLESECRET");
        for before in ["", "a", "ab", "abc"] {
            let text = base64(format!("{before}AKIAEXAMPLESECRET!!").as_bytes());
            assert!(masks.apply(&text).contains("***"), "{text}");
        }
        assert_eq!(base64(b"AWS:x"), "QVdTOng=");
        assert_eq!(base64(b"AWS:xy"), "QVdTOnh5");
        assert_eq!(base64(b"a"), "YQ==");
    }

    #[test]
    fn the_longer_secret_wins() {
        let mut masks = Masks::default();
        masks.add("abc");
        masks.add("abcdef");
        masks.add("cdexyz");
        assert_eq!(masks.apply("-abcdefg-abc-"), "-***g-***-");
        assert_eq!(masks.apply("abcdexyz!"), "***!");
        masks.add(" \n");
        assert_eq!(masks.apply("a b"), "a b");
    }
}
