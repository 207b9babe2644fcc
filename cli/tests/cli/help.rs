use crate::support::{Place, snapshot};

#[test]
fn help_tells_the_commands_and_options() {
    snapshot!(Place::empty().piped(&["-h"]).done(), @r#"
    Every agent session, retold: an append-only log of AI coding sessions

    Usage: retold [OPTIONS] <COMMAND>

    Commands:
      import       Import session histories of the AIT42 Editor; the files are only
                   read
      sessions     List sessions
      show         Show a session, as it is or as it was
      log          Show what happened, event by event
      diff         Show what changed between two moments, or between two sessions
      blame        Show who last wrote each field of a session
      watch        Show every write to a place of a session, oldest first
      trace        Show the values that an SQL expression over a session had
      bisect       Find the event after which a predicate holds, or a test fails
      what-if      Show what a session would be without some of its events
      compare      Compare two sessions, and name where they part
      play         Tell a session again, with the pauses that there were
      tui          Look through sessions on the whole terminal: events, states,
                   differences, blame
      revert       Bring a session back to what it was, by going on
      fork         Begin a session with the history of another one
      delete       Delete a session: it leaves the lists, its history stays
      tag          Add tags to a session, take them away, or print them
      resolve      Show the position that a point stands for
      mark         Give a moment a name: `mark:NAME` means it from then on
      marks        List the moments that have a name
      search       Find words in tasks, messages, outputs and agents' names
      sql          Ask in SQL; the store is open for reading only
      metrics      Sum up sessions, instances, messages, outcomes, durations and
                   throughput
      export       Write sessions, events, tables or answers into files
      check        Hold every session against the files of the AIT42 Editor
      archive      Move the files of the AIT42 Editor into an archive, or bring them
                   back
      head         Show where the log ends: keep it elsewhere, and `verify --expect`
                   proves the log against it
      verify       Read every event and blob against its hash, and the read models
                   against the log
      projections  List projections, declare them in SQL, rebuild, compare and mend
                   them
      project      Bring projections to the end of the log, once or for as long as
                   it runs
      rebuild      Fill the read models again from the log
      redact       Take bodies of events out of the store, for good
      backup       Write a copy of the store, beside running writers, and verify it
      restore      Restore a deleted session, or put a backup in the place of the
                   store
      prune        Take what was said in old sessions out of the store, once an
                   archive has it, and put it back
      compact      Give free pages back, and empty the WAL; writers and readers go
                   on meanwhile
      doctor       Look the store over; each finding comes with the command that
                   mends it
      recover      Save what a damaged store still holds into a new one
      quarantine   Show, retry or dismiss what could not be imported
      rpc          Serve the history to another program: JSON-RPC 2.0, a message a
                   line, on stdin and stdout
      stats        Show what the store holds, and where its bytes are
      migrate      Show or move the schema of the store
      completions  Write a shell's completions
      demo         Import a sample history, list it, look back, verify; leaves a
                   store to play with
      help         Show help on a topic or on a command

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Global options:
          --store <PATH>     The store [default: $RETOLD_STORE, else sessions.db in
                             the data folder for retold]
          --at <POINT>       Answer as of a point: 1234, r7, head-3, yesterday,
                             15min-ago, mark:NAME; see `retold help points`
          --clock <CLOCK>    Which of an event's two times a time in a point means
                             [default: recorded]
      -o, --output <FORMAT>  How to write the answer: table, json, jsonl or csv
                             [default: table]
          --utc              Show times in UTC, and read them so where no zone is
                             given; otherwise both are local
      -q, --quiet            Say nothing but the answer and errors
          --no-pager         Show long tables without a pager
          --color <WHEN>     When to use colour: auto, always or never [default:
                             auto]

    Examples:
      retold import ~/.ait42               take in what the AIT42 Editor has written
      retold sessions --sort updated -n 9  the nine sessions that were updated last
      retold show 5f0c2a1e --at r7         one of them, as it was after seven events
      retold sql 'select status, count(*) from sessions group by 1'
    "#);
}

#[test]
fn long_help_tells_the_exit_codes() {
    let help = Place::empty().piped(&["--help"]).done();
    assert!(help.contains("130  interrupted") && help.contains("RETOLD_STORE"), "{help}");
}

#[test]
fn a_command_has_help_with_examples() {
    snapshot!(Place::empty().piped(&["log", "-h"]).done(), @"
    Show what happened, event by event

    Usage: retold log [OPTIONS] [SESSION|RANGE]...

    Arguments:
      [SESSION|RANGE]...  A session: [WORKSPACE/]ID[#ORDINAL], or the beginning of
                          an id; and a range: A..B

    Options:
      -n <N>                 Only the last N events
          --reverse          The newest first
          --type <TYPE>      Only events of this type, such as MessageAdded; may be
                             given several times
          --origin <ORIGIN>  Only events of this origin: application, import, fork
                             or revert
          --grep <TEXT>      Only events that hold this text, whatever its case
          --patch            Also what each event changed
          --stat             Also how much each event changed
      -f, --follow           Go on with what comes, until Ctrl-C
      -h, --help             Print help

    Global options:
          --store <PATH>     The store [default: $RETOLD_STORE, else sessions.db in
                             the data folder for retold]
          --at <POINT>       Answer as of a point: 1234, r7, head-3, yesterday,
                             15min-ago, mark:NAME; see `retold help points`
          --clock <CLOCK>    Which of an event's two times a time in a point means
                             [default: recorded]
      -o, --output <FORMAT>  How to write the answer: table, json, jsonl or csv
                             [default: table]
          --utc              Show times in UTC, and read them so where no zone is
                             given; otherwise both are local
      -q, --quiet            Say nothing but the answer and errors
          --no-pager         Show long tables without a pager
          --color <WHEN>     When to use colour: auto, always or never [default:
                             auto]

    Examples:
      retold log -n 20                    the last twenty events
      retold log 5f0c2a1e --at r7         a session's events up to its seventh
      retold log yesterday..today         what was recorded yesterday
      retold log 5f0c2a1e --patch         and what each of them changed
      retold log --grep panic --reverse   the newest first that says `panic`
      retold log --follow                 and then what comes, from any program
      retold log -o jsonl | jq .          every event with its body, one a line
    ");
}

#[test]
fn every_help_fits_eighty_columns() {
    let place = Place::empty();
    let mut seen = 0;
    let mut ask = |args: &[&str]| {
        for help in ["-h", "--help"] {
            let text = place.piped(&[args, &[help]].concat()).done();
            for line in text.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{args:?} {help}: {line}");
            }
        }
        seen += 1;
    };
    ask(&[]);
    let overview = place.piped(&["-h"]).done();
    let commands = overview.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        if let Some(command) =
            line.strip_prefix("  ").and_then(|line| line.split(' ').next()).filter(|name| !name.is_empty())
        {
            ask(&[command]);
        }
    }
    for nested in [
        ["quarantine", "list"],
        ["quarantine", "show"],
        ["quarantine", "retry"],
        ["quarantine", "dismiss"],
        ["migrate", "status"],
        ["migrate", "up"],
        ["migrate", "down"],
        ["bisect", "run"],
        ["backup", "list"],
    ] {
        ask(&nested);
    }
    assert_eq!(seen, 1 + 45 + 9);
}

#[test]
fn nothing_at_all_shows_the_help() {
    let said = crate::support::run(["retold".into()], |_| {});
    assert_eq!(said.exit, std::process::ExitCode::from(2));
    assert!(
        said.err.contains("Usage: retold [OPTIONS] <COMMAND>") && said.err.contains("  sessions "),
        "{}",
        said.err
    );
}
