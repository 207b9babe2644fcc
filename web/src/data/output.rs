//! An instance's output, by ranges of its bytes.

use retold_core::{Decoder, List, Text};
use retold_travel::{Key, Path, Value};
use rusqlite::Connection;

use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// What is given at once, where nothing else is asked for.
const BYTES: u64 = 64 * 1024;

pub(crate) fn output(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let frame = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let answer = begin(&mut opened)?;
    let at = u32::try_from(asked.number).unwrap_or(u32::MAX);
    let path = Path::Field(List::Instances, at, Key::Known(retold_core::field::instance::output));
    let value = frame.state.as_ref().and_then(|state| state.value(&path));
    let rope = match value {
        Some(Value::Output(rope)) => rope,
        Some(_) => return Ok(answer.with("total", 0).with("from", 0).with("text", "")),
        None => {
            let message = format!("{}: there is no instance {at} at r{}", opened.found.name, opened.revision);
            return Err(Problem::new(hyper::StatusCode::NOT_FOUND, message));
        }
    };
    let bytes = asked.query.number("bytes").unwrap_or(BYTES);
    let from = asked.query.number("from").unwrap_or(rope.len().saturating_sub(bytes)).min(rope.len());
    let (from, text) = range(&rope.to_text(), from, bytes, opened.timeline.reader().connection())?;
    Ok(answer.with("total", rope.len()).with("from", from).with("text", text))
}

/// Returns the bytes of a text in a range, from and to the ends of characters, and where they begin. Only the pieces that they are in
/// are loaded.
fn range(text: &Text, from: u64, bytes: u64, connection: &Connection) -> Result<(u64, String), Problem> {
    let pieces: &[Text] = match text {
        Text::Joined(pieces) => pieces,
        whole => std::slice::from_ref(whole),
    };
    let end = from.saturating_add(bytes);
    let (mut begin, mut taken, mut first) = (0_u64, String::new(), from);
    let mut decoder = Decoder::default();
    for piece in pieces {
        let after = begin + piece.len();
        if after > from && begin < end {
            let mut piece = piece.clone();
            decoder.resolve(connection, &mut piece)?;
            let text = piece.as_str().unwrap_or_default();
            let local =
                |at: u64| usize::try_from(at.saturating_sub(begin)).unwrap_or(usize::MAX).min(text.len());
            let (low, high) = (text.ceil_char_boundary(local(from)), text.floor_char_boundary(local(end)));
            if taken.is_empty() {
                first = begin + low as u64;
            }
            taken.push_str(text.get(low..high).unwrap_or_default());
        }
        begin = after;
    }
    Ok((first, taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_put_together_are_the_text() {
        let text = Text::Joined(vec![Text::from("冬の朝"), Text::from("abc"), Text::from("é")]);
        let whole = "冬の朝abcé";
        let connection = Connection::open_in_memory().unwrap();
        for step in 4..20 {
            let (mut at, mut taken) = (0, String::new());
            while at < whole.len() as u64 {
                let (from, part) = range(&text, at, step, &connection).unwrap();
                assert_eq!(from, at);
                taken.push_str(&part);
                at += part.len() as u64;
            }
            assert_eq!(taken, whole, "{step}");
        }
        assert_eq!(range(&text, 1, 5, &connection).unwrap(), (3, "の".to_owned()), "no character is cut");
    }
}
