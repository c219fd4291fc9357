//! Several texts in one.

/// The texts between the lines of `---`; empty where there are fewer.
pub(crate) fn sections<const N: usize>(input: &[u8]) -> Option<[&str; N]> {
    let text = std::str::from_utf8(input).ok()?;
    let mut found = [""; N];
    for (place, section) in found.iter_mut().zip(text.splitn(N, "\n---\n")) {
        *place = section;
    }
    Some(found)
}
