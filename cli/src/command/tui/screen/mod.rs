//! A frame, from the model.

mod help;
mod panes;
mod pen;
mod theme;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::{Asks, Model, Prompt, TOO_SMALL};
use pen::Pen;
pub(super) use theme::Theme;

/// The keys that are named at the bottom, as many as there is room for.
const FOOT: [&str; 11] = [
    "? help",
    "q quit",
    "←→ step",
    "Tab pane",
    "[ ] message",
    "e error",
    "/ search",
    "g go to",
    "d diff",
    "b blame",
    "c copy",
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
    panes::events(&mut pen, model, layout.events);
    panes::inspector(&mut pen, model, layout.inspector);
    for edge in [layout.events.right(), layout.events.left().wrapping_sub(1)] {
        pen.edge(edge, layout.events.height);
    }
    if let Some(area) = layout.sessions {
        panes::sessions(&mut pen, model, area);
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
    for key in FOOT {
        if line.chars().count() + key.chars().count() + 2 > area.width.into() {
            break;
        }
        line.push_str(key);
        line.push_str("  ");
    }
    pen.write(area, line.trim_end(), theme.faint());
}
