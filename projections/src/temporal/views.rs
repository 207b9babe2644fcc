//! The read models at a moment: views over the versions, of the shape that the tables of the present have.

use retold_core::happening::Moment;
use rusqlite::Connection;

use super::{OPEN_HAPPENED, OPEN_POSITION};
use crate::builtin::{TABLES, columns_of};

/// How a moment reads in a statement.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The columns that say from when, and to when, a version was true.
    from: &'static str,
    to: &'static str,
    /// The moment, as an expression.
    moment: String,
    is_position: bool,
}

impl Bound {
    pub(super) fn of(moment: Moment) -> Self {
        let (from, to, moment, is_position) = match moment {
            Moment::Recorded(position) => {
                let position = position.get().min(OPEN_POSITION.cast_unsigned() - 1).cast_signed();
                ("from_position", "to_position", position, true)
            }
            Moment::Occurred(time) => ("from_happened", "to_happened", time.min(OPEN_HAPPENED - 1), false),
        };
        Self { from, to, moment: moment.to_string(), is_position }
    }

    /// For statements whose position is a parameter.
    pub(super) fn parameter(name: &str) -> Self {
        Self { from: "from_position", to: "to_position", moment: name.to_owned(), is_position: true }
    }

    /// Returns the condition that a version was true.
    pub(super) fn is_true(&self, alias: &str) -> String {
        let Self { from, to, moment, .. } = self;
        format!("{alias}.{from} <= {moment} and {alias}.{to} > {moment}")
    }

    /// Returns the position of the last event that counts of a session, as an expression.
    fn last(&self, stream: &str) -> String {
        let moment = &self.moment;
        if self.is_position {
            return format!(
                "(select max(x.position) from {{at}}.touch x where x.stream = {stream} and x.position <= {moment})"
            );
        }
        format!(
            "(select x.position from {{at}}.touch x where x.stream = {stream} and x.happened <= {moment} \
             order by x.happened desc, x.position desc limit 1)"
        )
    }

    /// Returns the last position of a piece of an output that counts.
    fn last_piece(&self, stream: &str) -> String {
        if self.is_position { self.moment.clone() } else { self.last(stream) }
    }

    /// Fills a statement in, over the versions in a schema.
    pub(super) fn render(&self, sql: &str, schema: &str) -> String {
        let mut sql = sql.to_owned();
        for alias in ["v", "i", "m"] {
            sql = sql.replace(&format!("/*true {alias}*/"), &self.is_true(alias));
        }
        let since = format!("s.{} <= {}", self.from, self.moment);
        let event = match self.is_position {
            true => format!("e.position <= {}", self.moment),
            false => format!(
                "exists (select 1 from {{at}}.event_time x where x.position = e.position and x.happened <= {})",
                self.moment
            ),
        };
        sql.replace("/*since s*/", &since)
            .replace("/*counts e*/", &event)
            .replace("/*last v*/", &self.last("v.stream"))
            .replace("/*last piece v*/", &self.last_piece("v.stream"))
            .replace("/*last piece i*/", &self.last_piece("i.stream"))
            .replace("{at}", schema)
    }
}

/// A view: the table whose columns it has, its statement, and what expressions some of the columns are.
type View = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The views with the columns of a table each.
const VIEWS: [View; 3] = [
    (
        "sessions",
        include_str!("../../sql/temporal/view_sessions.sql"),
        &[
            ("updated_at", "t.updated_at"),
            ("updated_instant", "t.updated_instant"),
            ("instance_count", "t.instance_count"),
            ("message_count", "t.message_count"),
            ("position", "t.position"),
            ("revision", "t.revision"),
            ("extra", "retold_json(v.extra)"),
            (
                "latest_instance_status",
                "(select i.status from {at}.instance_version i where i.stream = v.stream and /*true i*/ \
                 order by i.rank desc limit 1)",
            ),
        ],
    ),
    (
        "instances",
        include_str!("../../sql/temporal/view_instances.sql"),
        &[
            (
                "place",
                "case when v.moved then retold_place(0, v.stream, v.rank) else cast(v.rank as integer) end",
            ),
            ("extra", "retold_json(v.extra)"),
            (
                "output_bytes",
                "(select p.total from {at}.output_piece p where p.stream = v.stream and p.output = v.output \
                 and p.position <= /*last piece v*/ order by p.position desc limit 1)",
            ),
            (
                "output_chunks",
                "coalesce((select p.ordinal + 1 from {at}.output_piece p where p.stream = v.stream \
                 and p.output = v.output and p.position <= /*last piece v*/ order by p.position desc limit 1), 0)",
            ),
        ],
    ),
    (
        "chat_messages",
        include_str!("../../sql/temporal/view_chat_messages.sql"),
        &[
            (
                "place",
                "case when v.moved then retold_place(1, v.stream, v.rank) else cast(v.rank as integer) end",
            ),
            ("extra", "retold_json(v.extra)"),
        ],
    ),
];

const OTHER_VIEWS: [&str; 3] = [
    include_str!("../../sql/temporal/view_output_chunks.sql"),
    include_str!("../../sql/temporal/view_workspaces.sql"),
    include_str!("../../sql/temporal/view_event.sql"),
];

/// Makes the views on a connection to the store, to which the versions are attached.
pub(super) fn create(connection: &Connection, bound: &Bound, schema: &str) -> rusqlite::Result<()> {
    for view in &VIEWS {
        connection.execute_batch(&render_view(view, bound, schema))?;
    }
    OTHER_VIEWS.iter().try_for_each(|sql| connection.execute_batch(&bound.render(sql, schema)))
}

fn render_view(view: &View, bound: &Bound, schema: &str) -> String {
    let (table, sql, expressions) = view;
    let declaration = TABLES.into_iter().find(|(name, _)| name == table).map_or("", |(_, sql)| sql);
    let columns =
        columns_of(declaration).map(|column| match expressions.iter().find(|(name, _)| *name == column) {
            Some((_, expression)) => format!("{expression} as {column}"),
            None => format!("v.{column}"),
        });
    let columns: Vec<String> = columns.collect();
    let sql = sql.replace("/*columns*/", &columns.join(",\n    "));
    bound.render(&sql, schema)
}

/// Returns the query that the view `sessions` is.
pub(super) fn sessions_select(bound: &Bound, schema: &str) -> String {
    let sql = render_view(&VIEWS[0], bound, schema);
    let (_, select) = sql.split_once("create temp view sessions as").unwrap_or_default();
    select.trim().trim_end_matches(';').to_owned()
}
