use crate::support::{Place, snapshot};

#[test]
fn help_tells_the_commands_and_options() {
    snapshot!(Place::empty().piped(&["-h"]).done(), @r#"
    Every agent session, retold: an append-only log of AI coding sessions

    Usage: retold [OPTIONS] <COMMAND>

      import           Import what coding agents and the AIT42 Editor left on disk
      sessions         List sessions, the one that moved last first
      show             Show a session as a conversation, as it is or as it was
      log              Show what happened, event by event
      diff             Show what changed between two moments or two sessions
      blame            Show who last wrote each field of a session
      search           Find words in what was said, and in calls of tools
      sql              Query the store in SQL, read-only
      metrics          Print figures by day, week, month, type, runtime or agent
      tui              Browse events, states, differences and blame in the terminal
      ui               Browse sessions in the browser, at any moment
      usage            Sum up tokens and cost by day, model, session and more
      export           Write sessions, events, tables or query results to files
      undo             Undo the last command or another operation by appending
      demo             Import a sample history and show what retold does with it

      retold help COMMAND   what a command takes, with examples
      retold help commands  the other 47 commands, by what they are for
      retold help options   options of every command, exit codes, environment
      retold help points    how a moment is written: head-3, r7, yesterday
    "#);
}

#[test]
fn the_topics_of_help_tell_the_rest() {
    let place = Place::empty();
    let help = place.piped(&["help", "commands"]).done();
    assert!(help.contains("Store:\n  store verify") && help.contains("  rpc"), "{help}");
    let help = place.piped(&["help", "options"]).done();
    assert!(help.contains("--store <PATH>"), "{help}");
    assert!(help.contains("130  interrupted") && help.contains("RETOLD_STORE"), "{help}");
}

#[test]
fn a_command_has_help_with_examples() {
    snapshot!(Place::empty().piped(&["log", "-h"]).done(), @r#"
    Show what happened, event by event

    Usage: retold log [OPTIONS] [SESSION|RANGE]...

    Arguments:
      [SESSION|RANGE]...  A session: [WORKSPACE/]ID[~ORDINAL], or the beginning of
                          an id; and a range: A..B

    Options:
          --since <POINT>     Only what came after this point: a date, a time, or
                              another; see `retold help points`
          --until <POINT>     Only what came up to this point, inclusive
      -n <N>                  Only the last N events
          --reverse           The newest first
          --type <TYPE>       Only events of this type, such as MessageAdded; may be
                              given several times
          --origin <ORIGIN>   Only events of this origin: application, import, fork
                              or revert
          --grep <TEXT>       Only events that hold this text, whatever its case
          --with-transcripts  Also the events of what the session's agents left on
                              disk themselves, in the order in which things happened
          --patch             Also what each event changed
          --stat              Also how much each event changed
      -v, --verbose           The names and fields of events, and when the log got
                              each
      -f, --follow            Go on with what comes, until Ctrl-C
      -h, --help              Print help (see more with '--help')

    Global options:
          --store <PATH>     The store, or a team's server: postgres://… [default:
                             $RETOLD_STORE, else the setting `store`, else
                             sessions.db in the data folder]
          --at <POINT>       Answer as of a point: 1234, r7, head-3, yesterday,
                             15min-ago, mark:NAME; see `retold help points`
          --clock <CLOCK>    What a date or time means: when things `occurred`
                             [default], or when they were `recorded`
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
      retold log yesterday..today         what happened yesterday, in that order
      retold log --since 2h-ago           what happened in the last two hours
      retold log 5f0c2a1e --patch         and what each of them changed
      retold log --grep panic --reverse   the newest first that says `panic`
      retold log 5f0c2a1e --with-transcripts  and what its agents' tools kept
      retold log --follow                 and then what comes, from any program
      retold log -o jsonl | jq .          every event with its body, one a line
    "#);
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
    for (command, _) in retold_cli::commands() {
        ask(&command.split(' ').collect::<Vec<_>>());
    }
    assert!(seen > 60, "{seen}");
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
