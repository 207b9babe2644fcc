//! Points mean what the documentation says.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{Commit, Expected, Options, Position};
use retold_projections::find;
use retold_tests::{Store, created, message, name, task};
use retold_travel::{Clock, Error, MarkName, POINTS, Point, Range, Resolved, Resolver, mark, marks, unmark};

/// Two sessions, an event a minute from 09:00 on: 1 a1, 2 b2, 3 to 5 messages of a1, 6 b2, 7 a1.
fn given() -> (Store, retold_core::Log) {
    let store = Store::new();
    let minutes = std::sync::atomic::AtomicI64::new(0);
    let clock = move || {
        let minute = minutes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + jiff::Span::new().minutes(minute)
    };
    let log = Options::new().create(true).clock(clock).open(store.path()).unwrap();
    for (id, event) in [
        ("a1", created("a1")),
        ("b2", created("b2")),
        ("a1", message("one")),
        ("a1", message("two")),
        ("a1", message("three")),
        ("b2", task("x")),
        ("a1", task("y")),
    ] {
        log.append(Commit::to(name(id), Expected::Any, [event])).unwrap();
    }
    (store, log)
}

fn resolve(log: &retold_core::Log, session: Option<&str>, text: &str) -> Result<Resolved, Error> {
    let reader = log.reader().unwrap();
    let session = session.map(|name| find(&reader, name).unwrap());
    let resolver = Resolver {
        reader: &reader,
        session: session.as_ref(),
        clock: Clock::Recorded,
        now: "2026-11-23T10:00:00Z".parse().unwrap(),
        zone: TimeZone::fixed(jiff::tz::offset(1)),
    };
    resolver.resolve_or_before(&text.parse::<Point>().unwrap())
}

