//! How a list is read: what its statement begins with, and its text.

use retold_core::{FieldKind, Record};
use rusqlite::{Connection, OptionalExtension as _};

use super::cursor::{MOVED, MOVED_ORDER, Part};
use super::filter::{Order, SessionFilter, Span};

/// Sessions that are sorted for a page rather than looked for in the order of the list.
const FEW: u32 = 1_000;

/// The columns of what is known beside the document, as they are called in a statement over `sessions s`.
pub(super) type RecordColumns = [(Record, String)];

/// What a statement begins with. Everything else is looked at row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The index of the list's order: a page reads its rows, and those between them that the filter leaves out.
    Order,
    /// The sessions of the status: few, which are sorted.
    Status,
    /// The sessions of the type: few, which are sorted.
    Kind,
    /// Those that began in the time asked for: few, which are sorted.
    Created,
    /// Those that were last updated in the time asked for: few, which are sorted.
    Updated,
    /// Those that have tags: few, which are sorted.
    Tagged,
    /// Those that are named, which are sorted.
    Named,
}

impl Start {
    /// Chooses it: where the filter asks for something that few sessions have, these are read and sorted. Reads index entries
    /// of at most this many sessions, and none where the filter asks for a workspace alone.
    pub(super) fn choose(
        connection: &Connection,
        filter: &SessionFilter,
        workspace: Option<i64>,
        columns: &RecordColumns,
    ) -> rusqlite::Result<Self> {
        let (mut best, mut few) = (Self::Order, FEW);
        for start in [Self::Status, Self::Kind, Self::Created, Self::Updated, Self::Tagged] {
            if !start.is_of(filter, columns) {
                continue;
            }
            let conditions = start.own_conditions(filter);
            let sql = include_str!("../../sql/parts/few_sessions.sql")
                .replace("/*conditions*/", &conditions.join(" and "));
            let mut statement = connection.prepare_cached(&sql)?;
            let found: u32 = filter.with_params(workspace, |params| {
                for (name, value) in params {
                    if let Some(at) = statement.parameter_index(name)? {
                        statement.raw_bind_parameter(at, value)?;
                    }
                }
                statement.raw_bind_parameter(":few", few)?;
                let mut rows = statement.raw_query();
                rows.next()?.map_or(Ok(0), |row| row.get(0))
            })?;
            if found < few {
                (best, few) = (start, found);
            }
        }
        Ok(best)
    }

    /// Whether a list of this filter could begin with it, and an order does not do as well.
    fn is_of(self, filter: &SessionFilter, columns: &RecordColumns) -> bool {
        match self {
            Self::Order => true,
            Self::Named => false,
            Self::Status => filter.status.is_some() && !orders_by_status(filter),
            Self::Kind => filter.kind.is_some(),
            Self::Created => filter.created != Span::default() && filter.order != Order::Created,
            Self::Updated => filter.updated != Span::default() && filter.order != Order::Updated,
            Self::Tagged => {
                let is_there = columns.iter().any(|(record, column)| is_tags(*record) && column == "s.tags");
                is_there && filter.having.iter().any(|(record, _)| is_tags(*record))
            }
        }
    }

    /// Returns the conditions that its index serves.
    fn own_conditions(self, filter: &SessionFilter) -> Vec<String> {
        let workspace = filter.workspace.is_some().then(|| OF_WORKSPACE.to_owned());
        let own: Vec<String> = match self {
            Self::Order if orders_by_status(filter) => vec!["s.status = :status".to_owned()],
            Self::Order => match filter.order {
                Order::Created => within("s.created_instant", "created", filter.created),
                Order::Updated => within("s.updated_instant", "updated", filter.updated),
                _ => Vec::new(),
            },
            Self::Status => {
                let any = workspace.is_none().then(|| OF_ANY_WORKSPACE.to_owned());
                any.into_iter().chain(["s.status = :status".to_owned()]).collect()
            }
            // Its index knows no workspaces.
            Self::Kind => return vec!["s.type = :type".to_owned()],
            Self::Created => within("s.created_instant", "created", filter.created),
            Self::Updated => within("s.updated_instant", "updated", filter.updated),
            Self::Tagged => vec!["s.tags <> '[]'".to_owned()],
            Self::Named => vec!["s.stream in (select value from json_each(:streams))".to_owned()],
        };
        workspace.into_iter().chain(own).collect()
    }

