use crate::support::{Place, snapshot};

#[test]
fn the_head_is_a_row() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["store", "head"]).done(), @"
    log   [log id]
    head  7:[hash]
    ");
    snapshot!(place.terminal(&["store", "head"]).done(), @"
    log   [log id]
    head  7:[hash]
    ");
    snapshot!(place.piped(&["store", "head", "-o", "json", "--at", "3"]).done(), @r#"
    {"as_of":{"position":3,"hash":"[hash]"},"rows":[
    {"log":"[log id]","position":3,"hash":"[hash]"}
    ]}
    "#);
    snapshot!(place.piped(&["store", "head", "-o", "csv"]).done(), @"
    log,position,hash
    [log id],7,[hash]
    ");
    snapshot!(Place::with_empty_store().piped(&["store", "head", "-o", "jsonl"]).done(), @r#"{"log":"[log id]","position":0,"hash":"[hash]"}"#);
}

#[test]
fn colour_marks_the_header_where_it_is_asked_for() {
    let place = Place::with_sessions();
    assert!(place.piped(&["log", "--color", "always"]).done().starts_with("\x1b[1mposition"));
    assert!(!place.terminal(&["log"]).done().contains('\x1b'));
    let forced = |name: &'static str, value: &'static str| {
        let order = move |io: &mut retold_cli::Io| {
            io.environment = crate::support::environment(&[(name, value), ("PAGER", "cat")]);
        };
        place.run(&["log"], order).done().contains('\x1b')
    };
    assert!(forced("CLICOLOR_FORCE", "1"));
    assert!(!forced("CLICOLOR_FORCE", "0"));
    let on_terminal = |name: &'static str, value: &'static str| {
        let order = move |io: &mut retold_cli::Io| {
            io.out_is_terminal = true;
            io.environment = crate::support::environment(&[(name, value), ("PAGER", "cat")]);
        };
        place.run(&["log"], order).done().contains('\x1b')
    };
    assert!(on_terminal("TERM", "xterm"));
    assert!(!on_terminal("TERM", "dumb"));
    assert!(!on_terminal("NO_COLOR", "1"));
}
