//! The rows of one stream: versions that end and begin.

use retold_core::{Instance, Position};
use rusqlite::{Connection, params};

use super::fill::Done;
use super::staged::{Boundary, Since, Staged, StagedInstance, StagedSession, Touched};
use super::statements::{IN_TOUCH, STATEMENTS};
use super::{OPEN_HAPPENED, OPEN_POSITION};
use crate::builtin::columns::{Binder, instant};
use crate::engine::Refusal;

/// The rows of one stream.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a Connection,
    /// Its number; the negative one for what it was by happening, where that is told apart.
    pub(super) stream: i64,
}

/// What a session's row has from its stream: the workspace's number and the ordinal.
pub(super) type OfStream = (i64, u32);

impl Rows<'_> {
    pub(super) fn run(&self, sql: &str, params: impl rusqlite::Params) -> Done {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    fn bind(&self, sql: &str, bind: impl FnOnce(&mut Binder<'_, '_>) -> rusqlite::Result<()>) -> Done {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut row = Binder::new(&mut statement);
        bind(&mut row)?;
        row.execute()?;
        Ok(())
    }

    /// Ends every version of the stream that has not ended.
    pub(super) fn close_all(&self, table: &str, at: Boundary) -> Done {
        let sql = format!(
            "update {table} set to_position = ?3, to_happened = ?4 where stream = ?1 and to_position = ?2"
        );
        self.run(&sql, params![self.stream, OPEN_POSITION, at.position, at.happened])
    }

    pub(super) fn touch(&self, staged: &Staged, touched: Touched) -> Done {
        let Some(session) = &staged.session else { return Ok(()) };
        let outline = staged.outline();
        let updated_at = &session.session.updated_at;
        let Touched { at, revision } = touched;
        self.run(
            include_str!("../../sql/temporal/insert_touch.sql"),
            params![
                self.stream,
                at.position,
                at.happened,
                revision,
                outline.instances,
                outline.messages,
                instant(updated_at),
                updated_at,
            ],
        )
    }

    /// Lets the session's row become another: the version before ends at `at`, unless it began there.
    pub(super) fn cut_session(&self, session: &mut StagedSession, of: OfStream, at: Boundary) -> Done {
        if session.since.from.position == at.position {
            return Ok(());
        }
        self.end_session(session, of, at)?;
        session.since = Since::new(at);
        Ok(())
    }

    fn end_session(&self, session: &StagedSession, of: OfStream, at: Boundary) -> Done {
        if !session.since.is_stored {
            return self.insert_session(session, of, Some(at));
        }
        let sql = "update session_version set to_position = ?3, to_happened = ?4 \
                   where stream = ?1 and from_position = ?2";
        self.run(sql, params![self.stream, session.since.from.position, at.position, at.happened])
    }

    /// Lets an instance's row become another, likewise, and returns it.
    pub(super) fn cut_instance<'s>(
        &self,
        session: &'s mut StagedSession,
        index: usize,
        at: Boundary,
    ) -> Result<&'s mut StagedInstance, Refusal> {
        let moved = session.instances_moved;
        let row = &mut session.instances[index];
        if row.since.from.position != at.position {
            self.end_instance(row, moved, at)?;
            row.since = Since::new(at);
        }
        Ok(row)
    }

    fn end_instance(&self, row: &StagedInstance, moved: bool, at: Boundary) -> Done {
        if !row.since.is_stored {
            return self.insert_instance(row, moved, Some(at));
        }
        let sql = "update instance_version set to_position = ?4, to_happened = ?5 \
                   where stream = ?1 and rank = ?2 and from_position = ?3";
        self.run(sql, params![self.stream, row.rank, row.since.from.position, at.position, at.happened])
    }

    /// Ends every row of a session: it is deleted.
    pub(super) fn delete(&self, session: &mut StagedSession, of: OfStream, at: Boundary) -> Done {
        self.end_session(session, of, at)?;
        for row in &session.instances {
            self.end_instance(row, session.instances_moved, at)?;
        }
        self.close_all("message_version", at)?;
        session.deleted = Some(at.position);
        Ok(())
    }

    /// Begins every row of a session again that ended with its deletion.
    pub(super) fn restore(&self, session: &mut StagedSession, at: Boundary) -> Done {
        let Some(deleted) = session.deleted.take() else { return Ok(()) };
        session.since = Since::new(at);
        for row in &mut session.instances {
            row.since = Since::new(at);
        }
        self.run(
            &STATEMENTS.reopen_messages,
            params![self.stream, at.position, OPEN_POSITION, at.happened, OPEN_HAPPENED, deleted],
        )
    }

    pub(super) fn add_instance(
        &self,
        session: &mut StagedSession,
        index: usize,
        instance: Instance,
        at: Boundary,
    ) -> Done {
        if index < session.instances.len() {
            self.move_instances(session)?;
        }
        let ranks: Vec<f64> = session.instances.iter().map(|row| row.rank).collect();
        let rank = match rank_at(&ranks, index) {
            Some(rank) => rank,
            None => {
                self.renumber("instance_version")?;
                self.reload_instance_ranks(session)?;
                let ranks: Vec<f64> = session.instances.iter().map(|row| row.rank).collect();
                rank_at(&ranks, index).unwrap_or_default()
            }
        };
        let row = StagedInstance { rank, since: Since::new(at), instance, output: None, pieces: 0, bytes: 0 };
        session.instances.insert(index, row);
        Ok(())
    }

    pub(super) fn remove_instance(&self, session: &mut StagedSession, index: usize, at: Boundary) -> Done {
        if index + 1 < session.instances.len() {
            self.move_instances(session)?;
        }
        let row = session.instances.remove(index);
        // What came and went with one event was never there.
        if row.since.from.position == at.position && !row.since.is_stored {
            return Ok(());
        }
        self.end_instance(&row, session.instances_moved, at)
    }

    /// From now on the places of the instances are counted.
    fn move_instances(&self, session: &mut StagedSession) -> Done {
        if std::mem::replace(&mut session.instances_moved, true) {
            return Ok(());
        }
        self.run("update instance_version set moved = 1 where stream = ?1", [self.stream])
    }

    pub(super) fn append_output(
        &self,
        session: &mut StagedSession,
        index: usize,
        bytes: u64,
        at: Boundary,
    ) -> Done {
        if session.instances[index].output.is_none() {
            let row = self.cut_instance(session, index, at)?;
            row.output = Some(at.position);
        }
        self.add_piece(&mut session.instances[index], bytes, at)
    }

    /// `bytes`: `None` where the output becomes null.
    pub(super) fn replace_output(
        &self,
        session: &mut StagedSession,
        index: usize,
        bytes: Option<u64>,
        at: Boundary,
    ) -> Done {
        let row = self.cut_instance(session, index, at)?;
        (row.output, row.pieces, row.bytes) = (None, 0, 0);
        let Some(bytes) = bytes else { return Ok(()) };
        row.output = Some(at.position);
        self.add_piece(row, bytes, at)
    }

    fn add_piece(&self, row: &mut StagedInstance, bytes: u64, at: Boundary) -> Done {
        row.bytes += bytes;
        let ordinal = row.pieces;
        row.pieces += 1;
        self.run(
            include_str!("../../sql/temporal/insert_piece.sql"),
            params![
                self.stream,
                row.output,
                at.position,
                ordinal,
                bytes.cast_signed(),
                row.bytes.cast_signed()
            ],
        )
    }

    /// Spreads the ranks of a list, all that it ever had, in their order.
    pub(super) fn renumber(&self, table: &str) -> Done {
        let mut statement =
            self.connection.prepare(&format!("select distinct rank from {table} where stream = ?1"))?;
        let mut ranks: Vec<f64> =
            statement.query_map([self.stream], |row| row.get(0))?.collect::<Result<_, _>>()?;
        ranks.sort_by(f64::total_cmp);
        // Away from the old ones first: no two rows may have one key in between.
        let [away, back] = [
            format!("update {table} set rank = ?3 + 1e15 where stream = ?1 and rank = ?2"),
            format!("update {table} set rank = rank - 1e15 where stream = ?1 and rank > 5e14"),
        ];
        for (new, old) in (0_u32..).zip(ranks) {
            self.run(&away, params![self.stream, old, f64::from(new)])?;
        }
        self.run(&back, [self.stream])
    }

    /// Writes what is not in its tables.
    pub(super) fn flush(&self, staged: &mut Staged) -> Done {
        if !std::mem::replace(&mut staged.is_dirty, false) {
            return Ok(());
        }
        let of = (staged.workspace, staged.ordinal);
        if let Some(session) = staged.session.as_mut().filter(|session| session.deleted.is_none()) {
            if !session.since.is_stored {
                self.insert_session(session, of, None)?;
                session.since.is_stored = true;
            }
            for index in 0..session.instances.len() {
                if !session.instances[index].since.is_stored {
                    self.insert_instance(&session.instances[index], session.instances_moved, None)?;
                    session.instances[index].since.is_stored = true;
                }
            }
        }
        let session = staged.session.as_ref();
        let (settled, last) = staged.happening.parts();
        self.run(
            include_str!("../../sql/temporal/write_state.sql"),
            params![
                self.stream,
                settled,
                last,
                staged.last.position,
                staged.workspace,
                staged.ordinal,
                staged.created,
                session.and_then(|session| session.deleted),
                session.map_or(0, |session| session.messages),
                session.is_some_and(|session| session.ranks.is_some()),
                session.is_some_and(|session| session.instances_moved),
                staged.is_corrected,
                staged.correcting.left,
            ],
        )
    }

    fn insert_session(&self, session: &StagedSession, of: OfStream, to: Option<Boundary>) -> Done {
        self.bind(&STATEMENTS.insert_session, |row| {
            row.add(self.stream)?;
            bind_interval(row, session.since.from, to)?;
            row.add(of.0)?;
            row.add(of.1)?;
            row.add_records(&session.records)?;
            row.add_document_without(&session.session, IN_TOUCH)
        })
    }

    fn insert_instance(&self, instance: &StagedInstance, moved: bool, to: Option<Boundary>) -> Done {
        self.bind(&STATEMENTS.insert_instance, |row| {
            row.add(self.stream)?;
            row.add(instance.rank)?;
            bind_interval(row, instance.since.from, to)?;
            row.add(moved)?;
            row.add(instance.output)?;
            row.add_document_without(&instance.instance, None)
        })
    }

    pub(super) fn insert_message(
        &self,
        rank: f64,
        message: &crate::builtin::MessageRow,
        moved: bool,
        from: Boundary,
    ) -> Done {
        self.bind(&STATEMENTS.insert_message, |row| {
            row.add(self.stream)?;
            row.add(rank)?;
            bind_interval(row, from, None)?;
            row.add(moved)?;
            row.add_document_without(&message.message, None)?;
            row.add(message.content_position)?;
            row.add(message.content_bytes.cast_signed())
        })
    }
}

/// Binds the ends of an interval: by position, then by happening.
fn bind_interval(row: &mut Binder<'_, '_>, from: Boundary, to: Option<Boundary>) -> rusqlite::Result<()> {
    row.add(from.position)?;
    row.add(to.map_or(OPEN_POSITION, |to| signed(to.position)))?;
    row.add(from.happened)?;
    row.add(to.map_or(OPEN_HAPPENED, |to| to.happened))
}

fn signed(position: Position) -> i64 {
    position.get().cast_signed()
}

/// Returns a rank for what comes in before the element at `index`; `None` where there is no number left in between.
pub(super) fn rank_at(ranks: &[f64], index: usize) -> Option<f64> {
    let before = index.checked_sub(1).and_then(|before| ranks.get(before));
    let rank = match (before, ranks.get(index)) {
        (None, None) => 0.0,
        (Some(before), None) => before + 1.0,
        (None, Some(after)) => after - 1.0,
        (Some(before), Some(after)) => {
            let rank = f64::midpoint(*before, *after);
            if rank <= *before || rank >= *after {
                return None;
            }
            rank
        }
    };
    Some(rank)
}
