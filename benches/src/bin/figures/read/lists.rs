//! Lists of one workspace, in every order, a page from the middle, and counts.

use retold_projections::{Order, SessionFilter, Store};

use crate::Outcome;
use crate::bench::{Bench, Legacy};
use crate::figure::{Figure, Target};
use crate::timing::median_ms;

const REPEATS: usize = 300;
const LISTED: usize = 100;

pub(crate) fn measure(bench: &Bench, legacy: &Legacy) -> Outcome<Vec<Figure>> {
    let store = legacy.open()?;
    let key = store.sessions(&SessionFilter::new().with_limit(1))?.pop().ok_or("list: no session")?.workspace;
    let of_workspace = SessionFilter::new().with_workspace(key);
    let listed = u32::try_from(LISTED.min(legacy.files[0].sessions))?;
    let mut figures = Vec::new();
    for (name, order) in [
        ("last update", Order::Updated),
        ("creation", Order::Created),
        ("duration", Order::Duration),
        ("changed files", Order::FilesChanged),
        ("file order", Order::File),
    ] {
        let filter = of_workspace.clone().with_order(order).with_limit(listed);
        let ours = median_ms(bench.scale.of(REPEATS), |_| is_page(&store, &filter, listed))?;
        let name = format!("list {listed} of one workspace of {} by {name}, p50", legacy.files[0].sessions);
        figures.push(Figure::new(name, "ms", ours).target(Target::AtMost(0.3)));
    }
    let ours = median_ms(bench.scale.of(REPEATS), |_| {
        let counted = store.count_sessions(&of_workspace)?.total;
        if counted == legacy.files[0].sessions as u64 { Ok(()) } else { Err("count: another number".into()) }
    })?;
    figures.push(
        Figure::new("count of its sessions by status and type, p50", "ms", ours).target(Target::AtMost(0.05)),
    );
    Ok(figures)
}

fn is_page(store: &Store, filter: &SessionFilter, expected: u32) -> Outcome<()> {
    let found = store.sessions(filter)?.len();
    if found == expected as usize {
        Ok(())
    } else {
        Err(format!("list: expected {expected}, found {found}").into())
    }
}
