//! The versions of messages.

use retold_core::{Key, Message, Value};
use rusqlite::params;

use super::OPEN_POSITION;
use super::fill::Done;
use super::rows::{Rows, rank_at};
use super::staged::{Boundary, MessagesChanged, StagedSession};
use super::statements::STATEMENTS;
use crate::builtin::MessageRow;
use crate::builtin::columns;
use crate::engine::Refusal;

type Changed = Result<MessagesChanged, Refusal>;

impl Rows<'_> {
    pub(super) fn add_message(
        &self,
        session: &mut StagedSession,
        index: u32,
        message: &Message,
        at: Boundary,
    ) -> Changed {
        let rank = match &session.ranks {
            None if index == session.messages => f64::from(index),
            _ => self.rank_of_new_message(session, index as usize)?,
        };
        session.messages += 1;
        let is_moved = session.ranks.is_some();
        if let Some(ranks) = &mut session.ranks {
            ranks.insert(index as usize, rank);
        }
        self.insert_message(rank, &MessageRow::new(index, message, at.position), is_moved, at)?;
        Ok(MessagesChanged::Rank(rank))
    }

    pub(super) fn remove_message(&self, session: &mut StagedSession, index: u32, at: Boundary) -> Changed {
        let rank = match &session.ranks {
            None if index + 1 == session.messages => f64::from(index),
            _ => self.moved_ranks(session)?.remove(index as usize),
        };
        session.messages -= 1;
        self.end_message(rank, at)?;
        Ok(MessagesChanged::Rank(rank))
    }

    pub(super) fn change_message(
        &self,
        session: &StagedSession,
        index: u32,
        key: Key,
        value: Value<'_>,
        at: Boundary,
    ) -> Changed {
        let rank = session.ranks.as_ref().map_or_else(|| f64::from(index), |ranks| ranks[index as usize]);
        let (mut row, from): (MessageRow, i64) = self
            .connection
            .prepare_cached(&STATEMENTS.load_message)?
            .query_row(params![self.stream, rank, OPEN_POSITION], |row| {
                let (message, at) = columns::read(row)?;
                let bytes: i64 = row.get(at + 1)?;
                let content_position = row.get(at)?;
                let content_bytes = bytes.cast_unsigned();
                Ok((MessageRow { place: index, message, content_position, content_bytes }, row.get(at + 2)?))
            })?;
        row.set(key, value, at.position);
        if from == at.position.get().cast_signed() {
            let sql = "delete from message_version where stream = ?1 and rank = ?2 and from_position = ?3";
            self.run(sql, params![self.stream, rank, from])?;
        } else {
            self.end_message(rank, at)?;
        }
        self.insert_message(rank, &row, session.ranks.is_some(), at)?;
        Ok(MessagesChanged::Rank(rank))
    }

    fn end_message(&self, rank: f64, at: Boundary) -> Done {
        let sql = "update message_version set to_position = ?4, to_happened = ?5 \
                   where stream = ?1 and rank = ?2 and to_position = ?3";
        self.run(sql, params![self.stream, rank, OPEN_POSITION, at.position, at.happened])
    }

    fn rank_of_new_message(&self, session: &mut StagedSession, index: usize) -> Result<f64, Refusal> {
        if let Some(rank) = rank_at(self.moved_ranks(session)?, index) {
            return Ok(rank);
        }
        self.renumber("message_version")?;
        session.ranks = Some(self.load_ranks(OPEN_POSITION)?);
        Ok(session.ranks.as_deref().and_then(|ranks| rank_at(ranks, index)).unwrap_or_default())
    }

    /// From now on the places of the messages are counted. Returns their ranks.
    fn moved_ranks<'s>(&self, session: &'s mut StagedSession) -> Result<&'s mut Vec<f64>, Refusal> {
        if session.ranks.is_none() {
            self.run("update message_version set moved = 1 where stream = ?1", [self.stream])?;
        }
        let messages = session.messages;
        Ok(session.ranks.get_or_insert_with(|| (0..messages).map(f64::from).collect()))
    }

    /// Returns the ranks of the messages whose versions end there.
    pub(super) fn load_ranks(&self, to: i64) -> Result<Vec<f64>, Refusal> {
        let sql = "select rank from message_version where stream = ?1 and to_position = ?2 order by rank";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ranks = statement.query_map(params![self.stream, to], |row| row.get(0))?;
        Ok(ranks.collect::<Result<_, _>>()?)
    }
}
