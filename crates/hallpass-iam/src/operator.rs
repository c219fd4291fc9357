//! Condition operators.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context
//! keys".

use std::fmt;

/// An operator as a policy names it: qualifier, base and `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Option<Qualifier>,
    /// What is compared, and how.
    pub base: BaseOperator,
    /// Whether an absent key satisfies it.
    pub is_if_exists: bool,
}

/// How the values of a multivalued key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// Every value; true when there is none.
    ForAllValues,
    /// At least one value.
    ForAnyValue,
}

macro_rules! operators {
    ($($variant:ident $doc:literal,)*) => {
        /// What is compared, and how.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum BaseOperator {
            $(#[doc = $doc] $variant,)*
        }

        impl BaseOperator {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name, as AWS documents it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }
        }
    };
}

operators! {
    ArnEquals "As `ArnLike`.",
    ArnLike "ARN, each of six segments by pattern.",
    ArnNotEquals "As `ArnNotLike`.",
    ArnNotLike "Negated `ArnLike`.",
    BinaryEquals "Base64 text, byte for byte.",
    Bool "`true` or `false`.",
    DateEquals "The same instant.",
    DateGreaterThan "Later.",
    DateGreaterThanEquals "Not earlier.",
    DateLessThan "Earlier.",
    DateLessThanEquals "Not later.",
    DateNotEquals "Another instant.",
    IpAddress "Within the range.",
    NotIpAddress "Outside the range.",
    Null "Whether the key is absent.",
    NumericEquals "The same number.",
    NumericGreaterThan "Greater.",
    NumericGreaterThanEquals "Not less.",
    NumericLessThan "Less.",
    NumericLessThanEquals "Not greater.",
    NumericNotEquals "Another number.",
    StringEquals "The same text, case and all.",
    StringEqualsIgnoreCase "The same text but for case.",
    StringLike "Text by pattern.",
    StringNotEquals "Another text.",
    StringNotEqualsIgnoreCase "Another text, case aside.",
    StringNotLike "Text that the pattern does not match.",
}

impl BaseOperator {
    /// Whether it is satisfied when the comparison is not.
    pub const fn is_negated(self) -> bool {
        matches!(
            self,
            Self::ArnNotEquals
                | Self::ArnNotLike
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::NumericNotEquals
                | Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
        )
    }
}

impl Operator {
    /// Reads an operator's name. Names are matched without regard to case, as AWS does.
    pub fn parse(name: &str) -> Option<Self> {
        let (qualifier, rest) = match name.split_once(':') {
            None => (None, name),
            Some((word, rest)) if word.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Qualifier::ForAllValues), rest)
            }
            Some((word, rest)) if word.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Qualifier::ForAnyValue), rest)
            }
            Some(_) => return None,
        };
        let known = |name: &str| {
            BaseOperator::ALL
                .iter()
                .copied()
                .find(|base| base.as_str().eq_ignore_ascii_case(name))
        };
        if let Some(base) = known(rest) {
            return Some(Self {
                qualifier,
                base,
                is_if_exists: false,
            });
        }
        let cut = rest.len().checked_sub("IfExists".len())?;
        let suffix = rest.get(cut..)?;
        let base = known(rest.get(..cut)?)?;
        // `Null` asks whether the key exists: `NullIfExists` would ask nothing.
        (suffix.eq_ignore_ascii_case("IfExists") && base != BaseOperator::Null).then_some(Self {
            qualifier,
            base,
            is_if_exists: true,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.qualifier {
            Some(Qualifier::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(Qualifier::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(self.base.as_str())?;
        if self.is_if_exists {
            f.write_str("IfExists")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_it_is_written() {
        for base in BaseOperator::ALL {
            for qualifier in ["", "ForAnyValue:", "ForAllValues:"] {
                let name = format!("{qualifier}{}", base.as_str());
                assert_eq!(Operator::parse(&name).unwrap().to_string(), name);
            }
        }
        assert!(
            Operator::parse("stringequalsifexists")
                .unwrap()
                .is_if_exists
        );
        for name in [
            "",
            "Equals",
            "ForSome:Bool",
            "NullIfExists",
            "StringEqualsIf",
            "IfExists",
        ] {
            assert!(Operator::parse(name).is_none(), "{name}");
        }
    }
}
