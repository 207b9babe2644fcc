//! Where in a record the texts are that its events say.

use std::cell::OnceCell;
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
    let mut texts = Texts::new(texts, record.len().saturating_mul(BUDGET_TIMES));
    let mut at = 0;
    while let Some(begin) = memchr(b'"', &record[at..]).map(|found| at + found + 1) {
        if let Some(hole) = whole.iter().find(|hole| hole.range.contains(&begin)) {
            at = hole.range.end;
            continue;
        }
        let Some(end) = end_of_string(record, begin) else { break };
        at = end + 1;
        if end - begin >= SHORTEST
            && let Some((text, spelling, from, length)) = texts.find(&record[begin - 1..=end])
            && length >= SHORTEST
        {
            holes.push(Hole { range: begin..end, text, spelling, from, length });
        }
    }
    holes.sort_by_key(|hole| hole.range.start);
    holes
}

/// Which text a string is a piece of, how it is spelled, where in the text it begins and how long it is there.
type Found = (usize, Spelling, usize, usize);

/// The texts that strings are looked for in.
struct Texts<'t> {
    texts: &'t [&'t str],
    /// Each as JSON spells it, once that is asked for.
    spelled: Vec<OnceCell<Vec<u8>>>,
    /// So many bytes may still be looked through for pieces.
    budget: usize,
}

impl<'t> Texts<'t> {
    fn new(texts: &'t [&'t str], budget: usize) -> Self {
        Self { texts, spelled: vec![OnceCell::new(); texts.len()], budget }
    }

    /// Finds a string of a record, which has its quotation marks around it.
    ///
    /// Nearly all strings are spelled as JSON's writers spell them, so that they are compared as they are; the others are read first.
    fn find(&mut self, quoted: &[u8]) -> Option<Found> {
        let string = &quoted[1..quoted.len() - 1];
        for number in 0..self.texts.len() {
            if self.spelled(number) == string {
                return Some((number, Spelling::Json, 0, self.texts[number].len()));
            }
        }
        match memmem::find(string, b"\\u").or_else(|| memmem::find(string, b"\\/")) {
            None => self.piece_as_it_is(string),
            Some(_) => self.read(quoted),
        }
    }

    fn spelled(&self, number: usize) -> &[u8] {
        self.spelled[number].get_or_init(|| {
            let text = self.texts[number];
            let mut spelled = Vec::with_capacity(text.len() + text.len() / 8);
            Spelling::Json.write(text, &mut spelled);
            spelled
        })
    }

    /// Whether a text may be looked through for a piece of it.
    fn is_affordable(&mut self, length: usize) -> bool {
        let is_affordable = self.budget >= length;
        self.budget = self.budget.saturating_sub(if is_affordable { length } else { 0 });
        is_affordable
    }

    fn piece_as_it_is(&mut self, string: &[u8]) -> Option<Found> {
        for number in 0..self.texts.len() {
            if self.spelled(number).len() < string.len() || !self.is_affordable(self.texts[number].len()) {
                continue;
            }
            let spelled = self.spelled(number);
            let Some(found) = memmem::find(spelled, string) else { continue };
            let (from, length) = (said(&spelled[..found]), said(string));
            // Where it begins within what is written for one letter, it is no piece.
            let mut written = Vec::with_capacity(string.len());
            let piece = self.texts[number].get(from..from + length).unwrap_or_default();
            Spelling::Json.write(piece, &mut written);
            if written == string {
                return Some((number, Spelling::Json, from, length));
            }
        }
        None
    }

    fn read(&mut self, quoted: &[u8]) -> Option<Found> {
        let said = serde_json::from_slice::<String>(quoted).ok()?;
        for (number, text) in self.texts.iter().enumerate() {
            let from = if *text == said {
                Some(0)
            } else if text.len() < said.len() || !self.is_affordable(text.len()) {
                None
            } else {
                memmem::find(text.as_bytes(), said.as_bytes())
            };
            if let Some(from) = from {
                let spelling = Spelling::of(&said, &quoted[1..quoted.len() - 1])?;
                return Some((number, spelling, from, said.len()));
            }
        }
        None
    }
}

/// Returns how long the text is that is spelled so, as JSON's writers do.
fn said(spelled: &[u8]) -> usize {
    let (mut at, mut length) = (0, spelled.len());
    while let Some(found) = memchr(b'\\', &spelled[at..]) {
        // A letter for each, as it has one byte: those of more bytes are not escaped.
        let escape = if spelled.get(at + found + 1) == Some(&b'u') { 6 } else { 2 };
        length = length.saturating_sub(escape - 1);
        at = (at + found + escape).min(spelled.len());
    }
    length
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

    proptest::proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn every_hole_is_spelled_as_the_record_has_it_and_no_whole_text_is_missed(
            letters in proptest::collection::vec(
                proptest::sample::select(vec!['a', '\\', '"', '\n', 'u', '0', '1', 'b', '\u{1b}', 'é', '<', '\u{2028}', '/', '語']),
                SHORTEST..150,
            ),
            from in 0_usize..40,
            length in 0_usize..150,
            spelling in proptest::sample::select(vec![Spelling::Json, Spelling::JsonAscii, Spelling::JsonHtml]),
        ) {
            let text: String = letters.iter().collect();
            let piece: String = letters.iter().skip(from).take(length).collect();
            let mut record = b"{\"a\":\"".to_vec();
            spelling.write(&text, &mut record);
            record.extend_from_slice(b"\",\"b\":\"");
            spelling.write(&piece, &mut record);
            record.extend_from_slice(b"\"}");
            let holes = find(&record, &[&text]);
            for hole in &holes {
                let mut spelled = Vec::new();
                hole.spelling.write(&text[hole.from..hole.from + hole.length], &mut spelled);
                proptest::prop_assert_eq!(&spelled, &record[hole.range.clone()].to_vec());
            }
            proptest::prop_assert!(holes.iter().any(|hole| hole.length == text.len()), "the text itself");
        }
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
