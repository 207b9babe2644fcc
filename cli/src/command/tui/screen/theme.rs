//! How things look: with colours, or without.

use ratatui::style::{Color, Modifier, Style};

use crate::command::tui::model::Sign;

/// Whether colours are wanted. What a colour says is said by a sign too.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Theme {
    pub(in super::super) colour: bool,
}

impl Theme {
    pub(super) fn plain(self) -> Style {
        Style::new()
    }

    fn in_colour(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn faint(self) -> Style {
        if self.colour { Style::new().fg(Color::DarkGray) } else { Style::new() }
    }

    pub(super) fn error(self) -> Style {
        self.in_colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// A pane's title.
    pub(super) fn title(self, has_focus: bool) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        if has_focus { style.add_modifier(Modifier::REVERSED) } else { style }
    }

    /// The row under the cursor.
    pub(super) fn cursor(self, style: Style, has_focus: bool) -> Style {
        style.add_modifier(if has_focus { Modifier::REVERSED } else { Modifier::BOLD })
    }

    pub(super) fn status(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn sign(self, sign: Sign) -> Style {
        match sign {
            Sign::Plain => Style::new(),
            Sign::Added => self.in_colour(Color::Green),
            Sign::Removed => self.in_colour(Color::Red),
            Sign::Changed => self.in_colour(Color::Yellow),
            Sign::Remark => self.faint(),
        }
    }
}
