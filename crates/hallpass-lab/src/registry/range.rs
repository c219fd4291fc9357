//! Byte ranges: of downloads, and of the chunks of an upload.
//!
//! Source: RFC 9110, section 14; OCI Distribution Specification 1.1, "Pushing a blob in chunks".

/// What a `Range` header asks of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// These bytes, first and last.
    Part(u64, u64),
    /// No byte that is there.
    Unsatisfiable,
    /// All of it. A range that cannot be understood, or several, may be ignored.
    Whole,
}

/// Reads a `Range` header for a body of `size` bytes.
pub(super) fn wish(header: Option<&str>, size: u64) -> Wish {
    let Some((first, last)) = header
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return Wish::Whole;
    };
    let part = match (number(first), number(last)) {
        (None, Some(suffix)) if first.trim().is_empty() => {
            let first = size.saturating_sub(suffix);
            (suffix > 0 && size > 0).then(|| (first, size - 1))
        }
        (Some(first), None) if last.trim().is_empty() => (first < size).then(|| (first, size - 1)),
        (Some(first), Some(last)) if first <= last => {
            (first < size).then(|| (first, last.min(size - 1)))
        }
        _ => return Wish::Whole,
    };
    part.map_or(Wish::Unsatisfiable, |(first, last)| Wish::Part(first, last))
}

/// Reads the `Content-Range` of a chunk: `0-99`, or as HTTP writes it, `bytes 0-99/*`.
pub(super) fn chunk(header: &str) -> Option<(u64, u64)> {
    let text = header.trim();
    let text = text
        .strip_prefix("bytes")
        .map_or(text, |rest| rest.trim_start_matches(['=', ' ']));
    let text = text.split_once('/').map_or(text, |(range, _)| range);
    let (first, last) = text.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_downloads() {
        for (header, wanted) in [
            ("bytes=0-0", Wish::Part(0, 0)),
            ("bytes=2-5", Wish::Part(2, 5)),
            ("bytes=2-99", Wish::Part(2, 9)),
            ("bytes=2-", Wish::Part(2, 9)),
            ("bytes=-3", Wish::Part(7, 9)),
            ("bytes=-99", Wish::Part(0, 9)),
            ("bytes=10-", Wish::Unsatisfiable),
            ("bytes=10-11", Wish::Unsatisfiable),
            ("bytes=-0", Wish::Unsatisfiable),
            ("bytes=5-2", Wish::Whole),
            ("bytes=0-1,3-4", Wish::Whole),
            ("bytes=-", Wish::Whole),
            ("bytes=+1-2", Wish::Whole),
            ("bytes=99999999999999999999-", Wish::Whole),
            ("lines=1-2", Wish::Whole),
        ] {
            assert_eq!(wish(Some(header), 10), wanted, "{header}");
        }
        assert_eq!(wish(None, 10), Wish::Whole);
        assert_eq!(wish(Some("bytes=0-"), 0), Wish::Unsatisfiable);
        assert_eq!(wish(Some("bytes=-1"), 0), Wish::Unsatisfiable);
    }

    #[test]
    fn ranges_of_chunks() {
        assert_eq!(chunk("0-99"), Some((0, 99)));
        assert_eq!(chunk("bytes 5-9/10"), Some((5, 9)));
        assert_eq!(chunk("bytes=5-9/*"), Some((5, 9)));
        for wrong in ["", "-", "9-5", "a-b", "5", "-5", "5-", "1-2-3"] {
            assert_eq!(chunk(wrong), None, "{wrong}");
        }
    }
}
