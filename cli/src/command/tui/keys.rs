//! The keys: one table, from which the keyboard, the help and docs/TUI.md are made.

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::model::{Action, Input, Tab};

/// What a person presses for an action, and what it does.
pub(super) struct Binding {
    /// The keys as they are written; any of them.
    pub(super) keys: &'static [&'static str],
    pub(super) action: Action,
    pub(super) help: &'static str,
}

const fn on(keys: &'static [&'static str], action: Action, help: &'static str) -> Binding {
    Binding { keys, action, help }
}

/// Every key that does something while nothing is being typed.
pub(super) const KEYS: &[Binding] = &[
    on(&["→", "l"], Action::Step(1), "the next event of the session"),
    on(&["←", "h"], Action::Step(-1), "the event before"),
    on(&["↓", "j"], Action::Move(1), "down in the pane"),
    on(&["↑", "k"], Action::Move(-1), "up in the pane"),
    on(&["PgDn", "Ctrl-F"], Action::Page(1), "a page down"),
    on(&["PgUp", "Ctrl-B"], Action::Page(-1), "a page up"),
    on(&["Home"], Action::First, "the first of the pane"),
    on(&["End", "G"], Action::Last, "the last of the pane"),
    on(&["Tab"], Action::Focus(1), "the next pane: sessions, events, inspector"),
    on(&["Shift-Tab"], Action::Focus(-1), "the pane before"),
    on(&["s"], Action::Sessions, "the sessions"),
    on(&["Enter"], Action::Enter, "open the session, the place, or the event that wrote it"),
    on(&["Esc"], Action::Escape, "stop what is under way, or go out of the place"),
    on(&["Backspace"], Action::Back, "to where you were before the last jump"),
    on(&["]"], Action::Message(true), "the next message"),
    on(&["["], Action::Message(false), "the message before"),
    on(&["e"], Action::Error(true), "the next error"),
    on(&["E"], Action::Error(false), "the error before"),
    on(&["/"], Action::Search, "search the events for a text"),
    on(&["n"], Action::Again(true), "the next event that holds it"),
    on(&["N"], Action::Again(false), "the one before"),
    on(&["F"], Action::Filter, "list only: tool:codex project:P status:failed since:3d WORDS"),
    on(&["T"], Action::Clock, "times: when it happened, or when the log got it"),
    on(&["g", ":"], Action::GoTo, "go to a point: r7, head-3, 15min-ago, mark:NAME, SESSION:r7"),
    on(&["m"], Action::Mark, "give this moment a name"),
    on(&["Space"], Action::Play, "play the session from here, or stop"),
    on(&["+"], Action::Speed(true), "play twice as fast"),
    on(&["-"], Action::Speed(false), "play half as fast"),
    on(&["f"], Action::Follow, "go to the head and follow what comes, or stop"),
    on(&["5", "t"], Action::Tab(Tab::Talk), "the conversation up to the event"),
    on(&["o"], Action::FoldAll, "open all that is folded in the pane, or fold it"),
    on(&["u"], Action::Unfold, "show the sub-agents and forks under a session, or fold them"),
    on(&["."], Action::GoThere, "go to the event of the row, also of a sub-agent"),
    on(&["z"], Action::Zoom, "the pane alone on the screen, or with the others"),
    on(&["1"], Action::Tab(Tab::State), "the state after the event"),
    on(&["2", "d"], Action::Tab(Tab::Diff), "what changed since the base; without one, by the event"),
    on(&["3"], Action::Tab(Tab::Blame), "who last wrote what"),
    on(&["4"], Action::Tab(Tab::Body), "the event as it was recorded"),
    on(&["b"], Action::BlameHere, "who last wrote what is under the cursor"),
    on(&["x"], Action::Base, "make this event the base; on the base, take it away"),
    on(&["c"], Action::Copy, "copy the command that gives the same view"),
    on(&["?", "F1"], Action::Help, "this help"),
    on(&["q"], Action::Quit, "leave"),
    on(&["Ctrl-C"], Action::Interrupt, "leave at once"),
];

/// What the mouse does, where, in words.
pub(super) const MOUSE: &[(&str, &str)] = &[
    ("wheel", "move what it is over"),
    ("click", "choose what is there, or open it where it is chosen"),
    ("click on the bar", "go to that part of the session"),
];

/// Returns what the mouse means to the model.
pub(super) fn mouse(event: &MouseEvent) -> Option<Input> {
    let (x, y) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Input::Click { x, y }),
        MouseEventKind::ScrollDown => Some(Input::Wheel { x, y, by: 1 }),
        MouseEventKind::ScrollUp => Some(Input::Wheel { x, y, by: -1 }),
        _ => None,
    }
}

