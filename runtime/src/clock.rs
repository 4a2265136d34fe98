//! UTC calendar time of logs, of the health answer, and of `Date`.
//!
//! The whole need is a few formats of "now" in one zone: a calendar crate would weigh more than the arithmetic.

use std::{
    cell::RefCell,
    fmt,
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

/// This moment as `Date` has it (RFC 9110 5.6.7), made once a second.
pub(crate) fn with_http_date<T>(then: impl FnOnce(&str) -> T) -> T {
    thread_local! {
        static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs();
    LAST.with_borrow_mut(|(second, date)| {
        if *second != seconds {
            *second = seconds;
            date.clear();
            // A String takes everything.
            let _ = write!(date, "{}", http_date(seconds));
        }
        then(date)
    })
}

/// `Mon, 23 Nov 2026 15:50:39 GMT`, of so many seconds after 1970-01-01T00:00:00Z.
fn http_date(seconds: u64) -> impl fmt::Display {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    fmt::from_fn(move |f| {
        let Utc {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = Utc::at(seconds, 0);
        let weekday = (0..).zip(DAYS).find(|(n, _)| *n == seconds / 86_400 % 7);
        let month = (1..).zip(MONTHS).find(|(n, _)| *n == month);
        let (weekday, month) = (weekday.map_or("", |w| w.1), month.map_or("", |m| m.1));
        write!(
            f,
            "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
        )
    })
}

/// A moment in UTC, in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Utc {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    nanosecond: u32,
}

impl Utc {
    /// This moment.
    pub fn now() -> Utc {
        // A clock set before 1970 shows 1970: a log must not fail for it.
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Utc::at(elapsed.as_secs(), elapsed.subsec_nanos())
    }

    /// The moment so many seconds and nanoseconds after 1970-01-01T00:00:00Z.
    pub fn at(seconds: u64, nanosecond: u32) -> Utc {
        const DAYS_OF_ERA: u64 = 146_097; // 400 years
        const DAYS_BEFORE_1970: u64 = 719_468; // from 0000-03-01

        // Years that begin in March put the leap day last, so that the lengths of months follow one line.
        let days = seconds / 86_400 + DAYS_BEFORE_1970;
        let day_of_era = days % DAYS_OF_ERA;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        Utc {
            year: days / DAYS_OF_ERA * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            nanosecond,
        }
    }

    /// `2026/11/23 - 15:50:39.123`, as the text log has it.
    pub fn log_line(self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let Utc {
                year,
                month,
                day,
                hour,
                minute,
                second,
                ..
            } = self;
            let milli = self.nanosecond / 1_000_000;
            write!(
                f,
                "{year:04}/{month:02}/{day:02} - {hour:02}:{minute:02}:{second:02}.{milli:03}"
            )
        })
    }

    /// `2026-11-23`
    #[cfg(feature = "tls-listener")]
    pub fn date(self) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day))
    }

    /// `2026-11-23T15:50:39.123456789Z` (RFC 3339).
    pub fn rfc3339(self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let Utc {
                year,
                month,
                day,
                hour,
                minute,
                second,
                nanosecond,
            } = self;
            write!(
                f,
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
            )?;
            write!(f, ".{nanosecond:09}Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (seconds, expected) in [
            (0, "1970/01/01 - 00:00:00.007"),
            (68_169_599, "1972/02/28 - 23:59:59.007"),
            (68_169_600, "1972/02/29 - 00:00:00.007"),
            (951_782_400, "2000/02/29 - 00:00:00.007"),
            (1_798_761_599, "2026/12/31 - 23:59:59.007"),
            (1_798_761_600, "2027/01/01 - 00:00:00.007"),
            (4_107_542_400, "2100/03/01 - 00:00:00.007"),
        ] {
            assert_eq!(Utc::at(seconds, 7_000_001).log_line().to_string(), expected);
        }
        assert_eq!(
            Utc::at(1, 5).rfc3339().to_string(),
            "1970-01-01T00:00:01.000000005Z"
        );
    }

    #[test]
    fn seconds_become_dates_of_http() {
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (1_798_761_600, "Fri, 01 Jan 2027 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(seconds).to_string(), expected);
        }
        with_http_date(|date| assert_eq!(date.len(), 29, "{date}"));
    }
}
