//! Settings: each key through the program, and what is wrong with a file.

use std::path::{Path, PathBuf};

use retold_cli::Io;

use crate::support::{Answer, FIRST, Place, environment, run};

/// A folder with a file of settings, and with a store of the sample history.
struct Harness {
    place: Place,
}

impl Harness {
    fn new() -> Self {
        Self { place: Place::empty() }
    }

    fn file(&self) -> PathBuf {
        self.folder().join("config").join("retold").join("config.toml")
    }

    fn folder(&self) -> &Path {
        self.place.folder()
    }

    fn write(&self, text: &str) {
        std::fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        std::fs::write(self.file(), text).unwrap();
    }

    /// Runs the program with this file and these variables, without `--store`.
    fn run(&self, args: &[&str], variables: &[(&str, &str)], order: impl FnOnce(&mut Io)) -> Answer {
        let args = ["retold"].iter().chain(args).map(Into::into);
        let mut answer = run(args, |io| {
            io.config_folder = Some(self.folder().join("config"));
            io.environment = environment(variables);
            order(io);
        });
        let folder = self.folder().to_str().unwrap().to_owned();
        for text in [&mut answer.out, &mut answer.err] {
            *text = text.replace(&folder, "[folder]");
        }
        answer
    }

    fn plain(&self, args: &[&str]) -> Answer {
        self.run(args, &[], |_| {})
    }

    /// With a store of two sessions.
    fn with_sessions() -> Self {
        Self { place: Place::with_sessions() }
    }

    fn set_store(&self, more: &str) {
        let path = self.place.path();
        self.write(&format!("store = {:?}\n{more}", path.to_str().unwrap()));
    }
}

#[test]
fn the_option_comes_before_the_environment_and_that_before_the_file() {
    let harness = Harness::with_sessions();
    harness.set_store("");
    let rows = |answer: Answer| answer.done_with_notes().lines().count();
    assert!(rows(harness.plain(&["sessions"])) > 1);
    let other = harness.folder().join("other.db");
    let other = other.to_str().unwrap();
    let asked = ["sessions", "-q"];
    let missing = harness.run(&asked, &[("RETOLD_STORE", other)], |_| {}).refused(3);
    assert!(missing.contains("other.db"), "{missing}");
    let one = harness.place.path();
    let with_flag = ["--store", one.to_str().unwrap(), "sessions", "-q"];
    assert!(rows(harness.run(&with_flag, &[("RETOLD_STORE", other)], |_| {})) > 1);
}

#[test]
fn answers_are_written_as_it_is_set_unless_an_option_says_otherwise() {
    let harness = Harness::with_sessions();
    harness.set_store("output = \"jsonl\"\n");
    assert!(harness.plain(&["sessions"]).done_with_notes().starts_with('{'));
    for args in [["sessions", "-o", "csv"], ["-o", "csv", "sessions"]] {
        let answer = harness.plain(&args).done_with_notes();
        assert!(answer.contains(FIRST) && !answer.contains('{'), "{answer}");
    }
}

