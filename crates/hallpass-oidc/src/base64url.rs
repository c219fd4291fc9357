//! Base64 as JOSE writes it: URL-safe, without padding, each value in exactly one way.
//!
//! Source: RFC 7515 section 2. Trailing bits that are not zero are refused, so that a token cannot be
//! altered without its signature noticing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes; the error says what is wrong, in words.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    use base64::DecodeError;

    URL_SAFE_NO_PAD.decode(text).map_err(|error| match error {
        DecodeError::InvalidByte(_, b'=') | DecodeError::InvalidPadding => {
            "it is padded with `=`".to_owned()
        }
        DecodeError::InvalidByte(at, _) => {
            format!("character {} is none of base64url's", at + 1)
        }
        DecodeError::InvalidLength(_) => "it is cut off".to_owned(),
        DecodeError::InvalidLastSymbol { .. } => {
            "its last character has bits that mean nothing".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_spelling() {
        // RFC 7515 appendix C.
        assert_eq!(encode([3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
        for text in ["A-z_4ME=", "A+z/4ME", "A", "A-z_4MF", "A-z_4M\n", "é"] {
            assert!(decode(text).is_err(), "{text}");
        }
        assert!(decode("QQ==").unwrap_err().contains("padded"));
    }
}
