//! `retold sql` without a question: a shell for people, a row of questions for scripts.

use std::process::ExitCode;

use crate::support::{Answer, Place, snapshot};

fn typed(place: &Place, args: &[&str], text: &'static str) -> Answer {
    place.run(&[&["sql"], args].concat(), |io| io.input = Box::new(text.as_bytes()))
}

#[test]
fn questions_from_a_pipe_are_answered_one_after_the_other() {
    let place = Place::with_sessions();
    let text = "-- how many\nselect count(*) as n from events;\n.mode csv\nselect ';' as one,\n  2 as two; select 3 as three;;\n.mode\n";
    snapshot!(typed(&place, &[], text).done(), @r#"
    n
    7
    one,two
    ;,2
    three
    3
    csv
    "#);
    assert_eq!(typed(&place, &[], "").done(), "");
    assert_eq!(
        typed(&place, &["-o", "jsonl"], "select 1 as a;\n.quit\nselect 2 as b;").done(),
        "{\"a\":1}\n"
    );
}

#[test]
fn a_pipe_ends_at_the_first_question_that_fails() {
    let place = Place::with_sessions();
    for (text, code) in [
        ("select 1 as a;\nselect nothing;\nselect 2 as b;", 2),
        ("select 1 as a;\ndelete from events;\nselect 2 as b;", 2),
        ("select 1 as a;\n.nothing\nselect 2 as b;", 2),
        ("select 1 as a;\n@nothing\nselect 2 as b;", 2),
        ("select 1 as a;\n.mode odd\nselect 2 as b;", 2),
        ("select 1 as a;\n.schema odd\nselect 2 as b;", 2),
        ("select 1 as a;\n.tables odd\nselect 2 as b;", 2),
        ("select 1 as a;\n.save\nselect 2 as b;", 2),
    ] {
        let answer = typed(&place, &["-o", "jsonl"], text);
        assert_eq!((answer.exit, answer.out.as_str()), (ExitCode::from(code), "{\"a\":1}\n"), "{text}");
        assert!(answer.err.starts_with("error: "), "{text}: {}", answer.err);
    }
}

#[test]
fn questions_come_from_a_file() {
    let place = Place::with_sessions();
    let file = place.file("report.sql", "select 1 as a;\nselect 2 as b\n");
    assert_eq!(place.piped(&["sql", "-f", &file, "-o", "jsonl"]).done(), "{\"a\":1}\n{\"b\":2}\n");
    let missing = place.piped(&["sql", "-f", "/no/such/file"]).exited_with(2).err;
    assert!(missing.contains("/no/such/file"), "{missing}");
    assert!(place.piped(&["sql", "-f", &file, "select 1"]).exited_with(2).err.contains("--file"));
}

#[test]
fn the_documented_tables_are_listed_and_no_others() {
    let place = Place::with_sessions();
    let declared = place.file(
        "roles.sql",
        "-- projection: roles\n-- version: 1\ncreate table by_role (role text primary key, n integer not null) strict;\n\
         -- on: MessageAdded\ninsert into by_role values (:role, 1) on conflict do update set n = n + 1;\n",
    );
    place.piped(&["projections", "add", &declared]).exited_with(0);
    assert_eq!(
        place.piped(&["sql", ".tables"]).done(),
        "sessions\ninstances\nchat_messages\nworkspaces\nevents\nby_role\n"
    );
    assert_eq!(
        place.piped(&["sql", ".schema by_role"]).done(),
        "by_role\n  role                    text\n  n                       integer\n"
    );
    let all = place.piped(&["sql", ".schema"]).done();
    for column in ["workspace_key", "content", "output", "body", "recorded_at"] {
        assert!(all.contains(&format!("\n  {column}")), "{column}: {all}");
    }
    // Each of them answers.
    for table in place.piped(&["sql", ".tables"]).done().lines() {
        place.piped(&["sql", &format!("select * from {table} limit 1"), "-o", "json"]).json();
    }
    let wrong = place.piped(&["sql", "select * from nothing"]).refused(2);
    assert!(!wrong.contains("table_list"), "{wrong}");
}

#[test]
fn questions_are_saved_asked_listed_and_removed() {
    let place = Place::with_sessions();
    let question = "select count(*) as n from events";
    place.piped(&["sql", "--save", "busy", question]).exited_with(0);
    assert_eq!(place.piped(&["sql", "@busy", "-o", "jsonl"]).done(), "{\"n\":7}\n");
    assert_eq!(typed(&place, &["-o", "jsonl"], "@busy\n@busy;").done(), "{\"n\":7}\n{\"n\":7}\n");
    let said = typed(&place, &["-o", "jsonl"], "select 1 as a;\n.save one\n.saved\n").done_with_notes();
    assert_eq!(said, "{\"a\":1}\n@busy\n@one\n");
    assert_eq!(place.piped(&["sql", "@one", "--at", "3", "-o", "jsonl"]).done(), "{\"a\":1}\n");
    // One in the place of another.
    let again = place.piped(&["sql", "--save", "one", "select 2 as a"]).exited_with(0);
    assert!(again.err.contains("replaced"), "{}", again.err);
    assert_eq!(place.piped(&["sql", "@one", "-o", "jsonl"]).done(), "{\"a\":2}\n");
    typed(&place, &[], ".unsave @one").exited_with(0);
    assert_eq!(place.piped(&["sql", ".saved"]).done(), "@busy\n");
    // What is no question, and what is no name, is not saved.
    for (name, question) in
        [("bad", "delete from events"), ("bad", "select"), ("../bad", "select 1"), ("", "select 1")]
    {
        place.piped(&["sql", "--save", name, question]).exited_with(2);
    }
    assert_eq!(place.piped(&["sql", ".saved"]).done(), "@busy\n");
    assert!(place.piped(&["sql", "@bad"]).refused(2).contains(".saved"));
    place.piped(&["sql", "--save", "bad"]).exited_with(2);
}

#[test]
fn a_declared_projection_that_reads_a_table_of_the_store_is_told_its_parameters() {
    let place = Place::with_sessions();
    for (table, parameter) in [
        ("sessions", ":session_status"),
        ("instances", ":agent_name"),
        ("chat_messages", ":role"),
        ("events", ":type"),
    ] {
        let text = format!(
            "-- projection: foreign\n-- version: 1\ncreate table t (n integer) strict;\n-- on: MessageAdded\n\
             insert into t select count(*) from {table};\n"
        );
        let file = place.file("foreign.sql", text);
        let said = place.piped(&["projections", "add", &file]).exited_with(2).err;
        assert!(
            said.contains(parameter) && said.contains("retold projections parameters"),
            "{table}: {said}"
        );
    }
}

#[cfg(unix)]
mod at_a_terminal {
    use super::*;
    use crate::tui::pty::Terminal;

    fn begin(place: &Place) -> Terminal {
        let data = place.folder().join("data");
        Terminal::begin(place, &["sql"], (80, 24), &[("XDG_DATA_HOME", data.to_str().unwrap())])
    }

    #[test]
    fn a_person_asks_completes_and_finds_questions_again() {
        let place = Place::with_sessions();
        let mut shell = begin(&place);
        shell.shows(&["retold> "]);
        // The name of a table is completed; a question may have several lines.
        shell.press("select count(*) as counted from even\t\r");
        shell.shows(&["from events", "...> "]);
        shell.press("where position > 2;\r");
        shell.until("the answer", |shown| shown.lines().any(|line| line.trim() == "5"));
        // What is wrong is told, and the shell goes on.
        shell.press("selec 1;\r");
        shell.shows(&["error: query: "]);
        shell.press(".mode jsonl\r");
        shell.press("select 'still' as here;\r");
        shell.shows(&["{\"here\":\"still\"}"]);
        shell.until("a prompt", |shown| shown.trim_end().ends_with("retold>"));
        shell.press("\x04");
        assert!(shell.end().exit.success());
        // Another shell remembers.
        let mut shell = begin(&place);
        shell.shows(&["retold> "]);
        shell.press("\x1b[A");
        shell.shows(&["select 'still' as here;"]);
        shell.press("\r");
        shell.until("the answer", |shown| shown.lines().any(|line| line.trim() == "still"));
        shell.press(".quit\r");
        assert!(shell.end().exit.success());
    }

    #[test]
    fn ctrl_c_ends_the_question_and_not_the_shell() {
        let place = Place::with_sessions();
        let mut shell = begin(&place);
        shell.shows(&["retold> "]);
        // A line that was begun is given up.
        shell.press("select 1 from nowhere\x03");
        shell.until("another line", |shown| shown.matches("retold> ").count() == 2);
        shell.press(
            "with recursive r (n) as (select 1 union all select n + 1 from r) select max(n) from r;\r",
        );
        shell.answers();
        shell.press("\x03");
        shell.shows(&["interrupted"]);
        // Longer than a command may take to end once it was interrupted.
        shell.press(
            "with recursive r (n) as (select 1 union all select n + 1 from r limit 12000000) select max(n) from r;\r",
        );
        shell.shows(&["12000000\n"]);
        shell.press("select 'there' as still;\r");
        shell.until("the answer", |shown| shown.lines().any(|line| line.trim() == "there"));
        shell.until("a prompt", |shown| shown.trim_end().ends_with("retold>"));
        shell.press("\x04");
        assert!(shell.end().exit.success());
    }
}
