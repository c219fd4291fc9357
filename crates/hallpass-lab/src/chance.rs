//! The operating system's randomness, and the identifiers made of it.

use hallpass_types::Chance;

/// Random bytes of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the lab that asks the system for randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        // INVARIANT: the system's generator does not fail once the process has started; were it to,
        // zeros must never be handed out as a key.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A version 4 UUID (RFC 9562), as AWS writes request IDs.
pub(crate) fn uuid(chance: &dyn Chance) -> String {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// An IAM unique ID: a four-letter prefix and seventeen characters of base 32.
///
/// Source: IAM User Guide, "IAM identifiers", unique identifiers.
pub(crate) fn iam_id(chance: &dyn Chance, prefix: &str) -> String {
    format!("{prefix}{}", from_alphabet(chance, BASE32, 17))
}

/// An access key ID: a four-letter prefix and sixteen characters of base 32.
pub(crate) fn access_key_id(chance: &dyn Chance, prefix: &str) -> String {
    format!("{prefix}{}", from_alphabet(chance, BASE32, 16))
}

/// A secret access key: forty characters, as long as AWS's.
pub(crate) fn secret_key(chance: &dyn Chance) -> String {
    from_alphabet(chance, BASE64, 40)
}

/// `length` characters of `alphabet`, whose length must be a power of two, so that none is likelier.
pub(crate) fn from_alphabet(chance: &dyn Chance, alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0; length];
    chance.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| {
            let at = usize::from(*byte) % alphabet.len();
            char::from(alphabet.get(at).copied().unwrap_or(b'A'))
        })
        .collect()
}

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Upper-case hexadecimal digits.
pub(crate) const HEX: &[u8] = b"0123456789ABCDEF";
