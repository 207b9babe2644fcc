//! What is wrong with a server is seen.

use retold_team::health::{self, Health};
use retold_team::receiver::Level;
use retold_team::schema;
use retold_team::token::{self, NewToken, Scope};
use retold_trial::needs;

use crate::given::{Store, created, message};
use crate::rows::{work, worker, worker_of};
use crate::targets::{Cluster, Target};

#[test]
fn what_is_wrong_is_seen_and_nothing_where_nothing_is() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut worker, mut admin) = (Store::new(), worker(&cluster), cluster.admin());
    store.append("atlas", "a1", [created("a1"), message("one")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    // Whoever may read all tables may look, too.
    let mut looker = worker_of(&cluster);
    let mut look = || -> Health { health::read(&mut looker, &[1], 14).unwrap() };
    let sound = look();
    let newest = schema::all().last().unwrap().number;
    assert_eq!((sound.schema, sound.months, sound.has_other), ((newest, newest), 13, false));
    for nothing in [&sound.missing_roles, &sound.not_owned, &sound.open_functions, &sound.unguarded] {
        assert_eq!(nothing, &Vec::<String>::new());
    }
    assert_eq!((sound.overlooking.len(), sound.residue.len(), sound.expiring.len()), (0, 0, 0));
    assert_eq!((sound.logs, sound.lists[0].shipments, sound.lists[0].stale), ((1, 0), (1, 1), (0, 0)));
    assert_eq!((sound.settings["fsync"].as_str(), sound.version >= 150_000), ("off", true));
    assert!(sound.sizes.iter().any(|(table, bytes)| table == "body" && *bytes > 0));

    let scopes = [Scope::Ship];
    let expires_at = Some(jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 3));
    let new = NewToken { person: "Ada", device: "desk", scopes: &scopes, expires_at };
    token::make(&mut admin, 1, new).unwrap().unwrap();
    admin
        .batch_execute(
            "grant execute on function retold.may_read to public; grant retold_worker to ada; alter role bob bypassrls;
            alter table retold.instances disable row level security; create table retold.stray (tenant bigint);
            update retold.log set state = 2; insert into retold.body select 1, 1, 9, '2001-01-01', 0, '', '';
            create role other login; alter view retold_read.sessions owner to other",
        )
        .unwrap();
    store.append("atlas", "a1", [message("two")]);
    store.redact(&[2]);
    target.ship(&store.log, Level::All).unwrap();
    let wrong = look();
    assert_eq!(
        (wrong.not_owned, wrong.open_functions),
        (vec!["stray".to_owned()], vec!["may_read".to_owned()])
    );
    assert_eq!(wrong.unguarded, ["instances"]);
    let overlooking = [("ada", "retold_worker"), ("bob", "bypassrls")];
    assert_eq!(wrong.overlooking, overlooking.map(|(who, what)| (who.to_owned(), what.to_owned())));
    assert_eq!((wrong.logs, wrong.has_other), ((1, 1), true));
    assert_eq!((wrong.lists[0].shipments, wrong.lists[0].stale), ((1, 2), (1, 0)));
    assert_eq!((wrong.expiring[0].device.as_str(), wrong.expiring.len()), ("desk", 1));
    assert!(wrong.residue.iter().any(|table| table.part.starts_with("body_")));
}
