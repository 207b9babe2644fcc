//! How things look: with colours, or without.

use ratatui::style::{Color, Modifier, Style};

use crate::command::tui::model::Sign;
use crate::styled::Tone;

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

    /// What a piece of a conversation looks like: as `retold show` has it.
    pub(super) fn tone(self, tone: Tone) -> Style {
        let bold = Modifier::BOLD;
        match tone {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().add_modifier(bold),
            Tone::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
            Tone::Aside => self.faint(),
            Tone::User => self.in_colour(Color::Blue).add_modifier(bold),
            Tone::Agent => self.in_colour(Color::Magenta).add_modifier(bold),
            Tone::Tool | Tone::Code => self.in_colour(Color::Cyan),
            Tone::Key => self.in_colour(Color::Cyan).add_modifier(bold),
            Tone::Good => self.in_colour(Color::Green),
            Tone::Bad => self.in_colour(Color::Red),
            Tone::Warning => self.in_colour(Color::Yellow),
        }
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
