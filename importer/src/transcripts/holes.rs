//! Where in a record the texts are that its events say.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2, memmem};
use retold_core::Spelling;

/// A shorter text takes less room as a copy than as a reference.
const SHORTEST: usize = 48;
/// How many times over the length of a record its texts may be looked through for pieces. After that, only whole texts are found.
const BUDGET_TIMES: usize = 32;

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
    let (mut at, mut budget) = (0, record.len().saturating_mul(BUDGET_TIMES));
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
            if *text == said {
                return Some((number, 0));
            }
            if text.len() < said.len() || budget < text.len() {
                return None;
            }
            budget -= text.len();
            memmem::find(text.as_bytes(), said.as_bytes()).map(|from| (number, from))
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

    #[test]
    fn a_record_of_many_strings_beside_a_long_text_takes_bounded_work() {
        let text = "a".repeat(1 << 21);
        let strings: Vec<String> = (0..20_000).map(|n| format!("\"{n:0>60}b\"")).collect();
        let record = format!("{{\"text\":\"{text}\",\"lines\":[{}]}}", strings.join(","));
        // Without a bound, 40 GB would be looked through.
        assert_eq!(find(record.as_bytes(), &[&text]).len(), 1);
    }
}
