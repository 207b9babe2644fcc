//! What is typed without a zone, and what a person is shown, is local; what programs get is UTC.

use jiff::tz::TimeZone;

use crate::support::{Place, environment, snapshot};

fn at(place: &Place, zone: &str, args: &[&str]) -> String {
    let answer = place.run(args, |io| {
        io.time_zone = TimeZone::get(zone).unwrap();
        io.out_is_terminal = true;
        io.columns = 100;
        io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
    });
    format!("{}{}", answer.out, answer.err)
}

#[test]
fn a_table_shows_local_time_with_its_offset() {
    let place = Place::with_sessions();
    let first = crate::support::FIRST;
    for zone in ["Asia/Kolkata", "America/New_York", "Pacific/Apia", "Europe/London"] {
        insta::with_settings!({ snapshot_suffix => zone.replace('/', "-") }, {
            let said = [
                at(&place, zone, &["log", "-n", "2"]),
                at(&place, zone, &["sessions"]),
                at(&place, zone, &["show", first]),
                at(&place, zone, &["blame", first]),
                at(&place, zone, &["log", first, "r3..r4", "--patch"]),
                at(&place, zone, &["resolve", "5"]),
            ];
            insta::assert_snapshot!(said.join("\n"));
        });
    }
    // UTC is the same as --utc anywhere.
    for args in [&["log"][..], &["sessions"], &["show", first], &["blame", first], &["resolve", "5"]] {
        let utc = [args, &["--utc"]].concat();
        assert_eq!(at(&place, "Asia/Kolkata", &utc), at(&place, "UTC", args), "{args:?}");
    }
}

#[test]
fn programs_get_utc_in_any_zone() {
    let place = Place::with_sessions();
    let first = crate::support::FIRST;
    for args in [
        &["log"][..],
        &["sessions"],
        &["blame", first],
        &["trace", first, "status"],
        &["sql", "select recorded_at, occurred_at from events"],
        &["resolve", "5"],
        &["metrics"],
    ] {
        for format in ["json", "jsonl", "csv"] {
            let args = [args, &["-o", format]].concat();
            let utc = place.piped(&args).exited_with(0).out;
            let there = place.run(&args, |io| io.time_zone = TimeZone::get("Asia/Kolkata").unwrap());
            // What a point came to is said in words, for a person.
            if args[0] != "resolve" {
                assert_eq!(there.out, utc, "{args:?}");
            }
            assert!(!utc.contains("+00:00"), "{utc}");
        }
    }
    let document = place.piped(&["show", first, "-o", "json"]).done();
    let there =
        place.run(&["show", first, "-o", "json"], |io| io.time_zone = TimeZone::get("Asia/Kolkata").unwrap());
    assert_eq!(there.done(), document);
}

#[test]
fn what_is_typed_without_a_zone_is_local_and_with_utc_is_not() {
    let place = Place::with_sessions();
    let position = |zone: &str, args: &[&str]| {
        let args = [&["resolve", "--clock", "recorded"], args].concat();
        let answer = place.run(&args, |io| io.time_zone = TimeZone::get(zone).unwrap());
        answer.exited_with(0).out.trim().to_owned()
    };
    // 09:02:30 in UTC is after the third event.
    for (zone, typed) in [
        ("UTC", "2026-11-23 09:02:30"),
        ("Asia/Kolkata", "2026-11-23 14:32:30"),
        ("America/New_York", "2026-11-23 04:02:30"),
        ("Pacific/Apia", "2026-11-23 22:02:30"),
    ] {
        assert_eq!(position(zone, &[typed]), "3", "{zone}");
        assert_eq!(position(zone, &["2026-11-23 09:02:30", "--utc"]), "3", "{zone}");
        assert_eq!(position(zone, &["2026-11-23T09:02:30Z"]), "3", "{zone}");
    }
    let sessions = |zone: &str, args: &[&str]| {
        let args = [&["sessions", "-o", "jsonl"], args].concat();
        place.run(&args, |io| io.time_zone = TimeZone::get(zone).unwrap()).out.lines().count()
    };
    // They were created at 08:00 in UTC.
    let created = ["--created", "2026-11-23 09:00..2026-11-24"];
    assert_eq!(sessions("UTC", &created), 0);
    assert_eq!(sessions("Asia/Kolkata", &created), 2);
    assert_eq!(sessions("Asia/Kolkata", &[&created[..], &["--utc"]].concat()), 0);
}

