//! Expected output, with its wildcards, against what was printed.

/// Whether `actual` is what `expected` describes. Empty lines at either end do not count.
pub fn matches(expected: &[String], actual: &[String]) -> bool {
    lines(trim(expected), trim(actual))
}

fn lines(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first.trim() == "..." => {
            (0..=actual.len()).any(|skipped| lines(rest, actual.get(skipped..).unwrap_or_default()))
        }
        (Some((wanted, wanted_rest)), Some((found, found_rest))) => {
            line(wanted.trim_end(), found.trim_end()) && lines(wanted_rest, found_rest)
        }
        _ => false,
    }
}

fn line(wanted: &str, found: &str) -> bool {
    let Some((before, after)) = wanted.split_once("[..]") else {
        return wanted == found;
    };
    let Some(rest) = found.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| rest.get(at..).is_some_and(|tail| line(after, tail)))
}

fn trim(text: &[String]) -> &[String] {
    let is_said = |line: &String| !line.trim().is_empty();
    let start = text.iter().position(is_said).unwrap_or(text.len());
    let end = text.iter().rposition(is_said).map_or(start, |at| at + 1);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(expected: &str, actual: &str) -> bool {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        matches(&lines(expected), &lines(actual))
    }

    #[test]
    fn dots_stand_for_any_lines_and_brackets_for_any_text() {
        assert!(compare("a\n...\nd", "a\nb\nc\nd"));
        assert!(compare("a\n...\nd", "a\nd"));
        assert!(compare("took [..] s, [..] done", "took 0.3 s, all done"));
        assert!(compare("...", ""));
        assert!(compare("a\n\n", "\na  \n"));
    }

    #[test]
    fn anything_else_must_be_equal() {
        assert!(!compare("a", "a\nb"));
        assert!(!compare("a\nb", "a"));
        assert!(!compare("a\n...\nd", "a\nb\nc"));
        assert!(!compare("took [..] s", "took 3 s."));
        assert!(!compare("", "a"));
    }
}
