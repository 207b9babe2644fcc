//! Answers fit the terminal, reach their reader, and end with it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use unicode_width::UnicodeWidthStr;

use crate::support::{Place, environment, snapshot};

/// Every command whose answer is a table or lines, on the sample history.
fn commands(session: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["sessions"],
        vec!["sessions", "--sort", "duration"],
        vec!["log"],
        vec!["log", session],
        vec!["log", session, "--patch"],
        vec!["log", session, "--stat"],
        vec!["diff", session, "r1"],
        vec!["diff", session, "r1", "--stat"],
        vec!["diff", "--all", "0"],
        vec!["blame", session],
        vec!["history", session, "status"],
        vec!["trace", session, "message_count"],
        vec!["bisect", session, "--where", "message_count > 1"],
        vec!["search", "login"],
        vec!["metrics"],
        vec!["metrics", "--by", "agent"],
        vec!["mark"],
        vec!["projections"],
        vec!["projections", "catch-up"],
        vec!["store", "head"],
        vec!["store", "stats"],
        vec!["store", "doctor"],
        vec!["verify"],
        vec!["store", "quarantine", "list"],
        vec!["sql", "select * from sessions"],
        vec!["sql", "select * from events limit 50"],
        vec!["sql", "select content, role, id from chat_messages"],
        vec!["compare", session, session],
        vec!["replay", session, "--speed", "0"],
    ]
}

fn sample() -> (Place, String) {
    let place = Place::with_sample();
    let sessions = place.piped(&["sessions", "-o", "csv", "--sort", "file"]).done();
    let session = sessions.lines().nth(1).unwrap().split(',').nth(2).unwrap().to_owned();
    place.piped(&["mark", "before-the-merge-of-the-door"]).exited_with(0);
    place.piped(&["search", "login"]).exited_with(0);
    place.piped(&["metrics"]).exited_with(0);
    (place, session)
}