#[test]
fn every_form_comes_to_its_position() {
    let (_store, log) = given();
    let hash = log.reader().unwrap().head().unwrap().hash.to_string();
    let cases: &[(Option<&str>, &str, u64)] = &[
        (None, "head", 7),
        (None, "head-2", 5),
        (None, "3", 3),
        (None, "0", 0),
        (None, "3+2", 5),
        (None, "a1:r2", 3),
        (None, "a1:start", 1),
        (None, "b2:end", 6),
        (None, "b2:end-1", 2),
        (None, "a1:end-1m", 4),
        (None, "a1:start+2m", 4),
        (None, "head-1m", 4),
        (Some("a1"), "r3", 4),
        (Some("a1"), "head-1", 5),
        (Some("a1"), "head-4", 1),
        (Some("b2"), "head-2", 1),
        (Some("a1"), "r1+1m", 3),
        (None, "2026-11-23T09:02:30Z", 3),
        (None, "2026-11-23T10:02:30+01:00", 3),
        (None, "2026-11-23 10:04", 5),
        (None, "10:02", 3),
        (None, "today 10:02:59", 3),
        (None, "yesterday 10:00", 0),
        (None, "today", 0),
        (None, "2026-11-23", 0),
        (None, "2026-11-24", 7),
        (None, "55min-ago", 6),
        (None, "1h-ago", 1),
        (None, "1d-ago", 0),
        (None, "head-3min", 4),
        (None, "1+90s", 2),
        (None, "2026-11-23T09:02:30Z-1", 2),
        (None, "2026-11-23T09:02:30Z-1min", 2),
    ];
    for (session, text, position) in cases {
        let resolved = resolve(&log, *session, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(resolved.head.position.get(), *position, "{text}: {}", resolved.said);
    }
    assert_eq!(resolve(&log, None, &format!("h:{}", &hash[..8])).unwrap().head.position.get(), 7);
    assert_eq!(resolve(&log, None, &format!("h:{hash}-1")).unwrap().head.position.get(), 6);
    let said = resolve(&log, Some("a1"), "6").unwrap().said;
    assert_eq!(said, "position 6, 2026-11-23 10:05:00+01:00, session a1 is at r4 then");
}

#[test]
fn a_point_that_names_nothing_says_why() {
    let (_store, log) = given();
    for (session, text, reason) in [
        (None, "8", "it lies outside the log, which has positions 1 to 7"),
        (None, "r1", "a revision is of a session: name it, as in SESSION:r7"),
        (Some("b2"), "r3", "session b2 ends at r2"),
        (Some("b2"), "r0", "revisions begin at r1"),
        (None, "c3:end", "no session is called c3"),
        (None, "h:0123456789ab", "no event has a hash that begins so"),
        (None, "mark:nowhere", "there is no mark yet"),
        (None, "head-8", "only 7 events lie before"),
        (None, "head+1", "only 0 events follow"),
        (Some("b2"), "head-3", "only 2 of the session's events lie before"),
        (None, "head-4m", "fewer than 4 messages lie before"),
        (None, "1+4m", "fewer than 4 messages follow"),
    ] {
        let error = resolve(&log, session, text).unwrap_err();
        assert_eq!(error.to_string(), format!("point {text}: {reason}"));
    }
    let other = retold_core::StreamName::session("beacon", "a1", 1);
    log.append(Commit::to(other, Expected::Any, [created("a1")])).unwrap();
    let error = resolve(&log, None, "a1:end").unwrap_err();
    let Error::Ambiguous { candidates, .. } = error else { panic!("{error}") };
    assert_eq!(candidates, ["atlas/a1:end", "beacon/a1:end"]);
    for candidate in candidates {
        resolve(&log, None, &candidate).unwrap();
    }
}

#[test]
fn a_mark_stands_for_its_moment_in_its_history() {
    let (store, log) = given();
    let name: MarkName = "before-merge".parse().unwrap();
    let head = resolve(&log, None, "5").unwrap().head;
    mark(&log, &name, head, 7, false).unwrap();
    assert_eq!(resolve(&log, None, "mark:before-merge").unwrap().head, head);
    assert_eq!(resolve(&log, None, "mark:before-merge-2").unwrap().head.position.get(), 3);
    assert!(
        matches!(mark(&log, &name, head, 8, false), Err(Error::MarkExists { position, .. }) if position.get() == 5)
    );
    let other = resolve(&log, None, "mark:other").unwrap_err().to_string();
    assert_eq!(other, "point mark:other: there is no such mark; there are before-merge");
    let moved = resolve(&log, None, "6").unwrap().head;
    mark(&log, &name, moved, 8, true).unwrap();
    assert_eq!(marks(&log.reader().unwrap()).unwrap()[0].head, moved);
    // Another history of this log: the event is another one.
    store.attacker().execute("update mark set hash = zeroblob(32)", []).unwrap();
    let error = resolve(&log, None, "mark:before-merge").unwrap_err();
    assert!(error.to_string().contains("another history"), "{error}");
    unmark(&log, "before-merge").unwrap();
    assert!(matches!(unmark(&log, "before-merge"), Err(Error::NoMark { .. })));
    for wrong in ["", "1st", "a b", "v-3", "x..y", "a/b", &"x".repeat(101)] {
        assert!(wrong.parse::<MarkName>().is_err(), "{wrong}");
    }
}

#[test]
fn a_range_is_after_its_begin_and_up_to_its_end() {
    let (_store, log) = given();
    let reader = log.reader().unwrap();
    let resolver = Resolver {
        reader: &reader,
        session: None,
        clock: Clock::Recorded,
        now: "2026-11-23T10:00:00Z".parse().unwrap(),
        zone: TimeZone::UTC,
    };
    let end = resolver.resolve(&"head".parse().unwrap()).unwrap();
    let span = |text: &str| {
        let span = resolver.span(&text.parse::<Range>().unwrap(), end.clone())?;
        Ok::<_, Error>((span.after.get(), span.to.head.position.get()))
    };
    assert_eq!(span("2..5").unwrap(), (2, 5));
    assert_eq!(span("..5").unwrap(), (0, 5));
    assert_eq!(span("head-2..").unwrap(), (5, 7));
    assert_eq!(span("..").unwrap(), (0, 7));
    assert_eq!(span("2026-11-23T09:01:30Z..09:03").unwrap(), (2, 4));
    assert_eq!(span("5..5").unwrap(), (5, 5));
    let backwards = span("5..2").unwrap_err().to_string();
    assert_eq!(backwards, "range 5..2: it ends at position 2, before it begins, at 5");
}

/// Every anchor and unit that is read is in the documentation, and everything in its tables is read.
#[test]
fn the_documentation_lists_what_is_read() {
    let cells =
        POINTS.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').nth(1).unwrap());
    let mut points = 0;
    for form in cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let text = form.replace("SESSION", "a1").replace("mark:NAME", "mark:name");
        let is_unit =
            matches!(form, "m" | "s" | "min" | "h" | "d") || form.starts_with('-') || form.starts_with('+');
        let text = if form.len() < 4 && is_unit { format!("head-1{form}") } else { text };
        if form == "-N" || form == "+N" {
            continue;
        }
        assert!(text.parse::<Point>().is_ok(), "{form}");
        points += 1;
    }
    assert!(points > 20, "{points}");
    let examples = POINTS.lines().filter(|line| line.starts_with("    retold "));
    assert!(examples.count() >= 6);
    assert_eq!(Position::ZERO.get(), 0);
}
