//! Signature algorithms of tokens: the six that STS takes.
//!
//! Sources: RFC 7518 section 3.1 (names), section 3.4 (which curve goes with which digest); IAM User
//! Guide, "Create an OpenID Connect (OIDC) identity provider" (which of them STS takes).

use std::fmt;

use aws_lc_rs::signature::{
    self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, RsaEncoding, RsaParameters,
};

/// A signature algorithm that STS takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// The name in `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The algorithm of that name; names have case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Es256 => Family::Ec(&P256),
            Self::Es384 => Family::Ec(&P384),
            Self::Es512 => Family::Ec(&P521),
            Self::Rs256 => Family::Rsa(&RS256),
            Self::Rs384 => Family::Rsa(&RS384),
            Self::Rs512 => Family::Rsa(&RS512),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of key an algorithm takes.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    Ec(&'static Curve),
    Rsa(&'static RsaDigest),
}

/// An elliptic curve. JWS ties each to one digest (RFC 7518 section 3.4).
pub(crate) struct Curve {
    /// The name in `crv`.
    pub(crate) name: &'static str,
    /// Octets of a coordinate (RFC 7518 section 6.2.1.2).
    pub(crate) octets: usize,
    pub(crate) algorithm: Algorithm,
    pub(crate) verifying: &'static EcdsaVerificationAlgorithm,
    pub(crate) signing: &'static EcdsaSigningAlgorithm,
}

/// A digest for RSA signatures.
pub(crate) struct RsaDigest {
    pub(crate) verifying: &'static RsaParameters,
    pub(crate) signing: &'static dyn RsaEncoding,
}

/// The curve of that name.
pub(crate) fn curve(name: &str) -> Option<&'static Curve> {
    [&P256, &P384, &P521]
        .into_iter()
        .find(|each| each.name == name)
}

static P256: Curve = Curve {
    name: "P-256",
    octets: 32,
    algorithm: Algorithm::Es256,
    verifying: &signature::ECDSA_P256_SHA256_FIXED,
    signing: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
};
static P384: Curve = Curve {
    name: "P-384",
    octets: 48,
    algorithm: Algorithm::Es384,
    verifying: &signature::ECDSA_P384_SHA384_FIXED,
    signing: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
};
static P521: Curve = Curve {
    name: "P-521",
    octets: 66,
    algorithm: Algorithm::Es512,
    verifying: &signature::ECDSA_P521_SHA512_FIXED,
    signing: &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
};
// The lower bound is RFC 7518's (section 3.3), the upper one aws-lc's.
static RS256: RsaDigest = RsaDigest {
    verifying: &signature::RSA_PKCS1_2048_8192_SHA256,
    signing: &signature::RSA_PKCS1_SHA256,
};
static RS384: RsaDigest = RsaDigest {
    verifying: &signature::RSA_PKCS1_2048_8192_SHA384,
    signing: &signature::RSA_PKCS1_SHA384,
};
static RS512: RsaDigest = RsaDigest {
    verifying: &signature::RSA_PKCS1_2048_8192_SHA512,
    signing: &signature::RSA_PKCS1_SHA512,
};
