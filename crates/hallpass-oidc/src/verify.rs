//! Whether a token's signature is the issuer's.
//!
//! Source: RFC 7515 section 5.2. The algorithm is the header's only within what the key is for: a key
//! set says what each key is (`kty`, `crv`, `alg`), so that no token can choose how it is verified.
//!
//! We verify with aws-lc directly: the field's crate for tokens, jsonwebtoken, does not know ES512,
//! which STS takes, and reads the RSA key anew for each token, which costs as much as verifying.

use crate::claims::Claims;
use crate::error::TokenError;
use crate::excerpt::excerpt;
use crate::jwk::Jwk;
use crate::key_set::KeySet;
use crate::token::UnverifiedToken;

/// A token whose signature holds. Its times and its audience are still to be checked.
#[derive(Debug)]
pub struct SignedToken {
    pub(crate) claims: Claims,
}

impl UnverifiedToken {
    /// Checks the signature by the issuer's keys.
    pub fn verify_signature(self, keys: &KeySet) -> Result<SignedToken, TokenError> {
        let kid = self.header.kid.as_deref().ok_or(TokenError::NoKid)?;
        let algorithm = self.header.alg;
        let mut is_key_for_it = false;
        for key in keys.of(kid).filter_map(|key| key.verifier(algorithm)) {
            is_key_for_it = true;
            if key
                .verify_sig(self.signed.as_bytes(), &self.signature)
                .is_ok()
            {
                return Ok(SignedToken {
                    claims: self.claims,
                });
            }
        }
        if is_key_for_it {
            return Err(TokenError::BadSignature);
        }
        let takes: Vec<String> = keys
            .of(kid)
            .flat_map(Jwk::algorithms)
            .map(|each| each.name().to_owned())
            .collect();
        let shown = excerpt(kid);
        Err(if !takes.is_empty() {
            TokenError::KeyMismatch {
                kid: shown,
                algorithm,
                takes,
            }
        } else if let Some(reason) = keys.why_skipped(kid) {
            TokenError::UnusableKey {
                kid: shown,
                reason: reason.to_owned(),
            }
        } else {
            TokenError::UnknownKid { kid: shown }
        })
    }
}

impl SignedToken {
    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The subject, which STS requires, and which is a string.
    pub fn check_subject(&self) -> Result<&str, TokenError> {
        self.claims.required_text("sub")
    }

    /// The claims, whoever still checks them.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;
    use crate::base64url;

    /// RFC 7515 appendices A.2 (RS256), A.3 (ES256) and A.4 (ES512): algorithm, key, what is signed,
    /// signature.
    const VECTORS: [(Algorithm, &str, &str, &str); 3] = [
        (
            Algorithm::Rs256,
            r#"{"kty":"RSA","kid":"rfc","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            Algorithm::Es256,
            r#"{"kty":"EC","kid":"rfc","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            Algorithm::Es512,
            r#"{"kty":"EC","kid":"rfc","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
    ];

    #[test]
    fn holds_to_the_vectors_of_rfc_7515() {
        for (algorithm, key, signed, signature) in VECTORS {
            let keys = KeySet::parse(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap();
            let verifier = keys.of("rfc").next().unwrap().verifier(algorithm).unwrap();
            let signature = base64url::decode(signature).unwrap();
            let verify = |signed: &str, signature: &[u8]| {
                verifier.verify_sig(signed.as_bytes(), signature).is_ok()
            };
            assert!(verify(signed, &signature), "{algorithm}");
            assert!(!verify(&format!("{signed}A"), &signature), "{algorithm}");
            assert!(!verify(signed, &signature[1..]), "{algorithm}");
            assert!(!verify(signed, &[]), "{algorithm}");
        }
    }

    #[test]
    fn takes_a_whole_token_of_rfc_7515_but_for_its_missing_kid() {
        let (_, key, signed, signature) = VECTORS[0];
        let keys = KeySet::parse(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap();
        let text = format!("{signed}.{signature}");
        let token = UnverifiedToken::parse(&text).unwrap();
        assert_eq!(
            token.verify_signature(&keys).unwrap_err(),
            TokenError::NoKid
        );
        let mut token = UnverifiedToken::parse(&text).unwrap();
        token.header.kid = Some("rfc".to_owned());
        let claims = token.verify_signature(&keys).unwrap().into_claims();
        assert_eq!(claims.get("exp").unwrap(), 1_300_819_380);
    }
}
