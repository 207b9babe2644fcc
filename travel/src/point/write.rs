//! Points as they are written.

use std::fmt::{Display, Formatter, Result};

use jiff::civil::Time;

use super::{Amount, Anchor, Offset, Place, Point, Unit};

impl Display for Point {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.anchor.fmt(f)?;
        self.offset.map_or(Ok(()), |offset| offset.fmt(f))
    }
}

impl Display for Anchor {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Head => f.write_str("head"),
            Self::Position(position) => position.fmt(f),
            Self::Revision(revision) => write!(f, "r{revision}"),
            Self::Of(session, place) => write!(f, "{session}:{place}"),
            Self::Instant(instant) => instant.fmt(f),
            Self::Local(local) => local.fmt(f),
            Self::Today(time) => clock(*time).fmt(f),
            Self::DaysAgo(days, time) => {
                f.write_str(if *days == 0 { "today" } else { "yesterday" })?;
                if *time == Time::midnight() { Ok(()) } else { write!(f, " {}", clock(*time)) }
            }
            Self::Ago(amount) => write!(f, "{amount}-ago"),
            Self::Hash(prefix) => write!(f, "h:{}", prefix.as_str()),
            Self::Mark(name) => write!(f, "mark:{name}"),
        }
    }
}

/// The seconds where there are any.
fn clock(time: Time) -> jiff::fmt::strtime::Display<'static> {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" })
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::End => f.write_str("end"),
            Self::Revision(revision) => write!(f, "r{revision}"),
        }
    }
}

impl Display for Offset {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}{}", if self.back { '-' } else { '+' }, self.amount)
    }
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let written = Unit::WRITTEN.into_iter().find(|(_, unit)| *unit == self.unit);
        write!(f, "{}{}", self.number, written.map_or("", |(written, _)| written))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Range;

    #[test]
    fn points_are_read_as_they_are_meant() {
        let read = |text: &str| format!("{:?}", text.parse::<Point>().unwrap());
        assert!(read("2026-11-23").contains("Local(2026-11-23T00:00:00)"), "{}", read("2026-11-23"));
        assert!(read("2026-11-23T09:00:00+01:00").contains("Instant(2026-11-23T08:00:00Z), offset: None"));
        assert!(read("2026-11-23T09:00:00Z-5min").contains("Some(Offset { back: true"));
        assert!(read("2026-11-23 09:00").contains("Local(2026-11-23T09:00:00)"));
        assert!(read("17:30").contains("Today(17:30:00)") && read("17:30:05").contains("Today(17:30:05)"));
        assert!(read("head-3m").contains("Messages") && read("head-3min").contains("Minutes"));
        assert!(read("a:b:r7").contains("Of(\"a:b\", Revision(Revision(7)))"));
        assert!(read("7c2f4b1e-93d5:end-1").contains("Of(\"7c2f4b1e-93d5\", End), offset: Some"));
        assert!(read("mark:v1-final").contains("Mark") && read("mark:v1-3").contains("offset: Some"));
        assert!(read("h:4F1E0C").contains("4f1e0c"));
        assert!(read("0").contains("Position(Position(0))"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "r",
            "-1",
            "+1",
            "tomorrow",
            "h:12345",
            "h:xyzxyz",
            "mark:",
            "mark:a b",
            "3-ago",
            "5m-ago",
            ":r7",
            "head-",
            "head--1",
            "head-1-1",
            "25:00",
            "2026-13-01",
            "9223372036854775808",
            "yesterday17:30",
            "head-99999999999",
            "S:r",
            "S:middle",
        ] {
            assert!(text.parse::<Point>().is_err(), "{text}: {:?}", text.parse::<Point>());
        }
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(2000))]

        #[test]
        fn reading_never_panics_and_what_is_written_reads_back(
            anchor in "(head|today|yesterday|mark:|h:|r|[a-z]{0,3}:|[0-9]{1,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9:]{5,8}|)",
            middle in "[ T]?[0-9a-f:.Z]{0,9}",
            end in "([+-][0-9]{1,11}(m|min|s|h|d|)|-ago|)",
        ) {
            let text = format!("{anchor}{middle}{end}");
            if let Ok(point) = text.parse::<Point>() {
                prop_assert_eq!(point.to_string().parse::<Point>(), Ok(point), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _any = (text.parse::<Point>(), text.parse::<Range>());
        }
    }
}
