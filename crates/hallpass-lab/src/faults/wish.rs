//! A fault as somebody asks for it: `SERVICE:KIND[:VALUE][:RATE]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// A fault that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultWish {
    pub(crate) service: String,
    pub(crate) shape: Shape,
    pub(crate) frequency: Frequency,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The service's clock is off by that much.
    ClockSkew(SignedDuration),
    /// TLS is offered under a certificate that has expired.
    ExpiredCertificate,
    /// The call is carried out; the connection ends in the middle of the answer.
    HalfResponse,
    /// 500.
    InternalFailure,
    /// Discovery document and keys cannot be fetched.
    JwksUnreachable,
    /// The issuer signs with another key; the one before is published for that long.
    KeyRotation(SignedDuration),
    /// The answer comes late.
    Latency(Duration),
    /// The connection is reset before the call is carried out.
    Reset,
    /// The service's error for too many calls.
    Throttle,
    /// 503.
    Unavailable,
}

/// Which calls it hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frequency {
    /// All.
    Always,
    /// The next so many.
    Calls(u32),
    /// Each with that probability.
    Rate(f64),
}

/// Why a fault cannot be asked for in these words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultWishError {
    /// It has not the form.
    #[error(
        "`{text}` is no fault: write `SERVICE:KIND`, with `:VALUE` and `:RATE` behind it as the kind takes them"
    )]
    Form {
        /// What was written.
        text: String,
    },
    /// There is no such service.
    #[error("the lab has no service `{service}`: write one of {}, or `*` for all", SERVICES.join(", "))]
    Service {
        /// What was written.
        service: String,
    },
    /// There is no such kind.
    #[error("there is no fault `{kind}`: write one of {}", KINDS.join(", "))]
    Kind {
        /// What was written.
        kind: String,
    },
    /// The kind needs a value, or has another one.
    #[error("`{kind}` takes {wanted}, not `{found}`")]
    Value {
        /// The kind.
        kind: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// What was written.
        found: String,
    },
    /// The frequency is none.
    #[error(
        "`{found}` is no frequency: write a probability such as `0.1`, or a number of calls such as `3x`"
    )]
    Rate {
        /// What was written.
        found: String,
    },
    /// The kind is none of that service.
    #[error("`{service}` cannot show `{kind}`: {instead}")]
    Unfit {
        /// The service.
        service: String,
        /// The kind.
        kind: &'static str,
        /// What can.
        instead: &'static str,
    },
}

