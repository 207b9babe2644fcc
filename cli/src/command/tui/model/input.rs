//! What happens to the model, and the words for what it shows.

use std::time::Duration;

use ratatui::layout::Size;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Action {
    Step(i64),
    Move(i64),
    Page(i64),
    First,
    Last,
    Focus(i64),
    Sessions,
    Enter,
    Escape,
    Back,
    Message(bool),
    Error(bool),
    Search,
    Again(bool),
    GoTo,
    Mark,
    Play,
    Speed(bool),
    Follow,
    Tab(Tab),
    FoldAll,
    Unfold,
    GoThere,
    Zoom,
    Clock,
    Filter,
    BlameHere,
    Base,
    Copy,
    Help,
    Quit,
    Interrupt,
}

/// Something that happens to the model.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Input {
    /// A key that means something.
    Act(Action),
    /// Text that is typed or pasted.
    Text(String),
    /// The last letter goes.
    Erase,
    /// All letters go.
    EraseAll,
    /// A click on a cell of the screen.
    Click { x: u16, y: u16 },
    /// The wheel, over a cell: rows down.
    Wheel { x: u16, y: u16, by: i64 },
    /// The terminal has another size.
    Resize(Size),
    /// So much time has gone by since the beginning.
    Tick(Duration),
}

/// What the inspector shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Tab {
    Talk,
    State,
    Diff,
    Blame,
    Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Pane {
    Sessions,
    Events,
    Inspector,
}

/// A text that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Prompt {
    pub(in super::super) asks: Asks,
    pub(in super::super) text: String,
}

/// What it is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Asks {
    Search,
    GoTo,
    Mark,
    Filter,
}

/// A line to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Notice {
    pub(in super::super) text: String,
    pub(in super::super) is_error: bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Left {
    Quit,
    Interrupted,
}
