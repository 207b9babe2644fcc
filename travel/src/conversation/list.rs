//! The session's list of messages, as far as a page knows it.

/// The list of messages: how many are before the page, and which items of the page the others are.
#[derive(Debug)]
pub(super) struct Listed {
    /// How many messages are before those of the page.
    outside: usize,
    /// The messages of the page, and those after it, which are none of its items.
    inside: Vec<Option<usize>>,
    /// Messages of the page that were put among those before it: their places in the list, and their items.
    strays: Vec<(usize, usize)>,
}

impl Listed {
    pub(super) fn new(outside: u64) -> Self {
        let outside = usize::try_from(outside).unwrap_or(usize::MAX);
        Self { outside, inside: Vec::new(), strays: Vec::new() }
    }

    /// Whether there are messages before the page.
    pub(super) fn has_outside(&self) -> bool {
        self.outside > 0
    }

    /// Whether a place of the list is among the messages of the page.
    pub(super) fn has(&self, index: Option<u32>) -> bool {
        let at = index.and_then(|index| (index as usize).checked_sub(self.outside));
        at.is_some_and(|at| at <= self.inside.len())
    }

    /// Puts a message into the list; returns where it is in the order of reading, where that is not the end.
    pub(super) fn insert(
        &mut self,
        index: Option<u32>,
        item: Option<usize>,
        order: &[usize],
    ) -> Option<usize> {
        let length = self.outside.saturating_add(self.inside.len());
        let index = index.map_or(length, |index| (index as usize).min(length));
        let Some(at) = index.checked_sub(self.outside) else {
            // It belongs to an earlier page, and is read where it was written.
            self.outside += 1;
            self.strays.iter_mut().filter(|(place, _)| *place >= index).for_each(|(place, _)| *place += 1);
            self.strays.extend(item.map(|item| (index, item)));
            return None;
        };
        let is_last = at == self.inside.len();
        let before = self.inside[..at].iter().rev().find_map(|item| *item);
        let after = self.inside[at..].iter().find_map(|item| *item);
        self.inside.insert(at, item);
        let place_of = |item: usize| order.iter().position(|other| *other == item);
        match (before, after) {
            _ if is_last => None,
            (Some(before), _) => place_of(before).map(|place| place + 1),
            (None, after) => after.and_then(place_of),
        }
    }

    /// Returns the item of the page that the message at a place of the list is.
    pub(super) fn get(&self, index: u32) -> Option<usize> {
        let index = index as usize;
        match index.checked_sub(self.outside) {
            Some(at) => self.inside.get(at).copied().flatten(),
            None => self.strays.iter().find(|(place, _)| *place == index).map(|(_, item)| *item),
        }
    }

    /// Takes a message off the list; returns its item.
    pub(super) fn remove(&mut self, index: u32) -> Option<usize> {
        let item = self.get(index);
        let index = index as usize;
        match index.checked_sub(self.outside) {
            None => {
                self.outside -= 1;
                self.strays.retain(|(place, _)| *place != index);
                self.strays.iter_mut().filter(|(place, _)| *place > index).for_each(|(place, _)| *place -= 1);
            }
            Some(at) if at < self.inside.len() => {
                self.inside.remove(at);
            }
            Some(_) => {}
        }
        item
    }
}
