//! The read models at a moment: views over the versions, of the shape that the tables of the present have.

use retold_core::Position;
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
    /// Whether there are streams that are corrected.
    is_corrected: bool,
}

/// Which rows of a table a statement reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// All: no stream is corrected.
    All,
    /// Those of the streams themselves.
    Own,
    /// What streams that are corrected were by happening.
    Corrected,
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
        Self { from, to, moment: moment.to_string(), is_position, is_corrected: false }
    }

    /// For statements whose position is a parameter.
    pub(super) fn position(name: &str) -> Self {
        Self { moment: name.to_owned(), ..Self::of(Moment::Recorded(Position::ZERO)) }
    }

    /// For statements whose time is a parameter.
    pub(super) fn time(name: &str) -> Self {
        Self { moment: name.to_owned(), ..Self::of(Moment::Occurred(0)) }
    }

    /// Says whether there are streams that are corrected.
    pub(super) fn corrected(self, is_corrected: bool) -> Self {
        Self { is_corrected, ..self }
    }

    /// Returns the condition that a version was true.
    pub(super) fn is_true(&self, alias: &str) -> String {
        let Self { from, to, moment, .. } = self;
        format!("{alias}.{from} <= {moment} and {alias}.{to} > {moment}")
    }

    /// Fills a statement in that names the interval of a version, and the moment.
    pub(super) fn render_interval(&self, sql: &str, schema: &str) -> String {
        let Self { from, to, moment, .. } = self;
        sql.replace("/*from*/", from)
            .replace("/*to*/", to)
            .replace("/*moment*/", moment)
            .replace("{at}", schema)
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

    /// Returns the condition that a piece `p` of an output counts.
    fn counts_piece(&self, stream: &str, rows: Rows) -> String {
        match rows {
            _ if self.is_position => format!("p.position <= {}", self.moment),
            // The last event may be a correction, which is far after it in the log.
            Rows::Corrected => format!(
                "(select x.happened from {{at}}.event_time x where x.position = p.position) <= {}",
                self.moment
            ),
            Rows::All | Rows::Own => format!("p.position <= {}", self.last(stream)),
        }
    }

    /// Fills the statement of a view in, over the versions in a schema.
    fn render(&self, sql: &str, schema: &str) -> String {
        let own = if self.is_corrected { Rows::Own } else { Rows::All };
        let view = self.render_rows(sql, schema, own);
        if !self.is_corrected || self.is_position || !sql.contains("/*rows ") {
            return view;
        }
        let corrected = self.render_rows(sql, schema, Rows::Corrected);
        format!("{} union all {};", select_end(&view), select_of(&corrected))
    }

    /// Fills a statement in.
    fn render_rows(&self, sql: &str, schema: &str, rows: Rows) -> String {
        let mut sql = sql.to_owned();
        let tables = [("v", "session_version"), ("v", "instance_version"), ("v", "message_version")];
        for (alias, table) in tables.into_iter().chain([("i", "instance_version")]) {
            let mut of = format!("{{at}}.{table} {alias}");
            if rows == Rows::Corrected {
                of = format!("{{at}}.stream_state c join {of} on c.corrected and {alias}.stream = -c.stream");
            }
            sql = sql.replace(&format!("/*rows {table} {alias}*/"), &of);
        }
        for alias in ["v", "i", "m"] {
            let (stream, own) = match rows {
                Rows::All => (format!("{alias}.stream"), String::new()),
                Rows::Own => (format!("{alias}.stream"), format!("and +{alias}.stream > 0")),
                Rows::Corrected => ("c.stream".to_owned(), String::new()),
            };
            sql = sql
                .replace(&format!("/*true {alias}*/"), &self.is_true(alias))
                .replace(&format!("/*stream {alias}*/"), &stream)
                .replace(&format!("/*own {alias}*/"), &own)
                .replace(
                    &format!("/*counts p {alias}*/"),
                    &self.counts_piece(&format!("{alias}.stream"), rows),
                );
        }
        let position = match rows {
            Rows::Corrected => {
                "(select e.position from main.event e where e.stream = c.stream and e.revision = t.revision)"
            }
            Rows::All | Rows::Own => "t.position",
        };
        let since = format!("s.{} <= {}", self.from, self.moment);
        let event = match self.is_position {
            true => format!("e.position <= {}", self.moment),
            false => format!(
                "exists (select 1 from {{at}}.event_time x \
                 where x.position = e.position and coalesce(x.counts, x.happened) <= {})",
                self.moment
            ),
        };
        sql.replace("/*since s*/", &since)
            .replace("/*counts e*/", &event)
            .replace("/*position t*/", position)
            .replace("/*last v*/", &self.last("v.stream"))
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
            ("position", "/*position t*/"),
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
                 and /*counts p v*/ order by p.position desc limit 1)",
            ),
            (
                "output_chunks",
                "coalesce((select p.ordinal + 1 from {at}.output_piece p where p.stream = v.stream \
                 and p.output = v.output and /*counts p v*/ order by p.position desc limit 1), 0)",
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
    bound.render(&with_columns(view), schema)
}

fn with_columns((table, sql, expressions): &View) -> String {
    let declaration = TABLES.into_iter().find(|(name, _)| name == table).map_or("", |(_, sql)| sql);
    let columns =
        columns_of(declaration).map(|column| match expressions.iter().find(|(name, _)| *name == column) {
            Some((_, expression)) => format!("{expression} as {column}"),
            None if column == "stream" => "/*stream v*/ as stream".to_owned(),
            None => format!("v.{column}"),
        });
    let columns: Vec<String> = columns.collect();
    sql.replace("/*columns*/", &columns.join(",\n    "))
}

/// Returns the query that the view `sessions` is, over some rows.
pub(super) fn sessions_select(bound: &Bound, schema: &str, rows: Rows) -> String {
    select_of(&bound.render_rows(&with_columns(&VIEWS[0]), schema, rows)).to_owned()
}

/// Returns the query of a view.
fn select_of(view: &str) -> &str {
    let select = view.split_once(" as\n").map_or("", |(_, select)| select);
    select_end(select)
}

fn select_end(sql: &str) -> &str {
    sql.trim().trim_end_matches(';').trim_end()
}
