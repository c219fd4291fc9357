//! Where two texts differ, for the eye.

/// Both texts, what differs set in brackets: `id/AB[CD]`.
pub(super) fn marked(left: &str, right: &str) -> (String, String) {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let start = common(left.iter(), right.iter());
    let longest = left.len().min(right.len()) - start;
    let end = common(left.iter().rev(), right.iter().rev()).min(longest);
    let mark = |text: &[char]| {
        let until = text.len() - end;
        let part = |from: usize, to: usize| -> String {
            text.get(from..to).unwrap_or_default().iter().collect()
        };
        format!(
            "{}[{}]{}",
            part(0, start),
            part(start, until),
            part(until, text.len())
        )
    };
    (mark(&left), mark(&right))
}

fn common<'a>(
    left: impl Iterator<Item = &'a char>,
    right: impl Iterator<Item = &'a char>,
) -> usize {
    left.zip(right).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_what_differs() {
        for (left, right, wanted) in [
            ("id/ABCD", "id/ABXD", ("id/AB[C]D", "id/AB[X]D")),
            ("a", "a/", ("a[]", "a[/]")),
            ("https://a", "a", ("[https://]a", "[]a")),
            ("aa", "aaa", ("aa[]", "aa[a]")),
            ("", "x", ("[]", "[x]")),
        ] {
            let (a, b) = marked(left, right);
            assert_eq!((a.as_str(), b.as_str()), wanted);
        }
    }
}
