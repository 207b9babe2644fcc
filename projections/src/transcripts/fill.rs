//! What each event does to the rows.

use retold_core::event::{MappingCorrected, SourceRead, ToolCalled, ToolReturned, UsageRecorded};
use retold_core::{Event, SpanKind};
use rusqlite::{Connection, Params, params};

use super::usage::{Use, withdraw_usage};
use crate::engine::{EventContext, Projection, Refusal};

pub(super) struct Transcripts;

impl Projection for Transcripts {
    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(include_str!("../../sql/transcripts/tables.sql"))
    }

    fn index(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn apply(&mut self, connection: &Connection, context: &EventContext<'_>) -> Result<(), Refusal> {
        let rows = Rows { connection, context };
        match context.event() {
            Some(Event::ToolCalled(body)) => rows.call(body),
            Some(Event::ToolReturned(body)) => rows.result(body),
            Some(Event::UsageRecorded(body)) => rows.usage(body),
            Some(Event::ContextCompacted(body)) => rows.context_change("compacted", &body.messages),
            Some(Event::HistoryRewound(body)) => rows.context_change("rewound", &body.messages),
            Some(Event::SourceFound(body)) => rows.run(
                include_str!("../../sql/transcripts/add_source.sql"),
                params![
                    context.workspace,
                    body.source.cast_signed(),
                    context.name.workspace,
                    body.name,
                    body.form,
                    body.role,
                    rows.recorded_at()
                ],
            ),
            Some(Event::SourceRead(body)) => rows.piece(body),
            Some(Event::MappingCorrected(body)) => rows.withdraw(body),
            _ => Ok(()),
        }
    }
}

/// The keys under which calls name the kind of agent that they ask for.
const AGENT_KEYS: [&str; 3] = ["subagent_type", "agent_type", "agent_name"];
/// No such name is longer, in bytes.
const AGENT_MAX: usize = 128;

/// Returns the kind of agent that a call asks for; `None` where it asks for none, or its arguments are longer than what an event
/// holds itself.
fn agent_of(body: &ToolCalled) -> Option<String> {
    let input = body.input.as_str()?;
    if !AGENT_KEYS.iter().any(|key| input.contains(key)) {
        return None;
    }
    let input: serde_json::Value = serde_json::from_str(input).ok()?;
    let named = AGENT_KEYS.iter().find_map(|key| input.get(key)?.as_str())?;
    (!named.is_empty() && named.len() <= AGENT_MAX).then(|| named.to_owned())
}

struct Rows<'a> {
    connection: &'a Connection,
    context: &'a EventContext<'a>,
}

impl Rows<'_> {
    fn run(&self, sql: &str, params: impl Params) -> Result<(), Refusal> {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    fn occurred_at(&self) -> i64 {
        self.context.recorded.occurred_at
    }

    fn recorded_at(&self) -> i64 {
        self.context.recorded.recorded_at
    }

    fn call(&self, body: &ToolCalled) -> Result<(), Refusal> {
        let recorded = self.context.recorded;
        self.run(
            include_str!("../../sql/transcripts/add_call.sql"),
            params![
                recorded.stream,
                recorded.position,
                body.call,
                body.message,
                body.instance_id,
                body.name,
                body.kind,
                self.occurred_at(),
                body.input.len().cast_signed(),
                agent_of(body)
            ],
        )
    }

    fn result(&self, body: &ToolReturned) -> Result<(), Refusal> {
        let recorded = self.context.recorded;
        self.run(
            include_str!("../../sql/transcripts/return_call.sql"),
            params![
                recorded.stream,
                body.call,
                body.outcome,
                recorded.position,
                self.occurred_at(),
                body.output.len().cast_signed()
            ],
        )
    }

    fn usage(&self, body: &UsageRecorded) -> Result<(), Refusal> {
        let used = Use { recorded: self.context.recorded, workspace: self.context.workspace, body };
        used.record(self.connection, &self.context.name.workspace)
    }

    /// Takes back what no record says any more.
    fn withdraw(&self, body: &MappingCorrected) -> Result<(), Refusal> {
        let stream = self.context.recorded.stream;
        for key in &body.unused {
            withdraw_usage(self.connection, self.context.workspace, key, stream)?;
        }
        let rows = |sql: &str, position: i64| -> Result<usize, Refusal> {
            Ok(self.connection.prepare_cached(sql)?.execute(params![stream, position])?)
        };
        for position in body.withdrawn.iter().map(|position| position.cast_signed()) {
            let is_found = rows(include_str!("../../sql/transcripts/withdraw_call.sql"), position)? > 0
                || rows(include_str!("../../sql/transcripts/withdraw_context_change.sql"), position)? > 0;
            // A result has no key of its own: the session's calls are looked through.
            if !is_found {
                rows(include_str!("../../sql/transcripts/withdraw_return.sql"), position)?;
            }
        }
        Ok(())
    }

    fn context_change(&self, change: &str, messages: &[String]) -> Result<(), Refusal> {
        let recorded = self.context.recorded;
        let messages = serde_json::Value::from(messages).to_string();
        self.run(
            include_str!("../../sql/transcripts/add_context_change.sql"),
            params![recorded.stream, recorded.position, change, messages],
        )
    }

    /// A piece takes the place of what was there from its offset on.
    fn piece(&self, body: &SourceRead) -> Result<(), Refusal> {
        let (workspace, source) = (self.context.workspace, body.source.cast_signed());
        let (offset, length) = (body.offset.cast_signed(), body.length.cast_signed());
        for sql in [
            include_str!("../../sql/transcripts/drop_spans.sql"),
            include_str!("../../sql/transcripts/drop_pieces.sql"),
            include_str!("../../sql/transcripts/drop_secrets.sql"),
        ] {
            self.run(sql, params![workspace, source, offset])?;
        }
        let records = body.spans.iter().filter(|(_, kind)| *kind == SpanKind::Record.number()).count();
        self.run(
            include_str!("../../sql/transcripts/add_piece.sql"),
            params![
                workspace,
                source,
                offset,
                length,
                // The event before keeps the bytes, also where they are erased.
                self.context.recorded.position.get().saturating_sub(1).cast_signed(),
                i64::try_from(records).unwrap_or(i64::MAX),
                body.through.0
            ],
        )?;
        for (kind, count) in &body.secrets {
            self.run(
                include_str!("../../sql/transcripts/add_secret.sql"),
                params![workspace, source, offset, kind, count.cast_signed(), body.masked],
            )?;
        }
        let mut at = offset;
        for (length, reason) in &body.spans {
            if SpanKind::of_number(*reason).is_none_or(SpanKind::is_fault) {
                let params = params![workspace, source, at, length.cast_signed(), reason, offset];
                self.run(include_str!("../../sql/transcripts/add_span.sql"), params)?;
            }
            at = at.saturating_add(length.cast_signed());
        }
        self.run(
            include_str!("../../sql/transcripts/change_source.sql"),
            params![
                workspace,
                source,
                self.recorded_at(),
                offset.saturating_add(length),
                body.file_bytes.cast_signed(),
                body.stamp
            ],
        )
    }
}
