//! Sub-agents and forks under the sessions that they come from.

use retold_core::{Event, NewEvent, StreamName, event};

use super::Place;
use super::desk::{created, said};
use crate::command::tui::model::Input;

/// One session with a sub-agent that has one too and a fork, and one by itself.
fn place() -> Place {
    let place = Place::empty();
    let linked = |relation: &str, parent: &str| -> NewEvent {
        let (relation, parent) = (relation.to_owned(), parent.to_owned());
        Event::from(event::SessionLinked { relation, parent, spawned_by: None }).into()
    };
    for (id, task) in [
        ("5f0c2a1e-93d5-4c0a-8e57-1d6f0a9b2c34", "Mend the door"),
        ("5f7d0b2c-1111-4c0a-8e57-1d6f0a9b2c34", "Paint the gate"),
    ] {
        place.append(&StreamName::session("w", id, 1), [created(id, task)]);
    }
    for (id, task, relation, parent) in [
        ("oil", "Oil the hinge", "subagent", "5f0c2a1e-93d5-4c0a-8e57-1d6f0a9b2c34"),
        ("buy", "Buy the oil", "subagent", "oil"),
        ("fork", "Mend the door otherwise", "fork", "5f0c2a1e-93d5-4c0a-8e57-1d6f0a9b2c34"),
    ] {
        let name = StreamName::session("w", id, 1);
        place.append(&name, [created(id, task), linked(relation, parent)]);
    }
    // It moved last.
    place.append(&StreamName::session("w", "5f0c2a1e-93d5-4c0a-8e57-1d6f0a9b2c34", 1), [said(1, "again")]);
    place
}

const ROOT: &str = "5f0c2a1e";

fn titles(desk: &super::Desk<'_>) -> Vec<String> {
    desk.model.sessions.rows.iter().map(|row| format!("{}{}", "  ".repeat(row.depth), row.task)).collect()
}

const FOLDED: [&str; 2] = ["Paint the gate", "Mend the door"];
const UNFOLDED: [&str; 5] =
    ["Paint the gate", "Mend the door", "  Oil the hinge", "    Buy the oil", "  Mend the door otherwise"];

fn sorted(mut titles: Vec<String>) -> Vec<String> {
    titles.sort_unstable();
    titles
}

#[test]
fn what_comes_from_a_session_is_shown_under_it_and_folded_again() {
    let place = place();
    let mut desk = place.desk(Some(ROOT), (80, 24));
    desk.press(&["s"]);
    assert_eq!(sorted(titles(&desk)), sorted(FOLDED.map(str::to_owned).to_vec()));
    assert!(desk.screen().contains("▸ 3  Mend the door"), "{}", desk.screen());
    desk.press(&["u"]);
    assert_eq!(sorted(titles(&desk)), sorted(UNFOLDED.map(str::to_owned).to_vec()));
    let screen = desk.screen();
    for part in ["▾ 3  Mend the door", "  └ Oil the hinge", "  └ Buy the oil", "  └ Mend the door otherwise"]
    {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    // Each after the one that it comes from.
    let at = |task: &str| titles(&desk).iter().position(|title| title.trim() == task).unwrap();
    assert!(at("Mend the door") + 1 == at("Oil the hinge") && at("Oil the hinge") + 1 == at("Buy the oil"));
    // From one under it, the whole family is folded, and the cursor is on the one that it comes from.
    desk.press(&["↓", "↓", "u"]);
    assert_eq!(titles(&desk).len(), FOLDED.len());
    assert_eq!(desk.model.sessions.chosen().unwrap().task, "Mend the door");
}

#[test]
fn all_families_are_unfolded_and_folded_at_once() {
    let place = place();
    let mut desk = place.desk(Some(ROOT), (80, 24));
    assert_eq!(titles(desk.press(&["s", "o"])).len(), UNFOLDED.len());
    // One of them is folded by itself then.
    assert_eq!(titles(desk.press(&["u"])).len(), FOLDED.len());
    assert_eq!(titles(desk.press(&["o"])).len(), FOLDED.len());
    assert_eq!(titles(desk.press(&["u", "o"])).len(), UNFOLDED.len());
}

#[test]
fn one_that_is_looked_at_is_in_the_list() {
    let place = place();
    let mut desk = place.desk(Some("buy"), (80, 24));
    desk.press(&["s"]);
    assert_eq!(desk.model.sessions.chosen().unwrap().task, "Buy the oil");
    let mut desk = place.desk(Some(ROOT), (160, 24));
    desk.press(&["g"]).type_in("fork:r1");
    assert!(desk.screen().contains("> fork "), "{}", desk.screen());
}

#[test]
fn a_list_that_looks_for_each_folds_none_and_says_so() {
    let place = place();
    let mut desk = place.desk(Some(ROOT), (80, 24));
    desk.press(&["s", "F"]).type_in("hinge");
    assert_eq!(titles(&desk), ["Oil the hinge"]);
    assert!(desk.press(&["u"]).screen().contains("nothing is folded in this list"), "{}", desk.screen());
    desk.press(&["F"]);
    desk.model.update(Input::EraseAll);
    desk.type_in("");
    let at = titles(&desk).iter().position(|title| title == "Paint the gate").unwrap();
    desk.press(&["Home"]).press(&vec!["↓"; at]);
    assert!(desk.press(&["u"]).screen().contains("no sub-agent or fork is under"), "{}", desk.screen());
}

#[test]
fn what_is_added_under_a_session_appears_there() {
    let place = place();
    let mut desk = place.desk(Some(ROOT), (80, 24));
    desk.press(&["s", "u"]);
    let name = StreamName::session("w", "sand", 1);
    let linked =
        event::SessionLinked { relation: "subagent".to_owned(), parent: "fork".to_owned(), spawned_by: None };
    place.append(&name, [created("sand", "Sand it"), Event::from(linked).into()]);
    for _ in 0..3 {
        desk.wait(std::time::Duration::from_secs(1));
    }
    assert!(titles(&desk).contains(&"    Sand it".to_owned()), "{:?}", titles(&desk));
    assert!(desk.screen().contains("▾ 4  Mend the door"), "{}", desk.screen());
}

#[test]
fn a_family_is_as_it_was_looked_at() {
    let place = place();
    let mut all = String::new();
    for width in [40, 80, 160] {
        let mut desk = place.desk(Some(ROOT), (width, 12));
        desk.press(&["s"]);
        all.push_str(&format!("{width} columns, folded\n\n{}\n", desk.screen()));
        desk.press(&["u"]);
        all.push_str(&format!("{width} columns\n\n{}\n", desk.screen()));
        if width == 80 {
            all.push_str(&format!("{width} columns, in colour\n\n{}\n", desk.coloured()));
        }
    }
    insta::assert_snapshot!(all);
}