impl Shape {
    /// The kind's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ClockSkew(_) => "clock-skew",
            Self::ExpiredCertificate => "expired-certificate",
            Self::HalfResponse => "half-response",
            Self::InternalFailure => "internal-failure",
            Self::JwksUnreachable => "jwks-unreachable",
            Self::KeyRotation(_) => "key-rotation",
            Self::Latency(_) => "latency",
            Self::Reset => "reset",
            Self::Throttle => "throttle",
            Self::Unavailable => "unavailable",
        }
    }

    /// Reads a kind and its value; tells whether the value was used.
    fn read(kind: &str, value: Option<&str>) -> Result<(Self, bool), FaultWishError> {
        let needs = |kind, wanted| FaultWishError::Value {
            kind,
            wanted,
            found: value.unwrap_or_default().to_owned(),
        };
        let plain = |shape| Ok((shape, false));
        match kind {
            "clock-skew" => {
                let wanted = "a duration of at most ten years, such as `-10m`";
                let skew = value
                    .and_then(parse_duration)
                    .filter(|skew| skew.abs() <= LONGEST_SKEW)
                    .ok_or_else(|| needs("clock-skew", wanted))?;
                Ok((Self::ClockSkew(skew), true))
            }
            "expired-certificate" => plain(Self::ExpiredCertificate),
            "half-response" => plain(Self::HalfResponse),
            "internal-failure" => plain(Self::InternalFailure),
            "jwks-unreachable" => plain(Self::JwksUnreachable),
            "key-rotation" => {
                let wanted = "how long the old key stays, such as `10m`";
                let grace = value.map_or(Some(SignedDuration::ZERO), parse_duration);
                let grace = grace
                    .filter(|grace| !grace.is_negative() && *grace <= LONGEST_SKEW)
                    .ok_or_else(|| needs("key-rotation", wanted))?;
                Ok((Self::KeyRotation(grace), value.is_some()))
            }
            "latency" => {
                let wanted = "a duration of at most a minute, such as `200ms`";
                let delay = value
                    .and_then(parse_duration)
                    .and_then(|delay| Duration::try_from(delay).ok())
                    .filter(|delay| *delay <= LONGEST_DELAY)
                    .ok_or_else(|| needs("latency", wanted))?;
                Ok((Self::Latency(delay), true))
            }
            "reset" => plain(Self::Reset),
            "throttle" => plain(Self::Throttle),
            "unavailable" => plain(Self::Unavailable),
            _ => Err(FaultWishError::Kind {
                kind: kind.to_owned(),
            }),
        }
    }

    /// Whether each call is asked whether it is hit; the others are states.
    const fn has_frequency(self) -> bool {
        match self {
            Self::HalfResponse
            | Self::InternalFailure
            | Self::JwksUnreachable
            | Self::Latency(_)
            | Self::Reset
            | Self::Throttle
            | Self::Unavailable => true,
            Self::ClockSkew(_) | Self::ExpiredCertificate | Self::KeyRotation(_) => false,
        }
    }

    fn check_service(self, service: &str) -> Result<(), FaultWishError> {
        let (fits, instead) = match self {
            Self::JwksUnreachable => (
                matches!(service, "github-issuer" | "issuer" | "*"),
                "`issuer` and `github-issuer` publish keys",
            ),
            Self::KeyRotation(_) => (
                matches!(service, "github-issuer" | "issuer"),
                "`issuer` and `github-issuer` sign",
            ),
            Self::ClockSkew(_)
            | Self::ExpiredCertificate
            | Self::HalfResponse
            | Self::InternalFailure
            | Self::Latency(_)
            | Self::Reset
            | Self::Throttle
            | Self::Unavailable => (true, ""),
        };
        if fits {
            return Ok(());
        }
        Err(FaultWishError::Unfit {
            service: service.to_owned(),
            kind: self.name(),
            instead,
        })
    }
}

impl FaultWish {
    /// Whether it is a rotation of keys, which is done once and is no state.
    pub(crate) const fn is_rotation(&self) -> bool {
        matches!(self.shape, Shape::KeyRotation(_))
    }
}

impl FromStr for FaultWish {
    type Err = FaultWishError;

    fn from_str(text: &str) -> Result<Self, FaultWishError> {
        let form = || FaultWishError::Form {
            text: text.to_owned(),
        };
        let mut parts = text.split(':');
        let service = parts
            .next()
            .filter(|part| !part.is_empty())
            .ok_or_else(form)?;
        let kind = parts.next().ok_or_else(form)?;
        let rest: Vec<&str> = parts.collect();
        if service != "*" && !SERVICES.contains(&service) {
            return Err(FaultWishError::Service {
                service: service.to_owned(),
            });
        }
        let (shape, has_value) = Shape::read(kind, rest.first().copied())?;
        shape.check_service(service)?;
        let frequency = match rest.get(usize::from(has_value)..).unwrap_or_default() {
            [] => Frequency::Always,
            [rate] if shape.has_frequency() => rate.parse()?,
            _ => return Err(form()),
        };
        Ok(Self {
            service: service.to_owned(),
            shape,
            frequency,
        })
    }
}

impl FromStr for Frequency {
    type Err = FaultWishError;

