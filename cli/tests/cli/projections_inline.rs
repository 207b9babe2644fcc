//! `retold projections` and the read models in the store: listed, checked and mended as every projection is.

use crate::projections::both;
use crate::support::{Place, snapshot};

#[test]
fn the_read_models_are_checked_and_mended_as_every_projection() {
    let place = Place::with_sample();
    snapshot!(place.piped(&["projections", "check"]).done(), @r#"
        builtin@1: sound, up to event 606
        temporal@3: sound, up to event 606
        "#);
    place.tamper(
        "update sessions set status = 'forged' where stream = 2; delete from instances where stream = 2; \
         insert into workspaces values (99, 'ghost', null, '[]')",
    );
    snapshot!(both(&place.terminal(&["projections", "check", "builtin"]).exited_with(10)), @r#"
    builtin@1: damaged: 5 rows are not as the log has them, the first in instances at {"stream":2,"place":0}
    table       row       key                     here              by the log
    instances   missing   {"stream":2,"place":0}                    {"instance_id":…
    instances   missing   {"stream":2,"place":1}                    {"instance_id":…
    instances   missing   {"stream":2,"place":2}                    {"instance_id":…
    sessions    differs   {"stream":2}            {"workspace":1,…  {"workspace":1,…
    workspaces  too much  {"workspace":99}        {"key":"ghost",…
    hint: `retold projections rebuild builtin` makes its rows again from the log
    "#);
    let answer = place.piped(&["projections", "check", "-o", "json"]).exited_with(10);
    let document: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    let row = &document["rows"][0];
    assert_eq!((&row["name"], &row["sound"]), (&"builtin".into(), &false.into()));
    assert_eq!(row["differences"][0]["table"], "instances");
    place.piped(&["projections", "rebuild", "builtin"]).done();
    place.piped(&["projections", "check", "builtin"]).done();
    snapshot!(place.piped(&["projections", "catch-up", "builtin"]).done(), @"builtin: holds 606 events");
    snapshot!(place.piped(&["projections", "show", "builtin"]).done(), @"
    projection builtin@1
    about      sessions, instances, messages, workspaces: in the transaction of every append
    kind       inline
    state      caught_up
    position   606
    policy     skip
    ");
}

#[test]
fn what_every_append_needs_is_not_paused_nor_changed_nor_dropped() {
    let place = Place::with_sample();
    let before = place.piped(&["projections", "-o", "json"]).json();
    for (args, act) in [
        (&["pause", "builtin"][..], "pause"),
        (&["resume", "builtin"], "resume"),
        (&["rollback", "builtin"], "roll back"),
        (&["drop", "builtin"], "drop"),
        (&["skip", "builtin", "3", "--reason", "a slip"], "leave an event out of"),
        (&["diff", "builtin@1", "builtin@2"], "compare versions of"),
    ] {
        let args: Vec<&str> = [&["projections"], args].concat();
        let answer = place.piped(&args);
        assert_eq!(
            answer.refused(2),
            format!(
                "error: {act} projection builtin: it is kept in the transaction of every append\n\
                 hint: `retold projections rebuild builtin` makes its rows again from the log\n"
            ),
            "{args:?}"
        );
    }
    assert_eq!(place.piped(&["projections", "-o", "json"]).json(), before);
}