#[test]
fn no_line_of_any_answer_is_wider_than_the_terminal() {
    let (place, session) = sample();
    let mut tables = 0;
    for command in commands(&session) {
        for columns in [40, 60, 80, 120] {
            let answer = place.run(&command, |io| {
                io.out_is_terminal = true;
                io.columns = columns;
                io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
            });
            assert!(!answer.err.contains("error:"), "{command:?}: {}", answer.err);
            for line in answer.out.lines() {
                // A hash is there to be copied: half of one is none.
                let has_hash = line
                    .split([' ', ':'])
                    .any(|word| word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
                assert!(
                    has_hash || line.width() <= columns,
                    "{command:?} at {columns}:\n{line}\n{}",
                    answer.out
                );
                tables += 1;
            }
        }
    }
    assert!(tables > 2_000, "{tables}");
}

#[test]
fn a_narrow_terminal_shows_a_card_for_each_session() {
    let place = Place::with_sessions();
    let at = |args: &[&str]| {
        let answer = place.run(args, |io| {
            io.out_is_terminal = true;
            io.columns = 40;
            io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
        });
        answer.done()
    };
    snapshot!(at(&["sessions"]), @r#"
    扉を直す
      5f0c2a1e · 56 min ago · running · atl…
    Mend the door
      5f0c2a1e · 1 h ago · completed · atlas
    2 sessions
    "#);
    snapshot!(at(&["log", "-n", "2"]), @r#"
    position     6
    occurred_at  2026-11-23 09:05:00Z
    session      5f0c2a1e
    what         agent #1 🤖 Ada wrote 4.8 …

    position     7
    occurred_at  2026-11-23 08:30:00Z
    session      5f0c2a1e
    what         session completed
    "#);
}

#[test]
fn a_find_shows_the_word_at_every_width() {
    let (place, _) = sample();
    let mut found = 0;
    for word in ["login", "authentication", "tests", "token", "user"] {
        let hits = place.piped(&["search", word, "-o", "jsonl"]).out.lines().count();
        found += hits;
        if hits == 0 {
            continue;
        }
        for columns in [20, 24, 32, 40, 53, 60, 80, 120] {
            let answer = place.run(&["search", word], |io| {
                io.out_is_terminal = true;
                io.columns = columns;
                io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
            });
            let out = answer.exited_with(0).out;
            let marked = out.to_lowercase().matches(&format!("[{word}")).count();
            assert!(marked >= hits.min(20), "{word} at {columns}: {marked} of {hits}\n{out}");
            assert!(out.lines().all(|line| line.width() <= columns), "{columns}:\n{out}");
        }
    }
    assert!(found > 6, "{found}");
}

#[cfg(unix)]
mod pagers {
    use super::*;

    /// The program at a terminal of eight lines, with a pager.
    fn paged(place: &Place, pager: &str, args: &[&str]) -> String {
        let answer = place.run(args, |io| {
            io.out_is_terminal = true;
            io.lines = 8;
            io.environment = environment(&[("RETOLD_PAGER", pager), ("NO_COLOR", "1")]);
        });
        answer.done()
    }

    #[test]
    fn its_command_line_is_read_as_a_shell_reads_it() {
        let place = Place::with_sessions();
        let kept = place.folder().join("what 'was' paged");
        let pager = format!("sed \"s/^/my prompt: /\" | cat > \"{}\"", kept.display());
        assert_eq!(paged(&place, &pager, &["log"]), "");
        let text = std::fs::read_to_string(&kept).unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("my prompt: ")).count(), 8, "{text}");
    }

    #[test]
    fn one_that_fails_does_not_cost_the_answer() {
        let place = Place::with_sessions();
        let whole = place.terminal(&["log"]).done();
        for pager in
            ["/nowhere/pager", "less -R -P 'unclosed", "false", "exit 3", "sh -c 'exit 127'", "   ", "cat"]
        {
            assert_eq!(paged(&place, pager, &["log"]), whole, "{pager}");
        }
        // A long answer too, that no pipe holds.
        let many = "with recursive n(i) as (values (1) union all select i + 1 from n where i < 200000) select i from n";
        for pager in ["false", "/nowhere/pager"] {
            assert_eq!(paged(&place, pager, &["sql", many]).lines().count(), 200_001, "{pager}");
        }
    }

    #[test]
    fn leaving_it_ends_the_command_without_a_word() {
        let place = Place::with_sessions();
        let endless = "with recursive n(i) as (values (1) union all select i + 1 from n) select i from n";
        assert_eq!(paged(&place, "head -1 > /dev/null", &["sql", endless]), "");
        assert_eq!(paged(&place, "true", &["sql", endless]), "");
    }
}

#[cfg(unix)]
mod processes {
    use std::time::{Duration, Instant};

    use super::*;

    const ENDLESS: &str =
        "with recursive n(i) as (values (1) union all select i + 1 from n) select i, i * 2 as j from n";
    const PATIENCE: Duration = Duration::from_secs(60);

    fn program(place: &Place, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retold"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("RETOLD_STORE", place.path()).env("TZ", "UTC").args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Waits for an end that has to come.
    fn end(child: &mut std::process::Child, what: &str) -> std::process::ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if begun.elapsed() > PATIENCE {
                let _gone = child.kill();
                panic!("{what} does not end");
            }
            std::thread::yield_now();
        }
    }

    fn signal(child: &std::process::Child, name: &str) {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    #[test]
    fn an_answer_ends_with_its_reader_however_long_it_is() {
        let place = Place::with_sessions();
        for format in ["table", "json", "jsonl", "csv"] {
            let mut child = program(&place, &["sql", ENDLESS, "-o", format]).spawn().unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            assert!(!line.is_empty());
            let status = end(&mut child, format);
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{format}");
        }
    }

    /// The peak of a process's memory, in KiB, while it has written this much.
    #[cfg(target_os = "linux")]
    fn peak(place: &Place, format: &str, bytes: usize) -> u64 {
        let mut child = program(place, &["sql", ENDLESS, "-o", format]).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut buffer = vec![0; bytes];
        out.read_exact(&mut buffer).unwrap();
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        drop(out);
        assert_eq!(end(&mut child, format).code(), Some(0));
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_long_answer_takes_no_more_memory_than_a_short_one() {
        let place = Place::with_sessions();
        for format in ["table", "json", "jsonl", "csv"] {
            let (short, long) = (peak(&place, format, 64 * 1024), peak(&place, format, 24 * 1024 * 1024));
            assert!(long < short + 6 * 1024, "{format}: {short} KiB, then {long} KiB");
        }
    }

    /// Commands that wait: what they wait for never comes.
    #[test]
    fn the_first_signal_ends_whatever_is_waited_for() {
        let (place, session) = sample();
        let folder = place.folder().join("followed");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("0a0a0a0a0a0a0a0c.json"), "[]").unwrap();
        let folder = folder.to_str().unwrap();
        let followed = "following";
        // What it says, on either stream, once it waits.
        let waiting: [(&[&str], Option<&str>); 8] = [
            (&["log", "--follow"], Some("WorkspaceRegistered")),
            (&["log", "--follow", "-o", "jsonl"], Some("WorkspaceRegistered")),
            (&["import", "--follow", folder], Some(followed)),
            (&["projections", "catch-up", "--follow"], Some("follows")),
            (&["sql", "-"], None),
            (&["sql", ENDLESS], Some("i")),
            (
                &[
                    "sql",
                    "with recursive n(i) as (values (1) union all select i + 1 from n) select max(i) from n",
                ],
                None,
            ),
            (&["bisect", "run", "..", &session, "--", "sleep", "1000"], None),
        ];
        for (args, says) in waiting {
            for name in ["-INT", "-TERM"] {
                let mut child = program(&place, args).spawn().unwrap();
                // What nobody reads fills its pipe: then it waits for that.
                let (heard, hears) = std::sync::mpsc::channel::<String>();
                let streams: [Box<dyn Read + Send>; 2] =
                    [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
                for stream in streams {
                    let heard = heard.clone();
                    std::thread::spawn(move || {
                        let mut stream = BufReader::new(stream);
                        for _ in 0..4 {
                            let mut line = String::new();
                            if stream.read_line(&mut line).unwrap_or(0) == 0 || heard.send(line).is_err() {
                                break;
                            }
                        }
                        // It stays open, and is read no more.
                        std::thread::sleep(PATIENCE);
                        drop(stream);
                    });
                }
                match says {
                    Some(says) => while !hears.recv_timeout(PATIENCE).unwrap().contains(says) {},
                    // The handler stands before anything is opened; the store is opened then.
                    None => until_open(&child, &place),
                }
                signal(&child, name);
                assert_eq!(end(&mut child, &args.join(" ")).code(), Some(130), "{args:?} {name}");
            }
        }
        place.piped(&["verify"]).exited_with(0);
    }

    /// At a terminal a command also waits for its pager, and between events.
    #[test]
    fn the_first_signal_ends_the_wait_of_a_command_at_a_terminal() {
        use crate::tui::pty::Terminal;
        let (place, session) = sample();
        let path = std::env::var("PATH").unwrap();
        let pager = "head -2; echo it waits; sleep 1000";
        let environment = [("RETOLD_PAGER", pager), ("PATH", path.as_str())];
        for (args, shows) in [
            (&["log"][..], "it waits"),
            (&["sql", ENDLESS], "it waits"),
            (&["replay", &session, "--speed", "0.0001"], "SessionCreated"),
        ] {
            for name in ["-INT", "-TERM"] {
                let terminal = Terminal::begin(&place, args, (80, 10), &environment);
                terminal.shows(&[shows]);
                let process = terminal.process().to_string();
                assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
                // Its pager goes with it: else the terminal would not be let go.
                assert_eq!(terminal.end().exit.exit_code(), 130, "{args:?} {name}");
            }
            // As a person presses it.
            let mut terminal = Terminal::begin(&place, args, (80, 10), &environment);
            terminal.shows(&[shows]);
            terminal.press("\x03");
            assert_eq!(terminal.end().exit.exit_code(), 130, "{args:?}");
        }
    }

    /// What the system says about a process.
    fn said(child: &std::process::Child) -> String {
        std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default()
    }

    /// Waits until a process has the store open, or reads its input.
    fn until_open(child: &std::process::Child, place: &Place) {
        let begun = Instant::now();
        let store = std::fs::canonicalize(place.path()).unwrap();
        let handled = || {
            let status = said(child);
            let caught =
                status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim().to_owned();
            // SIGINT is the second, SIGTERM the fifteenth.
            u64::from_str_radix(&caught, 16)
                .is_ok_and(|caught| caught & 0b100_0000_0000_0010 == 0b100_0000_0000_0010)
        };
        let has_open = || {
            let files = std::fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
            files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|path| path == store)
        };
        // Or it sleeps: it waits for its input.
        let sleeps = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
        };
        while !(handled() && (has_open() || sleeps())) {
            assert!(begun.elapsed() < PATIENCE, "it does not begin: {}", said(child));
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_signal_ends_the_wait_for_a_lock() {
        let place = Place::with_sessions();
        let other = rusqlite::Connection::open(place.path()).unwrap();
        other.execute_batch("begin immediate").unwrap();
        let mut child = program(&place, &["mark", "one"]).spawn().unwrap();
        until_open(&child, &place);
        signal(&child, "-INT");
        assert_eq!(end(&mut child, "mark").code(), Some(130));
        other.execute_batch("rollback").unwrap();
        assert_eq!(place.piped(&["mark", "-o", "csv"]).exited_with(1).out.lines().count(), 1);
    }
}