/// Returns what a key means to the model; `None` where nobody listens to it.
pub(super) fn input(key: &KeyEvent, is_typing: bool) -> Option<Input> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let name = name(key)?;
    let bound = KEYS.iter().find(|binding| binding.keys.contains(&name.as_str()));
    let action = bound.map(|binding| binding.action);
    if is_typing && action != Some(Action::Interrupt) {
        return match key.code {
            KeyCode::Enter => Some(Input::Act(Action::Enter)),
            KeyCode::Esc => Some(Input::Act(Action::Escape)),
            KeyCode::Backspace => Some(Input::Erase),
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Input::EraseAll),
            KeyCode::Char(letter) if is_plain(key.modifiers) => Some(Input::Text(letter.to_string())),
            _ => None,
        };
    }
    action.map(Input::Act)
}

fn is_plain(modifiers: KeyModifiers) -> bool {
    !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER)
}

/// Returns a key as the table writes it.
fn name(key: &KeyEvent) -> Option<String> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char(letter) if control => format!("Ctrl-{}", letter.to_ascii_uppercase()),
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(letter) if is_plain(key.modifiers) => letter.to_string(),
        KeyCode::F(number) => format!("F{number}"),
        code => match code {
            KeyCode::Left => "←",
            KeyCode::Right => "→",
            KeyCode::Up => "↑",
            KeyCode::Down => "↓",
            KeyCode::PageUp => "PgUp",
            KeyCode::PageDown => "PgDn",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => "Shift-Tab",
            KeyCode::BackTab => "Shift-Tab",
            KeyCode::Tab => "Tab",
            KeyCode::Enter => "Enter",
            KeyCode::Esc => "Esc",
            KeyCode::Backspace => "Backspace",
            _ => return None,
        }
        .to_owned(),
    })
}

/// Returns the keys of an action, as the help writes them.
pub(super) fn written(binding: &Binding) -> String {
    binding.keys.join(" ")
}

/// Returns what a terminal sends for a key of the table.
#[cfg(test)]
pub(super) fn pressed(key: &str) -> KeyEvent {
    let control = key.strip_prefix("Ctrl-").and_then(|key| key.chars().next());
    let code = match (key, control) {
        (_, Some(letter)) => {
            return KeyEvent::new(KeyCode::Char(letter.to_ascii_lowercase()), KeyModifiers::CONTROL);
        }
        ("→", _) => KeyCode::Right,
        ("←", _) => KeyCode::Left,
        ("↓", _) => KeyCode::Down,
        ("↑", _) => KeyCode::Up,
        ("PgDn", _) => KeyCode::PageDown,
        ("PgUp", _) => KeyCode::PageUp,
        ("Home", _) => KeyCode::Home,
        ("End", _) => KeyCode::End,
        ("Tab", _) => KeyCode::Tab,
        ("Shift-Tab", _) => KeyCode::BackTab,
        ("Enter", _) => KeyCode::Enter,
        ("Esc", _) => KeyCode::Esc,
        ("Backspace", _) => KeyCode::Backspace,
        ("Space", _) => KeyCode::Char(' '),
        ("F1", _) => KeyCode::F(1),
        (key, _) => KeyCode::Char(key.chars().next().unwrap()),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<&str> = KEYS.iter().flat_map(|binding| binding.keys).copied().collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn what_a_key_does_is_told_in_full_at_80_columns() {
        for binding in KEYS {
            let (keys, help) = (written(binding).chars().count(), binding.help.chars().count());
            assert!(keys <= 16 && help <= 62, "{}", binding.help);
        }
    }

    #[test]
    fn every_written_key_does_what_is_written() {
        for binding in KEYS {
            for key in binding.keys {
                assert_eq!(input(&pressed(key), false), Some(Input::Act(binding.action)), "{key}");
            }
        }
    }

    #[test]
    fn what_is_typed_is_text_and_not_a_key() {
        for letter in ["q", "m", "Space", "?", "1"] {
            assert!(matches!(input(&pressed(letter), true), Some(Input::Text(_))), "{letter}");
        }
        assert_eq!(input(&pressed("Ctrl-C"), true), Some(Input::Act(Action::Interrupt)));
        assert_eq!(input(&pressed("Backspace"), true), Some(Input::Erase));
    }

    #[test]
    fn the_page_of_the_documentation_has_this_table() {
        let page = include_str!("../../../../docs/TUI.md");
        let rows = KEYS.iter().map(|binding| {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            format!("| {} | {} |\n", keys.join(" "), binding.help)
        });
        let table = format!("| key | what it does |\n|---|---|\n{}", rows.collect::<String>());
        assert!(page.contains(&table), "docs/TUI.md is to hold\n{table}");
        let rows = MOUSE.iter().map(|(mouse, help)| format!("| {mouse} | {help} |\n"));
        let table = format!("| mouse | what it does |\n|---|---|\n{}", rows.collect::<String>());
        assert!(page.contains(&table), "docs/TUI.md is to hold\n{table}");
    }
}
