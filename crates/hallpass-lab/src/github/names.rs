//! Which names GitHub takes.
//!
//! Sources: GitHub Docs, "Secrets reference" and "Variables reference", naming; git's
//! `check-ref-format`; the forms that GitHub asks for owners and repositories.

/// A login: letters, digits and single hyphens, at most 39, no hyphen first or last.
pub(super) fn is_login(name: &str) -> bool {
    let is_made_of = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_made_of
        && (1..=39).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// A repository's name, without its owner's.
pub(super) fn is_repository(name: &str) -> bool {
    let is_made_of = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_made_of && (1..=100).contains(&name.len()) && name != "." && name != ".."
}

/// `OWNER/NAME`, taken apart.
pub(super) fn full_name(name: &str) -> Option<(&str, &str)> {
    let (owner, name) = name.split_once('/')?;
    (is_login(owner) && is_repository(name)).then_some((owner, name))
}

/// The name of a secret or a variable; the error says what is wrong.
pub(super) fn check_secret(name: &str) -> Result<(), &'static str> {
    let is_made_of = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || !is_made_of {
        return Err(
            "can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        );
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("must not start with a number.");
    }
    if name.to_ascii_uppercase().starts_with("GITHUB_") {
        return Err("must not start with GITHUB_.");
    }
    if name.len() > MAX_NAME {
        return Err("is too long (maximum is 255 characters)");
    }
    Ok(())
}

/// A whole ref, such as `refs/heads/main`.
pub(super) fn is_ref(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("refs/") else {
        return false;
    };
    let is_component = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.as_bytes().ends_with(b".lock")
    };
    let forbidden = |byte: u8| byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte);
    rest.contains('/')
        && name.len() <= MAX_NAME
        && rest.split('/').all(is_component)
        && !name.bytes().any(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
}

/// The path of a file in a repository.
pub(super) fn is_path(path: &str) -> bool {
    let is_component = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git")
    };
    path.len() <= MAX_PATH
        && path.split('/').count() <= MAX_DEPTH
        && path.split('/').all(is_component)
        && !path.contains('\0')
}

/// An environment's name.
pub(super) fn is_environment(name: &str) -> bool {
    let is_printed = !name.chars().any(char::is_control);
    is_printed && (1..=MAX_NAME).contains(&name.chars().count()) && name.trim() == name
}

const MAX_NAME: usize = 255;
const MAX_PATH: usize = 1024;
// Folders within folders; naming a tree goes down as deep as this.
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_and_repositories() {
        for (name, wanted) in [
            ("acme/app", true),
            ("Acme-Corp/my.app_1", true),
            ("acme", false),
            ("acme/", false),
            ("/app", false),
            ("-acme/app", false),
            ("acme-/app", false),
            ("a--b/app", false),
            ("acme/..", false),
            ("acme/a b", false),
            ("acme/a/b", false),
            ("ac_me/app", false),
        ] {
            assert_eq!(full_name(name).is_some(), wanted, "{name}");
        }
    }

    #[test]
    fn secrets() {
        for (name, wanted) in [
            ("AWS_KEY", true),
            ("_a1", true),
            ("", false),
            ("1A", false),
            ("A-B", false),
            ("GITHUB_X", false),
            ("github_x", false),
            ("GITHUB", true),
        ] {
            assert_eq!(check_secret(name).is_ok(), wanted, "{name}");
        }
    }

    #[test]
    fn refs_and_paths() {
        for (name, wanted) in [
            ("refs/heads/main", true),
            ("refs/heads/a/b", true),
            ("refs/pull/1/merge", true),
            ("refs/tags/v1.0", true),
            ("refs/heads", false),
            ("refs/heads/", false),
            ("heads/main", false),
            ("refs/heads/a..b", false),
            ("refs/heads/a b", false),
            ("refs/heads/.a", false),
            ("refs/heads/a.lock", false),
        ] {
            assert_eq!(is_ref(name), wanted, "{name}");
        }
        for (path, wanted) in [
            ("a", true),
            (".github/workflows/ci.yml", true),
            ("", false),
            ("/a", false),
            ("a//b", false),
            ("../a", false),
            ("a/.git/config", false),
        ] {
            assert_eq!(is_path(path), wanted, "{path}");
        }
    }
}
