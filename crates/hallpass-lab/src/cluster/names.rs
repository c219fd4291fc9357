//! Names of objects: which are valid, and how the cluster makes its own.
//!
//! Source: Kubernetes documentation, "Object Names and IDs"; k8s.io/apimachinery's
//! `util/validation` for the words and `names.SimpleNameGenerator` for generated names.

use hallpass_types::Chance;

/// Whether `text` is a label of RFC 1123: the names of namespaces, containers and volumes.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_part(text)
}

/// Whether `text` is a subdomain of RFC 1123: the names of nearly all else.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_part)
}

/// Why `text` can be no part of a path: the one rule for the names of roles and their bindings.
pub(super) fn path_segment_fault(text: &str) -> Option<&'static str> {
    if matches!(text, "." | "..") {
        Some("may not be '.' or '..'")
    } else if text.contains('/') {
        Some("may not contain '/'")
    } else if text.contains('%') {
        Some("may not contain '%'")
    } else {
        None
    }
}

/// Lower-case letters and digits, and `-` between them.
fn is_part(text: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(|byte| is_lower_alphanumeric(*byte));
    let bytes = text.as_bytes();
    is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| is_lower_alphanumeric(*byte) || *byte == b'-')
}

/// Whether `text` is a qualified name: the keys of labels and annotations.
pub(super) fn is_qualified(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Whether `text` can be the value of a label.
pub(super) fn is_label_value(text: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// A name that begins with `base` and ends in five random characters.
pub(super) fn generate(base: &str, chance: &dyn Chance) -> String {
    // Names are ASCII; a base that is not is refused by what validates the whole name.
    let base: String = base.chars().take(MAX_BASE).collect();
    format!("{base}{}", suffix(chance))
}

fn suffix(chance: &dyn Chance) -> String {
    let mut text = String::new();
    let mut bytes = [0; 16];
    while text.len() < SUFFIX {
        chance.fill(&mut bytes);
        // What lies past the last whole run of the alphabet would make its first letters likelier.
        let fair = bytes
            .iter()
            .filter(|byte| usize::from(**byte) < 9 * ALPHABET.len());
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        text.extend(
            letters
                .take(SUFFIX - text.len())
                .map(|letter| char::from(*letter)),
        );
    }
    text
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Why a text is no label.
pub(super) const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
/// Why a text is no subdomain.
pub(super) const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
/// Why a text is no qualified name.
pub(super) const QUALIFIED_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
/// Why a text is no label's value.
pub(super) const LABEL_VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

// Without vowels, so that no words come out, and without 0, 1 and 3, which are read as letters.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const SUFFIX: usize = 5;
const MAX_BASE: usize = 58;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SystemChance;

    #[test]
    fn tells_valid_names() {
        for name in ["a", "a-1", "0", &"a".repeat(63)] {
            assert!(is_label(name) && is_subdomain(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "a.b", &"a".repeat(64), "ä"] {
            assert!(!is_label(name), "{name}");
        }
        assert!(is_subdomain("a.b-c.d"));
        for name in ["", ".", "..", "a..b", ".a", "a.", "a.-b", "a/b"] {
            assert!(!is_subdomain(name), "{name}");
        }
        for key in ["a", "eks.amazonaws.com/role-arn", "A_b.c"] {
            assert!(is_qualified(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "-a", "a b"] {
            assert!(!is_qualified(key), "{key}");
        }
        assert!(is_label_value("") && !is_label_value("a b"));
    }

    #[test]
    fn generated_names_are_valid_and_differ() {
        let one = generate("runner-", &SystemChance);
        assert!(is_label(&one) && one.len() == "runner-".len() + 5, "{one}");
        assert_ne!(one, generate("runner-", &SystemChance));
        assert_eq!(generate(&"a".repeat(100), &SystemChance).len(), 63);
    }
}
