//! Session tokens, for the fuzz targets.

use crate::sessions::Sealer;

/// A session token that nobody sealed must not open.
///
/// # Panics
///
/// When it does.
pub fn sealed(input: &[u8]) {
    let (Ok(text), Ok(sealer)) = (std::str::from_utf8(input), Sealer::new(&[7; 32])) else {
        return;
    };
    assert!(sealer.open_session(text).is_none(), "nobody sealed this");
}