#[test]
fn colour_is_as_it_is_set_but_for_variables_and_options() {
    let harness = Harness::with_sessions();
    let coloured = |set: &str, args: &[&str], variables: &[(&str, &str)]| {
        harness.set_store(&format!("colour = {set:?}\npager = \"cat\"\n"));
        let args: Vec<&str> = args.iter().copied().chain(["diff", FIRST, "head-1"]).collect();
        let answer = harness.run(&args, variables, |io| io.out_is_terminal = true);
        answer.done_with_notes().contains('\u{1b}')
    };
    assert!(coloured("auto", &[], &[]));
    assert!(!coloured("never", &[], &[]));
    assert!(coloured("never", &["--color", "always"], &[]));
    assert!(coloured("never", &[], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured("always", &[], &[("TERM", "dumb")]));
    assert!(!coloured("always", &[], &[("NO_COLOR", "1")]));
    assert!(!coloured("always", &["--color", "never"], &[]));
    // On a terminal that knows no colour, `auto` is none.
    assert!(!coloured("always", &["--color", "auto"], &[("TERM", "dumb")]));
}

#[cfg(unix)]
#[test]
fn long_answers_go_to_the_pager_that_is_set() {
    let harness = Harness::with_sessions();
    let [mine, own, general] =
        ["mine", "own", "general"].map(|name| harness.folder().join(name).to_str().unwrap().to_owned());
    let into = |path: &str| format!("cat > '{path}'");
    harness.set_store(&format!("pager = {:?}\n", into(&mine)));
    let show = |variables: &[(&str, &str)]| {
        harness
            .run(&["log", FIRST], variables, |io| (io.out_is_terminal, io.lines) = (true, 3))
            .exited_with(0);
    };
    show(&[("PAGER", &into(&general))]);
    assert!(Path::new(&mine).exists() && !Path::new(&general).exists());
    show(&[("RETOLD_PAGER", &into(&own))]);
    assert!(Path::new(&own).exists());
}

#[test]
fn dates_mean_what_is_set_unless_an_option_says_otherwise() {
    let harness = Harness::with_sessions();
    let at = |more: &str, args: &[&str]| {
        harness.set_store(more);
        let args: Vec<&str> = args.iter().copied().chain(["resolve", "2026-11-01T00:00:00Z"]).collect();
        let answer = harness.plain(&args);
        format!("{:?}{}{}", answer.exit, answer.out, answer.err)
    };
    let (occurred, recorded) = (at("", &[]), at("", &["--clock", "recorded"]));
    assert_ne!(occurred, recorded);
    assert_eq!(at("clock = \"recorded\"\n", &[]), recorded);
    assert_eq!(at("clock = \"recorded\"\n", &["--clock", "occurred"]), at("", &["--clock", "occurred"]));
    // Where no point is read, what is set means nothing and is no error.
    harness.set_store("clock = \"recorded\"\n");
    harness.plain(&["store", "stats"]).exited_with(0);
}

#[test]
fn times_are_in_utc_where_that_is_set() {
    let harness = Harness::with_sessions();
    let shown = |more: &str| {
        harness.set_store(more);
        let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        harness.run(&["log", FIRST], &[], |io| io.time_zone = zone).done_with_notes()
    };
    assert_ne!(shown(""), shown("utc = true\n"));
}

#[test]
fn prices_and_the_port_of_the_page_are_those_that_are_set() {
    let harness = Harness::with_sessions();
    let prices = harness.folder().join("none.toml");
    harness.set_store(&format!("prices = {:?}\n[ui]\nport = 7\n", prices.to_str().unwrap()));
    let answer = harness.plain(&["usage"]).refused(2);
    assert!(answer.contains("none.toml"), "{answer}");
    let answer = harness.run(&["usage"], &[("RETOLD_PRICES", "/there/is/none")], |_| {}).refused(2);
    assert!(answer.contains("/there/is/none"), "{answer}");
    // Whoever says what something cost goes by them.
    let call = |name: &str, params: &str| {
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{name}\",\"params\":{params}}}\n")
    };
    let input = std::io::Cursor::new(call("usage", "{}").into_bytes());
    let answer = harness.run(&["rpc"], &[], |io| io.input = Box::new(input));
    assert!(answer.out.contains("none.toml"), "{answer:?}");
    let page = harness.plain(&["export", "--format", "html", FIRST]);
    assert!(page.err.contains("none.toml"), "{page:?}");
    // As far as it comes without serving: nobody has this address.
    let served = |more: &[&str]| {
        let args: Vec<&str> = ["ui", "--no-open", "--bind", "192.0.2.1", "--host", "here"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        harness.plain(&args).err
    };
    assert!(served(&[]).contains("192.0.2.1, port 7:"), "{}", served(&[]));
    assert!(served(&["--port", "8"]).contains("192.0.2.1, port 8:"), "{}", served(&["--port", "8"]));
}

#[test]
fn what_is_wrong_is_one_error_of_every_command_but_those_that_help() {
    let harness = Harness::new();
    for (text, wanted) in [
        ("color = \"never\"\n", "is colour meant?"),
        ("ui.prot = 3\n", "is ui.port meant?"),
        ("ui = 3\n", "there is no such key"),
        ("something = 1\n", "there is no such key"),
        ("colour = \"green\"\n", "accepted are auto, always, never"),
        ("colour = true\n", "accepted is a text in quotation marks"),
        ("utc = \"true\"\n", "accepted are true, false"),
        ("ui.port = 70000\n", "accepted is a number from 1 to 65535"),
        ("retention = \"1h\"\n", "the least age is 1d"),
        ("retention = \"soon\"\n", "an age such as 90d, or a size such as 20GB"),
        ("store = \"sessions.db\"\n", "accepted is a whole path"),
        ("store = \n", "line 1"),
        ("utc = true\nutc = true\n", "duplicate key"),
        ("alias = 3\n", "it is not a table"),
        ("[alias]\nshow = \"sessions\"\n", "show is a command"),
        ("[alias]\nverify = \"sessions\"\n", "verify is a command"),
        ("[alias]\nx = \"nothing\"\n", "nothing is not a command"),
        ("[alias]\nx = \"-q\"\n", "it names no command"),
        ("[alias]\nx = \"search 'a\"\n", "a quotation mark is not closed"),
        ("[alias]\n\"a b\" = \"sessions\"\n", "a name has letters"),
        ("\u{feff}\u{0}", "config.toml"),
    ] {
        harness.write(text);
        let complaint = harness.plain(&["sessions"]).refused(2);
        assert!(complaint.contains(wanted), "{text}: {complaint}");
        assert_eq!(complaint.matches("error:").count(), 1, "{complaint}");
        assert_eq!(complaint.matches("hint:").count(), 1, "{complaint}");
        harness.plain(&["help", "config"]).exited_with(0);
        harness.plain(&["config", "path"]).exited_with(0);
        let listed = harness.plain(&["config", "list"]).refused(2);
        assert_eq!(listed, complaint, "{text}");
    }
    for (variable, value) in [("RETOLD_MASK_SECRETS", "yes"), ("RETOLD_RETENTION", "old")] {
        harness.write("");
        let complaint = harness.run(&["sessions"], &[(variable, value)], |_| {}).refused(2);
        assert!(complaint.contains(&format!("{variable}={value}")), "{complaint}");
    }
}

#[test]
fn what_is_set_and_unset_leaves_comments_and_other_lines_as_they_are() {
    let harness = Harness::new();
    harness.plain(&["config", "get", "retention"]).exited(1);
    harness.write("# mine\nutc = true # always\n\n[alias]\n# lately\nrecent = \"sessions\"\n");
    harness.plain(&["config", "set", "retention", "90d"]).done();
    harness.plain(&["config", "set", "utc", "false"]).done();
    harness.plain(&["config", "set", "ui.port", "7777"]).done();
    harness.plain(&["config", "set", "alias.old", "log --limit 3"]).done();
    assert_eq!(harness.plain(&["config", "get", "retention"]).done(), "90d\n");
    assert_eq!(harness.plain(&["config", "get", "ui.port"]).done(), "7777\n");
    assert_eq!(harness.plain(&["config", "get", "alias.old"]).done(), "log --limit 3\n");
    let text = std::fs::read_to_string(harness.file()).unwrap();
    for kept in ["# mine\nutc = false # always\n", "# lately\nrecent = \"sessions\"\n"] {
        assert!(text.contains(kept), "{text}");
    }
    for key in ["retention", "ui.port", "alias.old"] {
        harness.plain(&["config", "unset", key]).done();
        harness.plain(&["config", "unset", key]).exited(1);
    }
    let refused = harness.plain(&["config", "unset", "retentoin"]).refused(2);
    assert!(refused.contains("is retention meant?"), "{refused}");
    for (key, value) in [("retentoin", "90d"), ("utc", "yes"), ("alias.show", "log"), ("store", "x.db")] {
        let before = std::fs::read(harness.file()).unwrap();
        harness.plain(&["config", "set", key, value]).refused(2);
        assert_eq!(std::fs::read(harness.file()).unwrap(), before, "{key}");
    }
}

#[test]
fn every_key_is_listed_with_where_its_value_is_from() {
    let harness = Harness::new();
    harness.write("utc = true\nretention = \"90d\"\n[alias]\nrecent = \"sessions --limit 3\"\n");
    let variables = [("RETOLD_RETENTION", "20GB")];
    let listed = harness.run(&["config", "list", "-o", "json"], &variables, |_| {}).json();
    let rows = listed["rows"].as_array().unwrap();
    let of = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}"));
        (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("utc"), ("true".into(), "file".into()));
    assert_eq!(of("retention"), ("20GB".into(), "RETOLD_RETENTION".into()));
    assert_eq!(of("clock"), ("occurred".into(), "default".into()));
    assert_eq!(of("alias.recent"), ("sessions --limit 3".into(), "file".into()));
    let page = retold_cli::settings_reference();
    for row in rows.iter().filter(|row| !row["key"].as_str().unwrap().starts_with("alias.")) {
        assert!(page.contains(&format!("| `{}` |", row["key"].as_str().unwrap())), "{row}");
    }
}

