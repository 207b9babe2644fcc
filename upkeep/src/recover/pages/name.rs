//! Names of streams and workspaces, wherever a page has them: in their tables, in the indexes of these, in the read models.

use rusqlite::types::Value;

use super::cells::Kind;
use super::record::Type;

/// What a stream or a workspace may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::recover) enum Name {
    Stream { number: i64, workspace: i64, session_id: String, ordinal: i64 },
    Workspace { number: i64, key: String },
}

impl Name {
    /// Whether a row with these types may have a name.
    pub(super) fn is_in(kind: Kind, types: &[Type]) -> bool {
        use Type::{Integer, Null, Text};
        match kind.is_by_number() {
            // A stream or a session; a workspace, or what is known of one.
            true => matches!(
                types,
                [Null, Integer(..), Text(_), Integer(..), ..] | [Null, Text(_)] | [Null, Text(_), _, Text(_)]
            ),
            // The entries of the indexes over both.
            false => {
                matches!(types, [Integer(..), Text(_), Integer(..), Integer(..)] | [Text(_), Integer(..)])
            }
        }
    }

    /// Reads it from a row's values; `number` is the row's.
    pub(super) fn read(number: Option<i64>, values: Vec<Value>) -> Option<Self> {
        use Value::{Integer, Text};
        let mut values = values.into_iter();
        let mut next = || values.next();
        Some(match (number, next()?, next()?) {
            (Some(number), _, Integer(workspace)) => match (next()?, next()?) {
                (Text(session_id), Integer(ordinal)) => {
                    Self::Stream { number, workspace, session_id, ordinal }
                }
                _ => return None,
            },
            (Some(number), _, Text(key)) => Self::Workspace { number, key },
            (None, Integer(workspace), Text(session_id)) => match (next()?, next()?) {
                (Integer(ordinal), Integer(number)) => {
                    Self::Stream { number, workspace, session_id, ordinal }
                }
                _ => return None,
            },
            (None, Text(key), Integer(number)) => Self::Workspace { number, key },
            _ => return None,
        })
    }
}
