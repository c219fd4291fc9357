//! Quantities such as `500m` and `1Gi`: their canonical form.
//!
//! Source: Kubernetes documentation, "Quantity": no precision is lost, no fraction is written, the
//! suffix is as large as possible and of the kind that was given. Below `1n` a number is rounded up.

/// The canonical form; absent where the text is no quantity, or one beyond what is counted.
pub(super) fn canonical(text: &str) -> Option<String> {
    let end = text.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '+' | '-'));
    let (number, suffix) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let suffix = Suffix::parse(suffix)?;
    let nanos = suffix.nanos(number)?;
    let is_small = nanos.unsigned_abs() < 1024 * NANO.unsigned_abs();
    Some(match suffix {
        // A binary suffix for less than one of the smallest would be a fraction.
        Suffix::Binary(_) if !is_small => binary(nanos),
        Suffix::Binary(_) | Suffix::Decimal(_) => decimal(nanos, |exponent| {
            let named = DECIMAL.iter().find(|(_, it)| *it == exponent);
            named.map_or_else(String::new, |(suffix, _)| (*suffix).to_owned())
        }),
        Suffix::Exponent(_) => decimal(nanos, |exponent| {
            if exponent == 0 {
                String::new()
            } else {
                format!("e{exponent}")
            }
        }),
    })
}

const NANO: i128 = 1_000_000_000;
/// The largest number that is counted: more than a quantity can be, and far from overflow.
const LARGEST: i128 = (i64::MAX as i128) * NANO;

/// What stands behind the number, as an exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suffix {
    /// Of 1024.
    Binary(u32),
    /// Of 10, by a letter.
    Decimal(i32),
    /// Of 10, by a number.
    Exponent(i32),
}

const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: &[(&str, i32)] = &[
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        if let Some((_, exponent)) = DECIMAL.iter().find(|(suffix, _)| *suffix == text) {
            return Some(Self::Decimal(*exponent));
        }
        if let Some(power) = BINARY.iter().position(|suffix| *suffix == text) {
            return Some(Self::Binary(u32::try_from(power).ok()?));
        }
        let exponent = text.strip_prefix(['e', 'E'])?;
        let exponent: i32 = exponent.parse().ok()?;
        (-40..=40)
            .contains(&exponent)
            .then_some(Self::Exponent(exponent))
    }

    /// The whole quantity in billionths, rounded away from zero.
    fn nanos(self, number: &str) -> Option<i128> {
        let is_negative = number.starts_with('-');
        let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || whole.len() + fraction.len() == 0 {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let all = format!("{whole}{fraction}");
        let all = all.trim_start_matches('0');
        if all.is_empty() {
            return Some(0);
        }
        let mut nanos: i128 = all.parse().ok()?;
        let mut exponent = 9_i32.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        match self {
            Self::Binary(power) => nanos = nanos.checked_mul(1024_i128.checked_pow(power)?)?,
            Self::Decimal(power) | Self::Exponent(power) => {
                exponent = exponent.checked_add(power)?;
            }
        }
        nanos = if exponent >= 0 {
            nanos.checked_mul(10_i128.checked_pow(exponent.unsigned_abs())?)?
        } else {
            // More digits than are counted: what is left of them makes the last one larger.
            let divisor = 10_i128.checked_pow(exponent.unsigned_abs());
            divisor.map_or(1, |divisor| {
                nanos.div_euclid(divisor) + i128::from(nanos % divisor != 0)
            })
        };
        (nanos <= LARGEST).then_some(if is_negative { -nanos } else { nanos })
    }
}

fn decimal(nanos: i128, suffix: impl Fn(i32) -> String) -> String {
    if nanos == 0 {
        return "0".to_owned();
    }
    let (mut number, mut exponent) = (nanos, -9);
    while number % 1000 == 0 && exponent < 18 {
        number /= 1000;
        exponent += 3;
    }
    format!("{number}{}", suffix(exponent))
}

fn binary(nanos: i128) -> String {
    // A binary quantity is whole: what is left is rounded away from zero.
    let left = nanos % NANO;
    let mut number = nanos / NANO + left.signum();
    let mut power = 0;
    while number % 1024 == 0 && power + 1 < BINARY.len() {
        number /= 1024;
        power += 1;
    }
    format!("{number}{}", BINARY.get(power).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_canonical() {
        for (text, wanted) in [
            ("0", "0"),
            ("0Gi", "0"),
            ("1", "1"),
            ("+1", "1"),
            ("1.5", "1500m"),
            (".5", "500m"),
            ("5.", "5"),
            ("0.5", "500m"),
            ("100m", "100m"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("-1.5", "-1500m"),
            ("1Gi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("1024", "1024"),
            ("0.5Ki", "512"),
            ("0.1Ki", "102400m"),
            ("-2048Ki", "-2Mi"),
            ("1e3", "1e3"),
            ("12e1", "120"),
            ("1E", "1E"),
            ("0.0000000001", "1n"),
            ("0.1n", "1n"),
            ("1.0000000000000000000000000000001", "1000000001n"),
            ("128974848", "128974848"),
            ("129e6", "129e6"),
            ("123Mi", "123Mi"),
            ("8Ei", "none"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            let found = canonical(text);
            assert_eq!(found.as_deref().unwrap_or("none"), wanted, "{text}");
            if let Some(found) = found {
                assert_eq!(canonical(&found), Some(found.clone()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_quantity_has_no_form() {
        for text in [
            "", ".", "-", "1 Gi", "1gi", "1.2.3", "--1", "1e", "1e99", "e3", "Ki", "é", "1K",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