#[test]
fn a_time_that_no_clock_shows_or_that_comes_twice_is_refused_with_both_readings() {
    let place = Place::with_sessions();
    let said = |zone: &str, text: &str| {
        let answer = place.run(&["resolve", text], |io| io.time_zone = TimeZone::get(zone).unwrap());
        answer.refused(2)
    };
    snapshot!(said("America/New_York", "2026-03-08 02:30"), @"error: point 2026-03-08T02:30:00: in America/New_York there is no 02:30:00 on 2026-03-08, clocks were put forward: write 2026-03-08T03:30:00-04:00 or 2026-03-08T01:30:00-05:00");
    snapshot!(said("America/New_York", "2026-11-01 01:30"), @"error: point 2026-11-01T01:30:00: in America/New_York it is 01:30:00 twice on 2026-11-01, clocks were put back: write 2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00");
    snapshot!(said("Pacific/Apia", "2011-12-30"), @"error: point 2011-12-30T00:00:00: there is no such day in Pacific/Apia: 2011-12-30 was left out of the calendar");
    snapshot!(said("Pacific/Apia", "2011-12-30 12:00"), @"error: point 2011-12-30T12:00:00: there is no such day in Pacific/Apia: 2011-12-30 was left out of the calendar");
    // Each reading is a point.
    for reading in ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-03-08T03:30:00-04:00"] {
        let answer = place.run(&["resolve", reading], |io| {
            io.time_zone = TimeZone::get("America/New_York").unwrap();
        });
        answer.exited_with(0);
    }
    // A day begins when it begins, although no clock showed its midnight.
    let answer = place.run(&["resolve", "2018-11-04"], |io| {
        io.time_zone = TimeZone::get("America/Sao_Paulo").unwrap();
    });
    answer.exited_with(0);
    let list = place.run(&["sessions", "--created", "2026-03-08 02:30.."], |io| {
        io.time_zone = TimeZone::get("America/New_York").unwrap();
    });
    snapshot!(list.refused(2), @"error: list sessions: in America/New_York there is no 02:30:00 on 2026-03-08, clocks were put forward: write 2026-03-08T03:30:00-04:00 or 2026-03-08T01:30:00-05:00");
}

#[test]
fn a_zone_that_nobody_knows_is_said_once() {
    let place = Place::with_sessions();
    let run = |args: &[&str]| {
        place.run(args, |io| {
            io.time_zone = TimeZone::unknown();
            io.environment = environment(&[("TZ", "Mars/Olympus")]);
        })
    };
    let answer = run(&["log", "-n", "1"]).exited_with(0);
    snapshot!(answer.err, @"warning: TZ=Mars/Olympus names no time zone that is known here: times are read and shown in UTC");
    assert_eq!(answer.out, place.piped(&["log", "-n", "1"]).done());
    assert_eq!(run(&["log", "-n", "1", "--utc"]).exited_with(0).err, "");
    // As the process has it.
    let process = |zone: &str| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_retold"))
            .env("TZ", zone)
            .env("RETOLD_STORE", place.path())
            .args(["log", "-n", "1"])
            .output()
            .unwrap();
        String::from_utf8(program.stderr).unwrap()
    };
    assert_eq!(process("Mars/Olympus"), answer.err);
    assert_eq!(process("Asia/Kolkata"), "");
    assert_eq!(process("UTC"), "");
    assert_eq!(process(""), "");
}
