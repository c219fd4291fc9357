//! Names: of repositories, of tags, and of what a manifest's path refers to.
//!
//! Source: Amazon ECR API Reference, `CreateRepository`; OCI Distribution Specification 1.1, "Pulling
//! manifests". Nothing that fits these grammars can leave a folder.

use std::fmt;

use super::digest::Digest;

/// A repository's name, with slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepositoryName(String);

impl RepositoryName {
    /// What ECR's error says a name must match.
    pub(crate) const PATTERN: &'static str =
        "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

    /// Reads a name of 2 to 256 characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_name = (2..=256).contains(&text.len()) && text.split('/').all(is_component);
        is_name.then(|| Self(text.to_owned()))
    }

    /// As written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An image's tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

impl Tag {
    /// Reads a tag of at most 128 characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_tag = (1..=128).contains(&text.len())
            && text.bytes().next().is_some_and(is_word)
            && text
                .bytes()
                .all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'));
        is_tag.then(|| Self(text.to_owned()))
    }

    /// As written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What names an image within its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The manifest's digest.
    Digest(Digest),
    /// A tag.
    Tag(Tag),
}

impl Reference {
    /// Reads a digest or a tag; a colon is in every digest and in no tag.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.contains(':') {
            Digest::parse(text).map(Self::Digest)
        } else {
            Tag::parse(text).map(Self::Tag)
        }
    }
}

/// Lower-case words, joined by single dots, underscores or hyphens.
fn is_component(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    };
    text.split(['.', '_', '-']).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_have_ecrs_form() {
        for name in ["ab", "my-app", "team/my_app.v2", "a/b/c1"] {
            assert!(RepositoryName::parse(name).is_some(), "{name}");
        }
        let long = "a".repeat(257);
        for name in [
            "", "a", "A", "My-app", "my--app", "my__app", "-app", "app-", "/app", "app/", "a//b",
            "../etc", "a/../b", "my app", "ä-app", "app@x", "app\0", &long,
        ] {
            assert!(RepositoryName::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn references_are_tags_or_digests() {
        let digest = Digest::of(b"x");
        assert_eq!(
            Reference::parse(digest.as_str()),
            Some(Reference::Digest(digest))
        );
        for tag in ["v1", "_x", "1.2.3-rc_1", "Latest"] {
            assert!(
                matches!(Reference::parse(tag), Some(Reference::Tag(_))),
                "{tag}"
            );
        }
        let long = "a".repeat(129);
        for wrong in ["", ".x", "-x", "a/b", "a b", "sha256:1", "v1:2", &long] {
            assert_eq!(Reference::parse(wrong), None, "{wrong}");
        }
    }
}
