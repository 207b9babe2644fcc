//! Where in a record the texts are that its events say.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2, memmem};
use retold_core::Spelling;

/// A shorter text is cheaper said again than referred to.
const SHORTEST: usize = 48;

/// A piece of a record that is a piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// Where it is in the record.
    pub(super) range: Range<usize>,
    /// Which text it is.
    pub(super) text: usize,
    /// How it is spelled.
    pub(super) spelling: Spelling,
    /// Where in the text it begins.
    pub(super) from: usize,
    /// How long it is there.
    pub(super) length: usize,
}

/// Finds the strings of a record that are texts, or pieces of them; in order.
pub(super) fn find(record: &[u8], texts: &[&str]) -> Vec<Hole> {
    let mut holes = Vec::new();
    if texts.iter().all(|text| text.len() < SHORTEST) {
        return holes;
    }
    // JSON that an event has to the letter.
    for (number, text) in texts.iter().enumerate() {
        if text.len() >= SHORTEST
            && text.starts_with(['{', '['])
            && let Some(at) = memmem::find(record, text.as_bytes())
        {
            holes.push(Hole {
                range: at..at + text.len(),
                text: number,
                spelling: Spelling::Plain,
                from: 0,
                length: text.len(),
            });
        }
    }
    holes.sort_by_key(|hole| hole.range.start);
    holes.dedup_by(|later, earlier| later.range.start < earlier.range.end);
    let whole = holes.clone();
    let mut at = 0;
    while let Some(begin) = memchr(b'"', &record[at..]).map(|found| at + found + 1) {
        if let Some(hole) = whole.iter().find(|hole| hole.range.contains(&begin)) {
            at = hole.range.end;
            continue;
        }
        let Some(end) = end_of_string(record, begin) else { break };
        at = end + 1;
        if end - begin < SHORTEST {
            continue;
        }
        let Some(said) = unescape(&record[begin - 1..=end]) else { continue };
        let found = texts.iter().enumerate().find_map(|(number, text)| {
            (text.len() >= said.len())
                .then(|| memmem::find(text.as_bytes(), said.as_bytes()))?
                .map(|from| (number, from))
        });
        if let Some((text, from)) = found
            && said.len() >= SHORTEST
            && let Some(spelling) = Spelling::of(&said, &record[begin..end])
        {
            holes.push(Hole { range: begin..end, text, spelling, from, length: said.len() });
        }
    }
    holes.sort_by_key(|hole| hole.range.start);
    holes
}

/// Returns where the quotation mark is that ends the string.
fn end_of_string(record: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', record.get(at..)?)?;
        if record[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

fn unescape(string: &[u8]) -> Option<Cow<'_, str>> {
    match serde_json::from_slice::<&str>(string) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => serde_json::from_slice::<String>(string).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_a_record_are_found_wherever_they_are_spelled() {
        let text = format!("first line \"quoted\"\n{}", "é".repeat(60));
        let input = format!("{{\"path\":\"{}\"}}", "a".repeat(60));
        let record = format!(
            "{{\"short\":\"x\",\"a\":{},\"input\":{input},\"b\":{},\"part\":{}}}",
            serde_json::to_string(&text).unwrap(),
            serde_json::to_string(&text).unwrap(),
            serde_json::to_string(&text[20..]).unwrap(),
        );
        let holes = find(record.as_bytes(), &[&text, &input]);
        assert_eq!(holes.len(), 4);
        for hole in &holes {
            let mut spelled = Vec::new();
            let text = [&text, &input][hole.text];
            hole.spelling.write(&text[hole.from..hole.from + hole.length], &mut spelled);
            assert_eq!(spelled, record.as_bytes()[hole.range.clone()]);
        }
        assert!(holes.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
        assert!(find(b"{\"a\":\"\\", &[&text]).is_empty());
    }
}