#[test]
fn an_alias_stands_for_its_words_wherever_a_command_may_be() {
    let harness = Harness::with_sessions();
    harness.set_store("[alias]\nfew = \"sessions --limit 2 -o csv\"\nfind = \"search 'two words'\"\n");
    let wanted = harness.plain(&["sessions", "--limit", "2", "-o", "csv"]).done_with_notes();
    for args in [&["few"][..], &["-q", "few"], &["--utc", "few", "--quiet"], &["--clock", "occurred", "few"]]
    {
        assert_eq!(harness.plain(args).done_with_notes(), wanted, "{args:?}");
    }
    assert_eq!(harness.plain(&["few", "--limit", "1"]).exited_with(2).out, "");
    let found = harness.plain(&["find"]);
    assert_eq!(format!("{found:?}"), format!("{:?}", harness.plain(&["search", "two words"])));
    // A session or a text of that name is none.
    harness.plain(&["show", "few"]).refused(1);
}

#[cfg(unix)]
#[test]
fn the_file_is_opened_in_the_editor_and_checked_afterwards() {
    let harness = Harness::new();
    let edit = |line: &str| harness.run(&["config", "edit"], &[("EDITOR", line)], |_| {});
    edit("grep -q 'retention = \"90d\"'").done();
    let keys = std::fs::read_to_string(harness.file()).unwrap();
    assert!(keys.contains("# ui.port = 7777"), "{keys}");
    edit("printf 'utc = true\\n' >").done();
    assert_eq!(harness.plain(&["config", "get", "utc"]).done(), "true\n");
    let complaint = edit("printf 'utc = 3\\n' >").refused(2);
    assert!(complaint.contains("accepted are true, false"), "{complaint}");
    edit("printf 'utc = true\\n' >").done();
    edit("false").refused(5);
}

#[test]
fn what_many_set_at_once_is_all_there() {
    let harness = Harness::new();
    let file = harness.file();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let file = &file;
            scope.spawn(move || {
                for turn in 0..8 {
                    let key = format!("alias.a{thread}-{turn}");
                    let args = ["retold", "config", "set", &key, "sessions"].map(Into::into);
                    let file = file.to_str().unwrap();
                    let answer = run(args, |io| io.environment = environment(&[("RETOLD_CONFIG", file)]));
                    answer.done();
                }
            });
        }
    });
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("= \"sessions\"").count(), 32, "{text}");
}

#[test]
fn what_is_set_holds_for_the_service_too() {
    let harness = Harness::new();
    harness.write("");
    let file = harness.file();
    let variables =
        [("HOME", "/home/ada"), ("RETOLD_CONFIG", file.to_str().unwrap()), ("RETOLD_STORE", "/data/s.db")];
    for manager in ["systemd", "launchd"] {
        let text = harness.run(&["service", "print", "--manager", manager], &variables, |_| {}).done();
        assert!(
            text.contains("RETOLD_CONFIG") && text.contains("[folder]/config/retold/config.toml"),
            "{text}"
        );
    }
}
