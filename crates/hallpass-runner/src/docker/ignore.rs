//! `.dockerignore`: what of a folder is no part of the build.

use crate::glob;

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignore(Vec<(String, bool)>);

impl Ignore {
    pub(super) fn parse(text: &str) -> Self {
        Self(
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .take(MAX_PATTERNS)
                .map(|line| match line.strip_prefix('!') {
                    Some(line) => (line.trim().trim_matches('/').to_owned(), false),
                    None => (line.trim_matches('/').to_owned(), true),
                })
                .collect(),
        )
    }

    /// Whether a file is left out: the last pattern decides that matches it or a folder that it is in.
    pub(super) fn has(&self, path: &str) -> bool {
        let mut is = false;
        for (pattern, ignores) in &self.0 {
            let ends = path
                .match_indices('/')
                .map(|(at, _)| at)
                .chain([path.len()]);
            let hits = ends
                .filter_map(|end| path.get(..end))
                .any(|part| glob::matches(pattern, part));
            if hits {
                is = *ignores;
            }
        }
        is
    }
}

const MAX_PATTERNS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_decides() {
        let ignore = Ignore::parse("# no\n*.md\n!README.md\nnode_modules\n**/*.log\n/secret/\n");
        for (path, wanted) in [
            ("a.md", true),
            ("README.md", false),
            ("d/a.md", false),
            ("node_modules/a/b", true),
            ("d/node_modules/a", false),
            ("x/y.log", true),
            ("secret/key", true),
            ("app/a", false),
        ] {
            assert_eq!(ignore.has(path), wanted, "{path}");
        }
    }
}
