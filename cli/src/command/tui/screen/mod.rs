//! A frame, from the model.

mod help;
mod panes;
mod pen;
mod theme;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::{Asks, Model, Prompt, TOO_SMALL};
pub(super) use help::rows as help_rows;
use pen::Pen;
pub(super) use theme::Theme;

/// The keys that are named at the bottom, as many as there is room for.
const FOOT: [(&str, &str); 18] = [
    ("?", "help"),
    ("q", "quit"),
    ("←→", "step"),
    ("Tab", "pane"),
    ("s", "list"),
    ("t", "talk"),
    ("e", "error"),
    ("/", "find"),
    ("g", "go"),
    ("z", "zoom"),
    ("d", "diff"),
    ("1", "state"),
    ("b", "blame"),
    ("o", "open all"),
    ("u", "under"),
    ("F", "filter"),
    ("T", "clock"),
    ("c", "copy"),
];
/// Rows that a line to the person may take.
const SAID_ROWS_MAX: usize = 5;

/// Draws all of it.
pub(super) fn draw(model: &Model, theme: Theme, buffer: &mut Buffer) {
    let mut pen = Pen { buffer, theme };
    let layout = model.layout();
    if layout.is_too_small {
        let Rect { width, height, .. } = *pen.buffer.area();
        let text = format!("{}×{} wanted", TOO_SMALL.width, TOO_SMALL.height);
        return pen.write(Rect { x: 0, y: height / 2, width, height: 1 }, &text, theme.plain());
    }
    if let Some(first) = model.help {
        return help::draw(&mut pen, first);
    }
    if layout.events.width > 0 {
        panes::events(&mut pen, model, layout.events);
    }
    if layout.inspector.width > 0 {
        panes::inspector(&mut pen, model, layout.inspector);
    }
    for edge in [layout.events.left(), layout.inspector.left()].into_iter().filter(|left| *left > 0) {
        pen.edge(edge - 1, layout.events.height);
    }
    if let Some(area) = layout.sessions {
        panes::sessions(&mut pen, model, area);
    }
    if let (Some(area), Some(opened)) = (layout.bar, &model.opened) {
        panes::bar(&mut pen, opened, area);
    }
    panes::status(&mut pen, model, layout.status);
    bottom(&mut pen, model, layout.bottom);
}

/// What is typed, what is said, or the keys.
fn bottom(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let theme = pen.theme;
    if let Some(Prompt { asks, text }) = &model.prompt {
        let asked = match asks {
            Asks::Search => "search: ",
            Asks::GoTo => "go to: ",
            Asks::Mark => "mark this moment as: ",
            Asks::Filter => "list only: ",
        };
        // What was typed last is seen.
        let room = usize::from(area.width).saturating_sub(asked.len() + 1);
        return pen.write(area, &format!("{asked}{}▏", pen::end_of(text, room)), theme.strong());
    }
    if let Some(said) = &model.said {
        let style = if said.is_error { theme.error() } else { theme.strong() };
        let rows = pen::wrapped(&said.text, area.width.into(), SAID_ROWS_MAX);
        for (row, text) in rows.iter().rev().zip(0_u16..).map(|(text, up)| (area.y.saturating_sub(up), text))
        {
            pen.write(Rect { y: row, ..area }, text, style);
        }
        return;
    }
    let mut line = String::new();
    for (key, what) in FOOT {
        let gap = if line.is_empty() { "" } else { "  " };
        let part = format!("{gap}{key} {what}");
        if line.chars().count() + part.chars().count() > area.width.into() {
            break;
        }
        line.push_str(&part);
    }
    pen.write(area, &line, theme.faint());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tui::keys::KEYS;

    #[test]
    fn the_foot_names_keys_of_the_table_and_those_that_are_needed_fit_80_columns() {
        for (keys, _) in FOOT {
            let is_known = |key: &str| KEYS.iter().any(|binding| binding.keys.contains(&key));
            assert!(is_known(keys) || keys.chars().all(|key| is_known(&key.to_string())), "{keys}");
        }
        let first: Vec<String> = FOOT[..10].iter().map(|(key, what)| format!("{key} {what}")).collect();
        assert!(first.join("  ").chars().count() <= 80, "{first:?}");
    }
}
