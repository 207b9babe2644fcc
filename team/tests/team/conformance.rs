//! One suite for every receiver: what each answers, and what it keeps.

use retold_team::receiver::Level;
use retold_trial::needs;

use crate::given::{Store, created, message, task};
use crate::targets::Target;

/// What every receiver is put through.
fn conforms(target: &Target) {
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

#[test]
fn memory_conforms() {
    conforms(&Target::memory());
}

#[test]
fn a_directory_conforms() {
    conforms(&Target::directory());
}

#[test]
fn postgres_conforms() {
    needs!(Postgres);
    conforms(&Target::postgres());
}
