//! One suite for every receiver: each case is run against memory, which is the definition, a directory, PostgreSQL, and, in the tests of
//! `serve/`, a server in front of that.

use retold_team::receiver::Level;

use crate::given::{Store, created, message, task};
use crate::targets::Target;
use crate::{answers, divergence, erasure, levels, pull};

/// A case: what is done, and what has to be so after it.
type Case = (&'static str, fn(&Target));

const CASES: &[Case] = &[
    ("what is shipped is there, and again is nothing", again_is_nothing),
    ("an empty log is shipped", an_empty_log),
    ("a log that grows", a_log_that_grows),
    ("what is sent again, overlaps, leaves a gap or is none", answers::answers),
    ("protocols that do not meet", answers::protocols),
    ("what is held back is supplied", levels::supplied),
    ("a level that is raised", levels::raised),
    ("a workspace that is opened later", levels::opened_later),
    ("redacted before, between and after", erasure::redacted),
    ("redacted in a workspace that was closed meanwhile", erasure::redacted_in_a_closed_workspace),
    ("pruned, and back", erasure::pruned_and_back),
    ("two copies of a file", divergence::copies),
    ("two copies at the first event", divergence::copies_from_the_beginning),
    ("an older copy", divergence::an_older_copy),
    ("a restored log goes on from its parent", divergence::restored),
    ("what is pulled is what the log says, again and again", pull::again_and_again),
    ("sessions are pulled together as they are one by one", pull::many_at_once),
    ("a pull of less than all, and of more later", pull::raised),
    ("a session of a restored log is pulled whole", pull::of_a_restored_log),
];

pub(crate) fn conforms(target: impl Fn() -> Target) {
    for (name, case) in CASES {
        println!("{name}");
        case(&target());
    }
}

fn again_is_nothing(target: &Target) {
    let store = Store::new();
    store.append("atlas", "a1", [created("a1"), task("mend the door"), message("hello")]);
    store.append("borealis", "b1", [created("b1"), message(&"long ".repeat(2000))]);
    let shipped = target.ship(&store.log, Level::All).unwrap();
    assert_eq!((shipped.head.position.get(), shipped.events), (5, 5));
    let again = target.ship(&store.log, Level::All).unwrap();
    assert_eq!((again.head, again.events, again.supplied), (shipped.head, 0, 0));
    let verified = target.assert_sound();
    assert_eq!((verified.len(), verified[0].events, verified[0].bodies), (1, 5, 5));
}

fn an_empty_log(target: &Target) {
    let store = Store::new();
    let shipped = target.ship(&store.log, Level::Facts).unwrap();
    assert_eq!((shipped.head.position.get(), shipped.events), (0, 0));
    assert_eq!(target.assert_sound().len(), 1);
}

fn a_log_that_grows(target: &Target) {
    let store = Store::new();
    for _ in 0..6 {
        for _ in 0..retold_trial::chance::range(0..4) {
            store.append_something();
        }
        target.ship(&store.log, Level::All).unwrap();
        target.assert_has(&store.log);
    }
}
