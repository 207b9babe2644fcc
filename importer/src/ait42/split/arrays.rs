//! Which of the file's top-level arrays the splitter is in.

/// Counts arrays by their brackets, where brackets may be missing or doubled.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    index: u32,
    place: Place,
    /// Whether this array has given a record: a further `[` then begins another array, before that it is a doubled one.
    given: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing of the file but white space or garbage has been seen.
    #[default]
    Before,
    /// After a `[`.
    Open,
    /// After a record that no `[` announced.
    Implied,
    /// After a `]`.
    Closed,
}

impl Arrays {
    /// A `[` between elements.
    pub(super) fn open(&mut self) {
        if self.given || self.place == Place::Closed {
            self.index = self.index.saturating_add(1);
        }
        self.place = Place::Open;
        self.given = false;
    }

    /// A `]` between elements.
    pub(super) fn close(&mut self) {
        if self.place != Place::Before {
            self.place = Place::Closed;
            self.given = false;
        }
    }

    /// A record is given; the answer is its array.
    pub(super) fn give(&mut self) -> u32 {
        match self.place {
            Place::Open | Place::Implied => {}
            Place::Before => self.place = Place::Implied,
            Place::Closed => {
                self.index = self.index.saturating_add(1);
                self.place = Place::Implied;
            }
        }
        self.given = true;
        self.index
    }

    /// Whether any object here is an element, and not only one that looks like a session.
    pub(super) fn holds_elements(&self) -> bool {
        matches!(self.place, Place::Open | Place::Implied)
    }

    pub(super) fn unclosed(&self) -> bool {
        self.place == Place::Open
    }
}
