//! The operating system's randomness, and the identifiers made of it.

use hallpass_types::{AccountId, Chance};

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

/// An access key ID: a four-letter prefix and sixteen characters of base 32, which tell the account.
///
/// AWS's IDs carry their account in the bits after the first, whence `GetAccessKeyInfo` has it; the page
/// "`GetAccessKeyInfo`" of the STS API Reference says that IDs tell the account, not how.
pub(crate) fn access_key_id(chance: &dyn Chance, prefix: &str, account: AccountId) -> String {
    let number: u128 = account.as_str().parse().unwrap_or_default();
    let mut random = [0; 8];
    chance.fill(&mut random);
    let random = u128::from(u64::from_be_bytes(random)) & RANDOM_BITS;
    let bits = 1 << 79 | number << ACCOUNT_SHIFT | random;
    let letters = (0..16).rev().filter_map(|place| {
        let digit = usize::try_from(bits >> (5 * place) & 31).ok()?;
        BASE32.get(digit).copied().map(char::from)
    });
    std::iter::once(prefix.to_owned())
        .chain(letters.map(String::from))
        .collect()
}

/// The account that an access key ID tells; IDs that tell none may seem to.
pub(crate) fn account_of_key_id(id: &str) -> Option<AccountId> {
    let letters = id.get(4..)?;
    if letters.len() != 16 {
        return None;
    }
    let bits = letters.bytes().try_fold(0_u128, |bits, letter| {
        let digit = BASE32.iter().position(|known| *known == letter)?;
        Some(bits << 5 | digit as u128)
    })?;
    let number = (bits >> ACCOUNT_SHIFT) & ACCOUNT_BITS;
    format!("{number:012}").parse().ok()
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
// Of the eighty bits of an ID: one that is always set, forty of the account, thirty-nine of chance.
const ACCOUNT_SHIFT: u32 = 39;
const ACCOUNT_BITS: u128 = (1 << 40) - 1;
const RANDOM_BITS: u128 = (1 << ACCOUNT_SHIFT) - 1;
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Upper-case hexadecimal digits.
pub(crate) const HEX: &[u8] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_id_tells_its_account() {
        for account in ["111122223333", "000000000001", "999999999999"] {
            let account: AccountId = account.parse().unwrap();
            let id = access_key_id(&SystemChance, "ASIA", account);
            assert_eq!((id.len(), account_of_key_id(&id)), (20, Some(account)));
            // As AWS's own since 2019 begin.
            assert!(
                id.as_bytes()[4] >= b'Q' || id.as_bytes()[4].is_ascii_digit(),
                "{id}"
            );
        }
        assert_eq!(account_of_key_id("AKIA"), None);
        assert_eq!(account_of_key_id("ASIA0189ABCDEFGHIJKL"), None);
    }
}
