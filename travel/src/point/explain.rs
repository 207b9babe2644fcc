//! Why a text is not a point: the cause, for the person who typed it.

use jiff::civil::{Date, Time};

use super::Unit;
use super::parse::{anchor, is_number};

/// Words that a point begins with or is.
const WORDS: [&str; 3] = ["head", "today", "yesterday"];
/// What other programs and other languages call something that has a name here.
const OTHER_WORDS: [(&str, &str); 16] = [
    ("now", "the present is `head`"),
    ("latest", "the end of the log is `head`"),
    ("last", "the end of the log is `head`"),
    ("newest", "the end of the log is `head`"),
    ("tip", "the end of the log is `head`"),
    ("end", "`end` is of a session: SESSION:end; the end of the log is `head`"),
    ("start", "`start` is of a session: SESSION:start; the beginning of the log is 0"),
    ("first", "the first event of the log is 1, that of a session SESSION:start"),
    ("beginning", "the beginning of the log is 0"),
    ("noon", "a time of day is written 12:00"),
    ("midnight", "a time of day is written 00:00; the beginning of this day is `today`"),
    ("tomorrow", "nothing of tomorrow is recorded yet"),
    ("mark", "a mark is written mark:NAME; `retold mark` lists them"),
    ("h", "a hash is written h: and 6 or more of its digits: h:4f1e0c"),
    ("r", "a revision is written r and its number: r7"),
    ("ago", "it lacks how long ago: 15min-ago"),
];
const DAYS_AND_SPANS: [&str; 11] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "week",
    "month",
    "year",
    "day",
];

/// Returns why a text is not a point.
pub(super) fn cause(text: &str) -> String {
    let causes = [before_all, ago, date, offset, time_of_day, named, word];
    let found = causes.into_iter().find_map(|cause| cause(text));
    found.unwrap_or_else(|| "it is not a position, revision, time, mark or hash".to_owned())
}

fn said(reason: impl Into<String>) -> Option<String> {
    Some(reason.into())
}

/// What is wrong with the whole text, whatever it was to be.
fn before_all(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return said("it is empty");
    }
    if text.trim() != text {
        return said("there is white space around it");
    }
    if let Some((after, to)) = text.split_once("..") {
        let one = if to.is_empty() { after } else { to };
        return said(format!("it is a range, and one moment is wanted here: {one}"));
    }
    if let Some(rest) = text.strip_prefix(['-', '+']) {
        if rest == "ago" {
            return said("it lacks how long ago: 15min-ago");
        }
        let counted = rest.trim_start_matches(['-', '+']);
        let counted = if offset_is_one(counted) { counted } else { "3" };
        return said(format!("an offset is counted from a point: head-{counted}"));
    }
    if text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'_' | b'\''))
        && !is_number(text)
    {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        return said(format!("a position is written in digits alone: {digits}"));
    }
    let fraction = text.split_once('.').filter(|(whole, rest)| is_number(whole) && is_number(rest));
    fraction.and_then(|_| said("a position is a whole number"))
}

/// Whether a text is what follows the sign of an offset.
fn offset_is_one(text: &str) -> bool {
    let (digits, unit) = parted(text);
    is_number(digits) && Unit::WRITTEN.iter().any(|(known, _)| *known == unit)
}

/// Parts `15min` into its digits and its unit.
fn parted(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Returns the unit that a person meant, as it is written here.
fn meant(unit: &str) -> Option<(u32, &'static str)> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => (1, "s"),
        "mins" | "minute" | "minutes" => (1, "min"),
        "hr" | "hrs" | "hour" | "hours" => (1, "h"),
        "day" | "days" => (1, "d"),
        "w" | "week" | "weeks" => (7, "d"),
        "mo" | "month" | "months" => (30, "d"),
        "y" | "yr" | "year" | "years" => (365, "d"),
        "s" => (1, "s"),
        "min" => (1, "min"),
        "h" => (1, "h"),
        "d" => (1, "d"),
        _ => return None,
    })
}

/// Why an amount is none, or is none of time.
fn amount(written: &str, is_time: bool, with: impl Fn(&str) -> String) -> Option<String> {
    let (digits, unit) = parted(written);
    if digits.is_empty() {
        return said(match unit {
            "" => "a number is missing".to_owned(),
            unit => format!("`{unit}` lacks its number: {}", with(&format!("1{unit}"))),
        });
    }
    let Ok(number) = digits.parse::<u32>() else { return said(format!("no amount is as large as {digits}")) };
    if is_time && unit == "m" {
        return said(format!("`m` counts messages; minutes are `min`: {}", with(&format!("{number}min"))));
    }
    if is_time && unit.is_empty() {
        return said(format!("it lacks its unit, one of s, min, h, d: {}", with(&format!("{number}min"))));
    }
    if Unit::WRITTEN.iter().any(|(known, _)| *known == unit) {
        return None;
    }
    if unit.starts_with(['.', ',']) {
        return said("an amount is a whole number");
    }
    said(match meant(unit.trim_start()) {
        Some((times, known)) => {
            let right = with(&format!("{}{known}", u64::from(number) * u64::from(times)));
            format!("`{}` is not a unit: write {right}", unit.trim_start())
        }
        None => format!("`{unit}` is not a unit; there are m for messages, and s, min, h, d for times"),
    })
}