    fn from_str(text: &str) -> Result<Self, FaultWishError> {
        let wrong = || FaultWishError::Rate {
            found: text.to_owned(),
        };
        if let Some(calls) = text.strip_suffix('x') {
            let calls = calls.parse().ok().filter(|calls| *calls > 0);
            return calls.map(Self::Calls).ok_or_else(wrong);
        }
        let rate = match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
            None => text.parse(),
        };
        rate.ok()
            .filter(|rate| *rate > 0.0 && *rate <= 1.0)
            .map(Self::Rate)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for FaultWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.shape.name())?;
        match self.shape {
            Shape::ClockSkew(value) => write!(f, ":{value:#}")?,
            Shape::KeyRotation(value) if !value.is_zero() => write!(f, ":{value:#}")?,
            Shape::Latency(value) => write!(f, ":{}ms", value.as_millis())?,
            Shape::ExpiredCertificate
            | Shape::HalfResponse
            | Shape::InternalFailure
            | Shape::JwksUnreachable
            | Shape::KeyRotation(_)
            | Shape::Reset
            | Shape::Throttle
            | Shape::Unavailable => {}
        }
        match self.frequency {
            Frequency::Always => Ok(()),
            Frequency::Calls(calls) => write!(f, ":{calls}x"),
            Frequency::Rate(rate) => write!(f, ":{rate}"),
        }
    }
}

/// `200ms`, `+1h`, `-5m`, `1h 30m`; a day has 24 hours.
pub(crate) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// Services that can be asked to fail.
const SERVICES: &[&str] = &[
    "cloudtrail",
    "ecr",
    "eks",
    "eks-auth",
    "github",
    "github-issuer",
    "iam",
    "issuer",
    "kubernetes",
    "organizations",
    "registry",
    "sts",
];

const KINDS: &[&str] = &[
    "clock-skew",
    "expired-certificate",
    "half-response",
    "internal-failure",
    "jwks-unreachable",
    "key-rotation",
    "latency",
    "reset",
    "throttle",
    "unavailable",
];

const LONGEST_SKEW: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);
// Longer than any client's patience, and short enough that a lab with the fault on can be stopped.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_reads_as_it_is_written() {
        for text in [
            "sts:throttle",
            "sts:throttle:3x",
            "*:internal-failure:0.1",
            "ecr:latency:200ms",
            "ecr:latency:200ms:0.5",
            "registry:half-response:2x",
            "issuer:key-rotation",
            "issuer:jwks-unreachable",
            "kubernetes:expired-certificate",
            "eks-auth:reset",
        ] {
            let wish: FaultWish = text.parse().unwrap();
            assert_eq!(wish.to_string(), text);
        }
        let skew: FaultWish = "sts:clock-skew:-10m".parse().unwrap();
        assert_eq!(skew.shape, Shape::ClockSkew(SignedDuration::from_mins(-10)));
        let again: FaultWish = skew.to_string().parse().unwrap();
        assert_eq!(again, skew);
        let percent: FaultWish = "sts:reset:25%".parse().unwrap();
        assert_eq!(percent.frequency, Frequency::Rate(0.25));
    }

    #[test]
    fn what_is_no_wish_is_refused() {
        for text in [
            "",
            "sts",
            ":throttle",
            "s3:throttle",
            "sts:slow",
            "sts:throttle:0",
            "sts:throttle:0x",
            "sts:throttle:1.5",
            "sts:throttle:NaN",
            "sts:throttle:-0.1",
            "sts:throttle:2x:3x",
            "sts:latency",
            "sts:latency:soon",
            "sts:latency:-1s",
            "sts:latency:2h",
            "sts:clock-skew",
            "sts:clock-skew:1h:0.5",
            "sts:key-rotation",
            "sts:jwks-unreachable",
            "issuer:key-rotation:-1m",
        ] {
            assert!(text.parse::<FaultWish>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_a_sign_and_days() {
        let hours = SignedDuration::from_hours;
        assert_eq!(parse_duration("+1h"), Some(hours(1)));
        assert_eq!(parse_duration("-1h"), Some(hours(-1)));
        assert_eq!(parse_duration("2d"), Some(hours(48)));
        assert_eq!(parse_duration("soon"), None);
    }
}
