//! Dates of condition values, read without allocating.
//!
//! ISO 8601 in the W3C profile that AWS names (a month or a date alone is its first instant, and a time
//! without a zone is UTC), or epoch seconds. A bare year reads as seconds, as any other number. ISO 8601's
//! short forms beyond the profile, such as `20240101T00Z`, are read as well.
//!
//! Source: W3C NOTE-datetime; IAM User Guide, "Date condition operators".

use hallpass_types::Timestamp;

/// An instant of the years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    /// Since the epoch.
    seconds: i64,
    nanoseconds: u32,
}

impl Instant {
    /// The instant as other parts of the program write it.
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        let nanoseconds = i32::try_from(self.nanoseconds).ok()?;
        Timestamp::new(self.seconds, nanoseconds).ok()
    }
}

/// Reads a date.
pub(crate) fn read_date(text: &str) -> Option<Instant> {
    if let Ok(seconds) = text.parse::<i64>() {
        let is_within = (FIRST_SECOND..=LAST_SECOND).contains(&seconds);
        return is_within.then_some(Instant {
            seconds,
            nanoseconds: 0,
        });
    }
    Scan(text.as_bytes()).civil()?.instant()
}

/// A date as written; its numbers may be out of range.
#[derive(Clone, Copy, Debug, Default)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    offset_seconds: i64,
}

impl Civil {
    fn instant(self) -> Option<Instant> {
        let is_date = (1..=12).contains(&self.month)
            && (1..=days_of_month(self.year, self.month)).contains(&self.day);
        // A leap second is read as the one before it.
        let is_time = self.hour < 24 && self.minute < 60 && self.second <= 60;
        if !is_date || !is_time {
            return None;
        }
        let of_day = self.hour * 3600 + self.minute * 60 + self.second.min(59);
        Some(Instant {
            seconds: days_since_epoch(self.year, self.month, self.day) * SECONDS_A_DAY + of_day
                - self.offset_seconds,
            nanoseconds: self.nanoseconds,
        })
    }
}

/// What is left to read.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    /// The whole of the text, where it is a date.
    fn civil(&mut self) -> Option<Civil> {
        let mut civil = Civil {
            day: 1,
            ..Civil::default()
        };
        civil.year = self.digits(4)?;
        let is_short = self.skip(b"-").is_none();
        civil.month = self.digits(2)?;
        if is_short || self.skip(b"-").is_some() {
            civil.day = self.digits(2)?;
            if self.skip(b"Tt ").is_some() {
                self.time(&mut civil)?;
            }
        }
        self.0.is_empty().then_some(civil)
    }

    fn time(&mut self, civil: &mut Civil) -> Option<()> {
        [civil.hour, civil.minute, civil.second] = self.clock(&mut civil.nanoseconds)?;
        if self.skip(b"Zz").is_some() {
            return Some(());
        }
        let sign = match self.skip(b"+-") {
            None => return Some(()),
            Some(b'-') => -1,
            Some(_) => 1,
        };
        let [hours, minutes, seconds] = self.clock(&mut 0)?;
        civil.offset_seconds = sign * (hours * 3600 + minutes * 60 + seconds);
        // No zone is further away.
        (hours < 24 && minutes < 60 && seconds < 60).then_some(())
    }

    /// Hours, and minutes and seconds as far as they are there: with a colon between all, or between none.
    fn clock(&mut self, nanoseconds: &mut u32) -> Option<[i64; 3]> {
        let mut parts = [self.digits(2)?, 0, 0];
        let is_short = self.0.first() != Some(&b':');
        for part in parts.iter_mut().skip(1) {
            let goes_on = match self.0.first() {
                Some(first) if is_short => first.is_ascii_digit(),
                Some(_) => self.skip(b":").is_some(),
                None => false,
            };
            if !goes_on {
                return Some(parts);
            }
            *part = self.digits(2)?;
        }
        if self.skip(b".,").is_some() {
            *nanoseconds = self.fraction()?;
        }
        Some(parts)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number = digits.iter().try_fold(0, |number, byte| {
            let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
            Some(number * 10 + digit)
        })?;
        self.0 = rest;
        Some(number)
    }

    /// One to nine digits behind the point.
    fn fraction(&mut self) -> Option<u32> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !(1..=9).contains(&count) {
            return None;
        }
        self.0 = rest;
        let padded = digits
            .iter()
            .copied()
            .chain(std::iter::repeat(b'0'))
            .take(9);
        Some(padded.fold(0, |number, byte| number * 10 + u32::from(byte - b'0')))
    }

    /// Takes the next byte if it is one of these.
    fn skip(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar; the year is taken to begin in March, so that the leap day is its last.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - DAYS_TO_EPOCH
}

const SECONDS_A_DAY: i64 = 86_400;
// From the first of March of the year 0.
const DAYS_TO_EPOCH: i64 = 719_468;
const FIRST_SECOND: i64 = days_since_epoch(0, 1, 1) * SECONDS_A_DAY;
const LAST_SECOND: i64 = days_since_epoch(10_000, 1, 1) * SECONDS_A_DAY - 1;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::DateTime;
    use jiff::tz::Offset;
    use proptest::prelude::*;

    use super::*;

    fn library(text: &str) -> Option<Instant> {
        let timestamp = text.parse::<Timestamp>().or_else(|_| {
            let civil = text.parse::<DateTime>()?;
            Offset::UTC.to_timestamp(civil)
        });
        let nanoseconds = timestamp.ok()?.as_nanosecond();
        let second = 1_000_000_000;
        Some(Instant {
            seconds: i64::try_from(nanoseconds.div_euclid(second)).unwrap(),
            nanoseconds: u32::try_from(nanoseconds.rem_euclid(second)).unwrap(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// In the profile's own form and beside it, it reads what a library of dates reads.
        #[test]
        fn agrees_with_a_library(
            text in "[0-9]{3}[0-9]-(0[0-9]|1[0-3])(-[0-3][0-9]([Tt ][0-2][0-9](:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,10})?)?)?(Z|z|[+-][0-1][0-9](:?[0-5][0-9])?)?)?)?",
            is_short in any::<bool>(),
        ) {
            let text = if is_short { text.replace([':', '-'], "") } else { text };
            let expected = match text.len() {
                7 => library(&format!("{text}-01")),
                _ => library(&text),
            };
            // A bare number is seconds, and the library ends a time zone's width before the years do.
            let is_special = text.parse::<i64>().is_ok()
                || ["9999-12", "999912", "0000-01", "000001"].iter().any(|ends| text.starts_with(ends));
            if !is_special {
                prop_assert_eq!(read_date(&text), expected, "{}", text);
            }
        }

        #[test]
        fn never_panics(text in "[-+0-9TZ:., ]{0,30}") {
            let _ = read_date(&text);
        }
    }

    #[test]
    fn the_years_are_read_to_their_ends() {
        let read = |text: &str| read_date(text).unwrap();
        assert_eq!(read("9999-12-31T23:59:59Z"), read("253402300799"));
        assert_eq!(read("0000-01-01"), read("-62167219200"));
        assert_eq!(read("1970-01-01T01:00+01:00"), read("0"));
        assert!(read("9999-12-31") > read("2024-01-01"));
        assert!(read_date("253402300800").is_none());
        assert!(read("1969-12-31T23:59:59.5Z") < read("1970-01-01"));
        for text in [
            "",
            "2024-02-30",
            "2024-13",
            "2024-1-1",
            "now",
            "2024-01-01T24:00Z",
        ] {
            assert!(read_date(text).is_none(), "{text}");
        }
    }
}
