//! Dates of condition values, read without allocating.
//!
//! ISO 8601 in the W3C profile that AWS names (a month or a date alone is its first instant, and a time
//! without a zone is UTC), or epoch seconds. A bare year reads as seconds, as any other number. What ISO
//! 8601 has beyond the profile, such as `20240101T00Z`, is read as well.
//!
//! Source: W3C NOTE-datetime; IAM User Guide, "Date condition operators".

use hallpass_types::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// An instant of the years 0 to 9999, also where it is nearer to their ends than a time zone is wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    /// Since the epoch.
    seconds: i64,
    nanoseconds: i32,
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
    let mut scan = Scan(text.as_bytes());
    match scan.civil() {
        Some(civil) => civil.instant(),
        // Its errors allocate: what cannot be a date is kept from it.
        None if text.bytes().all(is_of_dates) => beyond_the_profile(text),
        None => None,
    }
}

fn beyond_the_profile(text: &str) -> Option<Instant> {
    let timestamp = text.parse::<Timestamp>().or_else(|_| {
        let civil = text.parse::<DateTime>()?;
        Offset::UTC.to_timestamp(civil)
    });
    let timestamp = timestamp.ok()?;
    let (seconds, nanoseconds) = (timestamp.as_second(), timestamp.subsec_nanosecond());
    // The fraction of what is before the epoch counts backwards.
    Some(if nanoseconds < 0 {
        Instant {
            seconds: seconds - 1,
            nanoseconds: nanoseconds + NANOSECONDS,
        }
    } else {
        Instant {
            seconds,
            nanoseconds,
        }
    })
}

const fn is_of_dates(byte: u8) -> bool {
    byte.is_ascii_digit()
        || matches!(byte, b'+' | b'-' | b':' | b'.' | b',' | b' ')
        || matches!(byte, b'T' | b't' | b'Z' | b'z')
}

/// A date in the profile's form; its numbers may be out of range.
#[derive(Clone, Copy, Debug, Default)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: i32,
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
    /// The whole of the text, where it has the profile's form.
    fn civil(&mut self) -> Option<Civil> {
        let mut civil = Civil {
            day: 1,
            ..Civil::default()
        };
        civil.year = self.digits(4)?;
        self.skip(b"-")?;
        civil.month = self.digits(2)?;
        if self.skip(b"-").is_some() {
            civil.day = self.digits(2)?;
            if self.skip(b"Tt").is_some() {
                self.time(&mut civil)?;
            }
        }
        self.0.is_empty().then_some(civil)
    }

    fn time(&mut self, civil: &mut Civil) -> Option<()> {
        civil.hour = self.digits(2)?;
        self.skip(b":")?;
        civil.minute = self.digits(2)?;
        if self.skip(b":").is_some() {
            civil.second = self.digits(2)?;
            if self.skip(b".").is_some() {
                civil.nanoseconds = self.fraction()?;
            }
        }
        if self.skip(b"Zz").is_some() {
            return Some(());
        }
        let sign = match self.skip(b"+-") {
            None => return Some(()),
            Some(b'-') => -1,
            Some(_) => 1,
        };
        let hours = self.digits(2)?;
        self.skip(b":")?;
        let minutes = self.digits(2)?;
        // Others are no zone's; they are left to a reader that says so.
        (hours < 24 && minutes < 60).then_some(())?;
        civil.offset_seconds = sign * (hours * 3600 + minutes * 60);
        Some(())
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
    fn fraction(&mut self) -> Option<i32> {
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
        Some(padded.fold(0, |number, byte| number * 10 + i32::from(byte - b'0')))
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
const NANOSECONDS: i32 = 1_000_000_000;
// From the first of March of the year 0.
const DAYS_TO_EPOCH: i64 = 719_468;
const FIRST_SECOND: i64 = days_since_epoch(0, 1, 1) * SECONDS_A_DAY;
const LAST_SECOND: i64 = days_since_epoch(10_000, 1, 1) * SECONDS_A_DAY - 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In the profile's own form and beside it, it reads what a library of dates reads.
        #[test]
        fn agrees_with_the_library(
            text in "[0-9]{3}[0-9]-(0[0-9]|1[0-3])(-[0-3][0-9]([Tt ][0-2][0-9](:?[0-6][0-9](:?[0-6][0-9]([.,][0-9]{1,10})?)?)?(Z|z|[+-][0-2][0-9](:?[0-6][0-9])?)?)?)?",
        ) {
            let expected = if text.len() == 7 {
                beyond_the_profile(&format!("{text}-01"))
            } else {
                beyond_the_profile(&text)
            };
            let read = read_date(&text);
            // The library ends a time zone's width before the years do.
            if !text.starts_with("9999-12-3") && !text.starts_with("0000-01-01") {
                prop_assert_eq!(read, expected, "{}", text);
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
