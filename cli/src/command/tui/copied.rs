//! A view as the command that gives it.

use retold_travel::Path;

use super::model::{Filter, Model, Opened, Pane, Tab};
use crate::travel_args::{quoted, word};

/// Returns the command line that answers what is shown.
pub(super) fn command(model: &Model) -> String {
    let retold = match model.store() {
        Some(store) => format!("retold --store {}", quoted(store)),
        None => "retold".to_owned(),
    };
    match &model.opened {
        Some(opened) if model.focus != Pane::Sessions => format!("{retold} {}", of_session(opened)),
        _ => {
            let options = Filter::of(&model.sessions.filter).options();
            let options = options.iter().map(|(option, value)| format!(" {option} {}", quoted(value)));
            format!("{retold} sessions --flat{}", options.collect::<String>())
        }
    }
}

fn of_session(opened: &Opened) -> String {
    let (name, at) = (word(&opened.name), opened.at());
    let place = match &opened.place {
        Path::Whole => None,
        place => Some(quoted(&place.to_string())),
    };
    match (opened.tab, place) {
        (Tab::Talk, _) => match opened.line_here().map(|line| (&line.session, line.to)) {
            Some((None, Some(to))) if to < at => format!("show {name} --entry r{to}"),
            _ => format!("show {name} --at r{at}"),
        },
        (Tab::State, None) => format!("show {name} --state --at r{at}"),
        (Tab::State, Some(place)) => format!("show {name} --path {place} --at r{at}"),
        (Tab::Diff, _) => format!("diff {name} {} r{at}", moment(opened.before())),
        (Tab::Blame, None) => format!("blame {name} --at r{at}"),
        (Tab::Blame, Some(place)) => format!("blame {name} {place} --at r{at}"),
        (Tab::Body, _) if at == 1 => format!("log {name} ..r1 -o jsonl"),
        (Tab::Body, _) => format!("log {name} r{}..r{at} -o jsonl", at - 1),
    }
}

/// A revision as a point; before the first event there is none.
fn moment(revision: u64) -> String {
    if revision == 0 { "r1-1".to_owned() } else { format!("r{revision}") }
}