fn ago(text: &str) -> Option<String> {
    let written = text.strip_suffix("ago")?;
    let Some(written) = written.strip_suffix('-') else {
        let amount = written.trim_end();
        let (digits, unit) = parted(amount);
        return match (is_number(digits), meant(unit.trim_start()).filter(|(times, _)| *times == 1)) {
            (true, Some((_, unit))) => said(format!("write {digits}{unit}-ago")),
            (true, None) => self::amount(amount, true, |right| format!("{right}-ago")),
            _ => None,
        };
    };
    amount(written, true, |right| format!("{right}-ago"))
}

/// What is wrong after an anchor that is one.
fn offset(text: &str) -> Option<String> {
    let signs = text.char_indices().filter(|(_, sign)| matches!(sign, '-' | '+')).map(|(at, _)| at);
    for at in signs {
        let (before, rest) = (text[..at].trim_end(), &text[at + 1..]);
        if !matches!(anchor(before), Ok(Some(_))) {
            continue;
        }
        let sign = &text[at..=at];
        if before.len() < at || rest.starts_with(' ') {
            return said(format!("there is no space in an offset: {before}{sign}{}", rest.trim_start()));
        }
        if rest.is_empty() {
            return said(format!("a number is missing after `{sign}`: {before}{sign}3"));
        }
        if let Some(second) = rest.find(['-', '+']) {
            return said(match second {
                0 => format!("one sign is enough: {before}{}", &rest[second..]),
                _ => "a point has one offset".to_owned(),
            });
        }
        if let Some(reason) = amount(rest, false, |right| format!("{before}{sign}{right}")) {
            return Some(reason);
        }
    }
    None
}

