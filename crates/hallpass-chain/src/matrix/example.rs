//! A text that a pattern matches.

/// The shortest texts that a pattern stands for, likely ones first: with each wildcard left out where
/// it may be, and with each in its place a `1`, which is at home in branches, tags and names alike.
pub(super) fn examples(pattern: &str) -> Vec<String> {
    let filled: String = pattern
        .chars()
        .map(|c| if matches!(c, '*' | '?') { '1' } else { c })
        .collect();
    let shortest = pattern.replace('*', "").replace('?', "1");
    let is_name = |text: &str| !text.is_empty() && !text.ends_with(['/', '-', '.', '_']);
    let mut texts = vec![filled];
    if pattern.contains('*') && is_name(&shortest) {
        texts.insert(0, shortest);
    }
    texts
}

/// The first example.
pub(super) fn example(pattern: &str) -> String {
    examples(pattern).into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_its_own_example_and_a_star_is_something_or_nothing() {
        for (pattern, texts) in [
            ("main", vec!["main"]),
            ("release/*", vec!["release/1"]),
            ("app*", vec!["app", "app1"]),
            ("v?.*", vec!["v1.1"]),
            ("*", vec!["1"]),
        ] {
            assert_eq!(examples(pattern), texts, "{pattern}");
        }
    }
}