    /// Returns all conditions of a filter. What this does not begin with has a `+`, so that no other index is taken for it:
    /// <https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_>.
    fn conditions(self, filter: &SessionFilter, columns: &RecordColumns) -> Vec<String> {
        let mut conditions = self.own_conditions(filter);
        let mut all = Vec::new();
        all.extend(filter.workspace.is_some().then(|| OF_WORKSPACE.to_owned()));
        all.extend(filter.status.is_some().then(|| "s.status = :status".to_owned()));
        all.extend(filter.kind.is_some().then(|| "s.type = :type".to_owned()));
        all.extend(within("s.created_instant", "created", filter.created));
        all.extend(within("s.updated_instant", "updated", filter.updated));
        let rest = all.into_iter().filter(|condition| !conditions.contains(condition));
        let rest: Vec<String> = rest.map(|condition| format!("+{condition}")).collect();
        conditions.extend(rest);
        conditions.extend(
            filter.text.is_some().then(|| include_str!("../../sql/parts/session_text.sql").to_owned()),
        );
        conditions.extend((!filter.having.is_empty()).then(|| having(columns)));
        conditions
    }
}

const OF_WORKSPACE: &str = "s.workspace = :workspace";
const OF_ANY_WORKSPACE: &str = "s.workspace in (select workspace from workspaces)";

/// Returns the text of a list's statement. It is one of a few dozen; all values are bound.
pub(super) fn list(filter: &SessionFilter, start: Start, page: &Part, columns: &RecordColumns) -> String {
    let mut conditions = start.conditions(filter, columns);
    let (key, order) = match filter.order {
        Order::File => ("null", "s.workspace, s.home, s.place, s.stream"),
        Order::Moved => (MOVED, MOVED_ORDER),
        Order::Updated => ("s.updated_instant", "s.updated_instant desc, s.stream desc"),
        Order::Created => ("s.created_instant", "s.created_instant desc, s.stream desc"),
        Order::Duration => ("s.total_duration", "s.total_duration desc, s.stream desc"),
        Order::FilesChanged => ("s.total_files_changed", "s.total_files_changed desc, s.stream desc"),
    };
    // What is sorted is not read in the order of an index.
    let by = |sql: &str| if start == Start::Order { sql.to_owned() } else { sql.replace("s.", "+s.") };
    conditions.push(by(page.condition));
    let records: Vec<&str> = columns.iter().map(|(_, column)| column.as_str()).collect();
    include_str!("../../sql/parts/sessions.sql")
        .replace("/*columns*/", include_str!("../../sql/parts/session_columns.sql").trim_end())
        .replace("/*key*/", key)
        .replace("/*records*/", &records.join(", "))
        .replace("/*conditions*/", &conditions.join("\n    and "))
        .replace("/*order*/", &by(order))
}

/// Returns the text of a count.
pub(super) fn count(filter: &SessionFilter, columns: &RecordColumns) -> String {
    let mut conditions = vec!["true".to_owned()];
    // Whichever index serves is welcome.
    let all = Start::Order.conditions(filter, columns).into_iter();
    conditions.extend(all.map(|condition| condition.strip_prefix('+').unwrap_or(&condition).to_owned()));
    include_str!("../../sql/parts/session_counts.sql")
        .replace("/*conditions*/", &conditions.join("\n    and "))
}

/// Returns the number of the workspace that a filter asks for, and whether what it asks for may be there at all.
pub(super) fn workspace_of(
    connection: &Connection,
    filter: &SessionFilter,
) -> rusqlite::Result<(Option<i64>, bool)> {
    let Some(key) = &filter.workspace else { return Ok((None, true)) };
    let mut statement = connection.prepare_cached(include_str!("../../sql/workspace_of_key.sql"))?;
    let number = statement.query_row([key], |row| row.get(0)).optional()?;
    Ok((number, number.is_some()))
}

