//! What leaves at which level.

use retold_core::EventType;
use retold_team::receiver::Contents as _;
use retold_team::receiver::Level;
use retold_team::ship::ship;
use retold_trial::{chance, needs};

use crate::given::{Store, created, message, task};
use crate::targets::{Cluster, Target, options};

fn given() -> Store {
    let store = Store::new();
    store.append("atlas", "a1", [created("a1"), task("one"), message("hello")]);
    store.append("borealis", "b1", [created("b1"), message(&"long ".repeat(2000))]);
    store.append("atlas", "a1", [message("more"), task("two")]);
    store.append("borealis", "b1", [task("three")]);
    store
}

pub(crate) fn supplied(target: &Target) {
    let store = given();
    for (level, bodies, names) in
        [(Level::None, 0, 0), (Level::Headers, 0, 0), (Level::Facts, 5, 8), (Level::All, 8, 8)]
    {
        target.ship(&store.log, level).unwrap();
        let verified = target.assert_sound();
        assert_eq!(verified[0].bodies, bodies, "{level}");
        let log = verified[0].number.unwrap();
        let range = target.keeper().range(log, 1, 8).unwrap();
        assert_eq!(range.events.iter().filter(|(_, stream)| stream.name.is_some()).count(), names, "{level}");
        let metas = range.events.iter().filter(|(event, _)| event.meta.is_some()).count();
        assert_eq!(metas > 0, level >= Level::Facts, "{level}");
        let content = range.events.iter().filter(|(event, _)| {
            event.body.is_some() && EventType::from_number(event.kind.into()).unwrap().is_content()
        });
        assert_eq!(content.count() > 0, level == Level::All, "{level}");
    }
    target.assert_has(&store.log);
    // A lower level takes nothing back, and goes on.
    store.append("atlas", "a1", [message("later")]);
    target.ship(&store.log, Level::Facts).unwrap();
    assert_eq!(target.assert_sound()[0].bodies, 8);
}

pub(crate) fn raised(target: &Target) {
    let store = given();
    target.ship(&store.log, Level::Facts).unwrap();
    store.append("atlas", "a1", [message("later")]);
    let raised = target.ship(&store.log, Level::All).unwrap();
    assert_eq!((raised.events, raised.supplied), (1, 8));
    target.assert_has(&store.log);
    assert_eq!(target.ship(&store.log, Level::All).unwrap().supplied, 0);
}

pub(crate) fn opened_later(target: &Target) {
    let store = given();
    let private = target.ship_but(&store.log, Level::All, &["borealis"]).unwrap();
    assert_eq!(private.private.len(), 1);
    let verified = target.assert_sound();
    assert_eq!((verified[0].events, verified[0].absent), (5, 3));
    // Known to be the same as before: nothing is gone through again.
    let connect = || target.connect();
    let same =
        ship(&store.log, connect, &mut options(Level::All, &["borealis"], Some(&["borealis"]))).unwrap();
    assert_eq!(same.supplied, 0);
    store.append("borealis", "b1", [message("later")]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    // Closed again: what is there stays, what comes does not leave.
    store.append("borealis", "b1", [message("closed")]);
    store.append("atlas", "a1", [message("open")]);
    target.ship_but(&store.log, Level::All, &["borealis"]).unwrap();
    let verified = target.assert_sound();
    assert_eq!((verified[0].events, verified[0].absent), (10, 1));
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
}

#[test]
fn no_text_leaves_below_all_nor_any_of_a_private_workspace() {
    needs!(Postgres);
    for level in [Level::None, Level::Headers, Level::Facts] {
        let cluster = Cluster::new();
        let target = Target::Postgres(cluster.clone());
        let store = Store::new();
        let mut canaries = Vec::new();
        let mut names = Vec::new();
        for number in 0..100 {
            let canary = |what: &str| format!("canary-{what}-{number}-{:016x}", chance::range(0..u64::MAX));
            let (short, long, private) = (canary("short"), canary("long"), canary("private"));
            let id = format!("session-{number}");
            let text = format!("{} {long} {}", "before ".repeat(400), "after ".repeat(400));
            store.append("atlas", &id, [created(&id), message(&short), message(&text)]);
            store.append(
                "secret-workspace",
                &private,
                [created(&private), task(&private), message(&private)],
            );
            canaries.extend([short, long, private]);
            names.push(id);
        }
        // A dictionary that was trained on the texts stays where it is.
        let events: Vec<_> = {
            let mut reader = store.log.reader().unwrap();
            let page =
                reader.events_after(retold_core::Position::ZERO, retold_core::Limit::default()).unwrap();
            page.events.into_iter().filter_map(|event| event.event).collect()
        };
        store.log.train(&events).unwrap();
        for number in 0..20 {
            let canary = format!("canary-after-training-{number}-{:016x}", chance::range(0..u64::MAX));
            store.append("atlas", "session-1", [message(&canary.repeat(4))]);
            canaries.push(canary);
        }
        canaries.push("secret-workspace".to_owned());
        target.ship_but(&store.log, level, &["secret-workspace"]).unwrap();
        let verified = target.assert_sound();
        assert_eq!(verified[0].events, if level == Level::None { 0 } else { 320 });
        cluster.admin().batch_execute("checkpoint").unwrap();
        assert_eq!(cluster.found(&canaries), Vec::<String>::new(), "{level}");
        // The search finds what is there.
        let found = cluster.found(&names);
        assert_eq!(found.len() == names.len(), level == Level::Facts, "{level}: {}", found.len());
    }
}
