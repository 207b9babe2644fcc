//! Which sessions a list is of.

use jiff::Timestamp;
use retold_core::{Record, time};

use super::cursor::Cursor;

/// Which sessions, in which order, and how many of them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SessionFilter {
    /// Only those of this workspace.
    pub workspace: Option<String>,
    /// Only those of this status.
    pub status: Option<String>,
    /// Only those of this type.
    pub kind: Option<String>,
    /// Only those that began in this time; one whose `createdAt` is no time began in none.
    pub created: Span,
    /// Only those that were last updated in this time.
    pub updated: Span,
    /// Only those with this text in their task, their id or an agent's name; ASCII letters are the same in either case.
    pub text: Option<String>,
    /// Only those of which one of these lists, known beside the document, has this element.
    pub having: Vec<(Record, String)>,
    /// The order.
    pub order: Order,
    /// Only those after this place of the order: the next page.
    pub after: Option<Cursor>,
    /// At most this many.
    pub limit: Option<u32>,
}

/// A stretch of time, open where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Option<Timestamp>,
    /// The first moment behind it.
    pub before: Option<Timestamp>,
}

/// The order of a list. Every order is total: what is equal by it is by the order of creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the legacy files have them, workspace by workspace.
    #[default]
    File,
    /// The one that moved last first: by when the last of it happened, or by `updatedAt` where that is later, but never later than
    /// the log got it. It has no index: O(sessions).
    Moved,
    /// The last updated first.
    Updated,
    /// The youngest first.
    Created,
    /// The longest first, by `totalDuration`.
    Duration,
    /// Those that changed the most files first, by `totalFilesChanged`.
    FilesChanged,
}

/// Declares methods that set one field each and return the filter.
macro_rules! with {
    ($($(#[$about:meta])* $with:ident($($value:ident: $type:ty),*) sets $field:ident = $set:expr;)*) => {
        impl SessionFilter {
            $(
                $(#[$about])*
                #[must_use]
                pub fn $with(mut self, $($value: $type),*) -> Self {
                    self.$field = $set;
                    self
                }
            )*
        }
    };
}

with! {
    /// Leaves only the sessions of the workspace with this key.
    with_workspace(key: impl Into<String>) sets workspace = Some(key.into());
    /// Leaves only the sessions of this status.
    with_status(status: impl Into<String>) sets status = Some(status.into());
    /// Leaves only the sessions of this type.
    with_kind(kind: impl Into<String>) sets kind = Some(kind.into());
    /// Leaves only the sessions that began in this time.
    with_created(span: Span) sets created = span;
    /// Leaves only the sessions that were last updated in this time.
    with_updated(span: Span) sets updated = span;
    /// Leaves only the sessions with this text in their task, their id or an agent's name.
    with_text(text: impl Into<String>) sets text = Some(text.into());
    /// Sets the order.
    with_order(order: Order) sets order = order;
    /// Begins after this cursor: the next page.
    with_after(cursor: Cursor) sets after = Some(cursor);
    /// Leaves at most this many.
    with_limit(limit: u32) sets limit = Some(limit);
}

impl SessionFilter {
    /// Returns a filter that leaves every session, in the order of the legacy files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves only the sessions of which this list, known beside the document, has this element.
    #[must_use]
    pub fn with_element(mut self, list: Record, element: impl Into<String>) -> Self {
        self.having.push((list, element.into()));
        self
    }

    /// Leaves only the sessions with this tag.
    #[must_use]
    pub fn with_tag(self, tag: impl Into<String>) -> Self {
        self.with_element(Record::Tags, tag)
    }

    /// Whether it asks for nothing but a workspace, a status and a type.
    pub(super) fn is_of_counters(&self) -> bool {
        let Self { created, updated, text, having, .. } = self;
        *created == Span::default() && *updated == Span::default() && text.is_none() && having.is_empty()
    }

    /// Hands the values that the conditions of its statements need to `run`; those of its page are beside. `workspace`: the
    /// number of the workspace that it asks for.
    pub(super) fn with_params<T>(
        &self,
        workspace: Option<i64>,
        run: impl FnOnce(&[(&str, &dyn rusqlite::ToSql)]) -> T,
    ) -> T {
        let micros = |instant: Option<Timestamp>| instant.map(time::to_micros);
        let [created_from, created_before] = [self.created.from, self.created.before].map(micros);
        let [updated_from, updated_before] = [self.updated.from, self.updated.before].map(micros);
        let (text, having) = (self.text.as_deref().map(like), wanted(&self.having));
        let mut params: Vec<(&str, &dyn rusqlite::ToSql)> = Vec::with_capacity(12);
        if let Some(workspace) = &workspace {
            params.push((":workspace", workspace));
        }
        let texts =
            [(":status", &self.status), (":type", &self.kind), (":text", &text), (":having", &having)];
        for (name, value) in texts {
            if let Some(value) = value {
                params.push((name, value));
            }
        }
        let moments = [
            (":created_from", &created_from),
            (":created_before", &created_before),
            (":updated_from", &updated_from),
            (":updated_before", &updated_before),
        ];
        for (name, value) in moments {
            if let Some(value) = value {
                params.push((name, value));
            }
        }
        run(&params)
    }
}

/// Returns what the statements call `:having`: the lists and the elements that they must have; null where none is asked for.
fn wanted(having: &[(Record, String)]) -> Option<String> {
    let pairs: Vec<_> = having.iter().map(|(record, value)| (record.name(), value)).collect();
    (!pairs.is_empty()).then(|| serde_json::json!(pairs).to_string())
}

/// Returns the pattern of LIKE that finds `text` anywhere: <https://sqlite.org/lang_expr.html#like>.
fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_as_it_stands() {
        assert_eq!(like("100 %_\\"), r"%100 \%\_\\%");
    }
}