/// A workspace's sessions of a status have an index in the order of its file.
fn orders_by_status(filter: &SessionFilter) -> bool {
    filter.order == Order::File && filter.workspace.is_some() && filter.status.is_some()
}

fn is_tags(record: Record) -> bool {
    record == Record::Tags
}

fn within(column: &str, name: &str, span: Span) -> Vec<String> {
    let from = span.from.is_some().then(|| format!("{column} >= :{name}_from"));
    let before = span.before.is_some().then(|| format!("{column} < :{name}_before"));
    from.into_iter().chain(before).collect()
}

/// Returns the condition on what is known beside the document: its lists have the elements that are bound.
fn having(columns: &RecordColumns) -> String {
    let lists = columns.iter().filter(|(record, _)| record.kind() == FieldKind::Texts);
    let each: Vec<_> = lists.map(|(record, column)| format!("'{}', json({column})", record.name())).collect();
    include_str!("../../sql/parts/session_having.sql").trim_end().replace("/*lists*/", &each.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]

    use retold_core::{Commit, Expected, Options, StreamName, event::WorkspaceRegistered};
    use rusqlite::StatementStatus;

    use super::*;
    use crate::query::Cursor;
    use crate::query::sessions::record_columns;
    use crate::{SessionRow, Store};

    const ORDERS: [Order; 5] =
        [Order::File, Order::Updated, Order::Created, Order::Duration, Order::FilesChanged];
    const PAGE: u32 = 50;
    /// Sessions of each workspace.
    const SESSIONS: i64 = 4_000;

    /// Four workspaces; of their sessions a third has each status and each type, some have another, some tags.
    fn store(folder: &tempfile::TempDir) -> Store {
        let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
        for workspace in 1..=4 {
            let key = format!("w{workspace}");
            let event = WorkspaceRegistered { path: None, hashes: vec![key.clone()] };
            let commit = Commit::to(StreamName::workspace(&key), Expected::Any, [event]);
            store.log().append(commit).unwrap();
        }
        let fill = include_str!("../../sql/tests/many_sessions.sql");
        store.log().open_writer().unwrap().execute(fill, [SESSIONS * 4]).unwrap();
        store
    }

    fn filters() -> Vec<SessionFilter> {
        let mut filters = Vec::new();
        for order in ORDERS {
            for workspace in [None, Some("w2")] {
                for status in [None, Some("running"), Some("lost")] {
                    for kind in [None, Some("debate"), Some("solo")] {
                        let mut filter = SessionFilter::new().with_order(order).with_limit(PAGE);
                        filter.workspace = workspace.map(str::to_owned);
                        filter.status = status.map(str::to_owned);
                        filter.kind = kind.map(str::to_owned);
                        filters.push(filter);
                    }
                }
            }
        }
        filters
    }

    /// Runs one statement; returns its plan, its rows, and the steps of the virtual machine.
    fn run(
        connection: &Connection,
        filter: &SessionFilter,
        start: Start,
        part: &Part,
    ) -> (String, Vec<i64>, i32) {
        let sql = list(filter, start, part, &record_columns(connection).unwrap());
        let plan: Vec<String> = connection
            .prepare(&format!("explain query plan {sql}"))
            .unwrap()
            .raw_query()
            .mapped(|row| row.get(3))
            .collect::<Result<_, _>>()
            .unwrap();
        let mut statement = connection.prepare(&sql).unwrap();
        let limit = filter.limit.map_or(-1, i64::from);
        let (workspace, _) = workspace_of(connection, filter).unwrap();
        let rows = filter.with_params(workspace, |params| {
            let mut all = params.to_vec();
            all.push((":limit", &limit));
            all.extend(part.params.iter().map(|(name, value)| (*name, &**value)));
            let rows = statement.query_map(all.as_slice(), |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        });
        (plan.join("; "), rows, statement.get_status(StatementStatus::VmStep))
    }

    fn pages(store: &Store, filter: &SessionFilter) -> Vec<Option<Cursor>> {
        let mut whole = filter.clone();
        whole.limit = None;
        let rows: Vec<SessionRow> = store.sessions(&whole).unwrap();
        let at = |part: usize| rows.get(rows.len() * part / 8).map(|row| row.cursor.clone());
        [None, at(1), at(4), at(7)].to_vec()
    }

    #[test]
    fn a_page_of_any_order_and_filter_reads_neither_the_store_nor_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let reader = store.log().reader().unwrap();
        let connection = reader.connection();
        let columns = record_columns(connection).unwrap();
        for filter in filters() {
            let (workspace, _) = workspace_of(connection, &filter).unwrap();
            let start = Start::choose(connection, &filter, workspace, &columns).unwrap();
            let is_lost = filter.status.as_deref() == Some("lost") && !orders_by_status(&filter);
            let is_rare = is_lost || filter.kind.as_deref() == Some("solo");
            assert_eq!(start != Start::Order, is_rare, "{filter:?}: {start:?}");
            for after in pages(&store, &filter) {
                for part in after.map_or_else(|| vec![Part::whole()], |cursor| cursor.parts(workspace)) {
                    let (plan, rows, steps) = run(connection, &filter, start, &part);
                    if start == Start::Order {
                        assert!(!plan.contains("TEMP B-TREE"), "{filter:?} {}: {plan}", part.condition);
                    }
                    assert!(!plan.contains("SCAN s;"), "{filter:?} {}: {plan}", part.condition);
                    // Of a row in nine, at the least; of some rows between them; of what few sessions have, all.
                    assert!(steps < 50 * 9 * 60, "{steps} steps: {filter:?} {}: {plan}", part.condition);
                    // Whatever it begins with, it is the same list.
                    for other in [Start::Order, Start::Status, Start::Kind] {
                        if other.is_of(&filter, &columns) {
                            let (_, same, _) = run(connection, &filter, other, &part);
                            assert_eq!(same, rows, "{filter:?} {}: {other:?}", part.condition);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_few_sessions_have_is_read_from_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let reader = store.log().reader().unwrap();
        let connection = reader.connection();
        let columns = record_columns(connection).unwrap();
        let span = Span { from: Some("1970-01-01T00:00:05Z".parse().unwrap()), before: None };
        let until = Span { from: None, before: Some("1970-01-01T00:00:00.0001Z".parse().unwrap()) };
        for order in ORDERS {
            for workspace in [None, Some("w3")] {
                let mut all = SessionFilter::new().with_order(order).with_limit(PAGE);
                all.workspace = workspace.map(str::to_owned);
                for (filter, expected) in [
                    (all.clone().with_tag("urgent"), Start::Tagged),
                    (all.clone().with_created(until), Start::Created),
                    (all.clone().with_updated(until), Start::Updated),
                    // Nobody has it: the shortest list of all.
                    (all.clone().with_updated(until).with_created(span), Start::Created),
                ] {
                    let (workspace, _) = workspace_of(connection, &filter).unwrap();
                    let start = Start::choose(connection, &filter, workspace, &columns).unwrap();
                    let own = matches!(
                        (expected, order),
                        (Start::Created, Order::Created) | (Start::Updated, Order::Updated)
                    );
                    assert!(start == expected || own, "{filter:?}: {start:?}");
                    let (plan, rows, steps) = run(connection, &filter, start, &Part::whole());
                    assert!(steps < 1_000 * 60, "{steps} steps: {filter:?}: {plan}");
                    for other in [Start::Order, Start::Created, Start::Updated, Start::Tagged] {
                        if other.is_of(&filter, &columns) {
                            assert_eq!(run(connection, &filter, other, &Part::whole()).1, rows, "{filter:?}");
                        }
                    }
                }
            }
        }
    }
}