/// Parts a text that begins like a date into year, month, day and what follows.
fn date_parts(text: &str) -> Option<([&str; 3], char, &str)> {
    let separator =
        text.chars().find(|letter| !letter.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = text.splitn(3, separator);
    let (first, second, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (third, rest) = parted(rest);
    let is_date = [first, second, third].iter().all(|part| is_number(part) && part.len() <= 4)
        && (first.len() == 4 || third.len() == 4);
    is_date.then_some(([first, second, third], separator, rest))
}

fn date(text: &str) -> Option<String> {
    let (parts, separator, rest) = date_parts(text).filter(|(.., rest)| !rest.starts_with(['-', '+']))?;
    let is_year_first = parts[0].len() == 4;
    let [year, month, day] = if is_year_first { parts } else { [parts[2], parts[1], parts[0]] };
    let [year, month, day] = [year, month, day].map(|part| part.parse::<i16>().unwrap_or(i16::MAX));
    let written = format!("{year:04}-{month:02}-{day:02}");
    if !(1..=12).contains(&month) {
        return said(match is_year_first {
            true => format!("there is no month {month}"),
            false => "a date is written year-month-day: 2026-11-23".to_owned(),
        });
    }
    let Ok(first) = Date::new(year, i8::try_from(month).ok()?, 1) else {
        return said("there is no such year");
    };
    let days = i16::from(first.days_in_month());
    if !(1..=days).contains(&day) {
        return said(format!("there is no such day: {} has {days} days", first.strftime("%B %Y")));
    }
    if !is_year_first || separator != '-' || parts[1].len() != 2 || parts[2].len() != 2 {
        return said(format!("a date is written {written}"));
    }
    let Some(time) = rest.strip_prefix([' ', 'T', 't']) else {
        return said(format!("a time follows a date after a space or T: {written} 17:30"));
    };
    if time.contains('[') || time.ends_with(char::is_alphabetic) && !time.ends_with(['Z', 'z', 'm', 'M']) {
        return said(format!("a zone is written as its offset from UTC: {written}T17:30:00+01:00, or Z"));
    }
    let clock = time.find(['+', '-', 'Z', 'z']).map_or(time, |end| &time[..end]);
    if clock.parse::<Time>().is_err()
        && let Some(reason) = wrong_time(clock)
    {
        return Some(reason);
    }
    if clock.len() < time.len() {
        return said(format!("an offset from UTC has hours and minutes: {written}T17:30:00+01:00, or Z"));
    }
    said(format!("a date with a time is written {written} 17:30"))
}

/// Why a text that is to be a time of day is none.
fn wrong_time(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let half = lower.strip_suffix("am").or_else(|| lower.strip_suffix("pm")).map(str::trim_end);
    if half.is_some_and(|time| {
        time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') && !time.is_empty()
    }) {
        return said("times of day have 24 hours: 17:30");
    }
    let parts: Vec<&str> = text.split(':').collect();
    if !parts.iter().all(|part| is_number(part.split('.').next().unwrap_or(part))) {
        return None;
    }
    if parts.len() == 1 {
        return said(format!(
            "a time has hours and minutes: {:0>2}:00",
            parts[0].get(..2).unwrap_or(parts[0])
        ));
    }
    if parts.len() > 3 {
        return said("a time has hours, minutes and seconds");
    }
    let names = [("hour", 23), ("minute", 59), ("second", 59)];
    for (part, (name, most)) in parts.iter().zip(names) {
        let whole = part.split('.').next().unwrap_or(part);
        if whole.parse::<u32>().map_or(true, |number| number > most) {
            return said(format!("there is no such time: the last {name} is {most}"));
        }
    }
    let two_digits: Vec<String> = parts.iter().map(|part| format!("{part:0>2}")).collect();
    if parts.iter().any(|part| part.len() < 2) {
        return said(format!("hours and minutes have two digits: {}", two_digits.join(":")));
    }
    let is_one = text.parse::<Time>().is_ok();
    is_one.then(|| "a time of day has no fraction of a second: 17:30:05".to_owned())
}

fn time_of_day(text: &str) -> Option<String> {
    for day in ["today", "yesterday"] {
        let Some(rest) = text.strip_prefix(day) else { continue };
        let Some(time) = rest.strip_prefix(' ') else {
            return rest
                .starts_with(|first: char| first.is_ascii_digit())
                .then(|| format!("there is a space before the time: {day} {rest}"));
        };
        return wrong_time(time).or_else(|| said(format!("a time of day is written {day} 17:30")));
    }
    let looks_so = text.starts_with(|first: char| first.is_ascii_digit())
        && (text.contains(':') || text.to_ascii_lowercase().ends_with(['m']));
    if looks_so && !text.contains(|letter: char| letter.is_alphabetic() && !"aApPmM".contains(letter)) {
        return wrong_time(text);
    }
    None
}

/// What has a prefix or a session in front.
fn named(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("h:") {
        return said(match digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
            Some(other) => format!("`{other}` is not a hexadecimal digit"),
            None => "a hash is named by 6 to 64 of its hexadecimal digits".to_owned(),
        });
    }
    if let Some((session, place)) = text.rsplit_once(':') {
        if session.is_empty() {
            return said("the session is missing before the `:`");
        }
        if session.contains(' ') {
            return None;
        }
        let prefix = session.to_ascii_lowercase();
        if prefix == "mark" || prefix == "h" {
            return said(format!("`{prefix}:` is written in small letters"));
        }
        return said(match place {
            "" => {
                format!("the place is missing after the `:`: {session}:r7, {session}:start or {session}:end")
            }
            place => format!("after a session's `:` stands r and a number, start or end; found `{place}`"),
        });
    }
    let digits = text.strip_prefix(['r', 'R'])?;
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    said(match is_number(digits) {
        true if text.starts_with('R') => format!("it is written in small letters: r{digits}"),
        true => "no revision is that large".to_owned(),
        false => "a revision is written r and its number: r7".to_owned(),
    })
}

fn word(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some((_, reason)) = OTHER_WORDS.iter().find(|(word, _)| *word == lower) {
        return said(*reason);
    }
    if lower != text && matches!(anchor(&lower), Ok(Some(_))) {
        return said(format!("it is written in small letters: {lower}"));
    }
    if DAYS_AND_SPANS.iter().any(|word| lower.split(' ').any(|found| found.trim_end_matches('s') == *word)) {
        return said("days are written as their date, or as in 3d-ago");
    }
    let is_hash = (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash {
        return said(format!("a hash is written h:{lower}"));
    }
    let (first, rest) = lower.split_at(lower.find(['-', '+', ' ']).unwrap_or(lower.len()));
    let near = WORDS.into_iter().find(|word| distance(first, word) <= 2 && first.len() > 2);
    near.and_then(|near| said(format!("there is no `{first}`; is {near}{rest} meant?")))
}

/// Returns how many letters differ: put in, left out, changed, or swapped with the next.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
