//! Words as a `tsvector` has them.

use std::collections::HashMap;
use std::fmt::Write as _;

/// PostgreSQL keeps 255 places of a word, up to the place 16,383, and one megabyte in all. A longer text has more pieces than one.
const PLACES_MAX: usize = 255;
const WORDS_MAX: usize = 16_000;
const BYTES_MAX: usize = 600_000;
/// Words that a piece repeats of the one before, so that a phrase is found where two meet.
const REPEATED: usize = 64;

/// Returns a word as the index of all tenants has it, between quotes.
pub(crate) fn lexeme(tenant: i64, word: &str) -> String {
    format!("'{tenant}/{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// Returns words and their places as PostgreSQL reads them, in as many pieces as it takes: one at least.
pub(super) fn vectors(tenant: i64, words: &[String]) -> Vec<String> {
    let (mut vectors, mut begin) = (Vec::new(), 0);
    loop {
        let (mut places, mut bytes): (HashMap<&str, Vec<usize>>, usize) = (HashMap::new(), 0);
        let mut end = begin;
        while let Some(word) = words.get(end) {
            let of_word = places.entry(word).or_default();
            if of_word.is_empty() {
                bytes += word.len() + 24;
            }
            bytes += 2;
            if of_word.len() == PLACES_MAX || end - begin == WORDS_MAX || bytes > BYTES_MAX {
                break;
            }
            of_word.push(end - begin + 1);
            end += 1;
        }
        let mut vector = String::new();
        for (word, places) in places.iter().filter(|(_, places)| !places.is_empty()) {
            let _infallible = write!(vector, "{}", lexeme(tenant, word));
            for (nth, place) in places.iter().enumerate() {
                let _infallible = write!(vector, "{}{place}", if nth == 0 { ':' } else { ',' });
            }
            vector.push(' ');
        }
        vectors.push(vector);
        if end >= words.len() {
            return vectors;
        }
        begin = end - REPEATED;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_text_is_cut_where_a_vector_ends_and_every_word_is_in_a_piece() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(vectors(7, &words("it's")), ["'7/it''s':1 "]);
        assert_eq!(vectors(7, &[]), [""]);
        // A word that is there too often.
        let often = vectors(7, &vec!["a".to_owned(); 600]);
        assert_eq!(often.len(), 3);
        // Too many words, and too much of them.
        let many: Vec<String> = (0..40_000).map(|number| format!("w{number}")).collect();
        let pieces = vectors(7, &many);
        assert!(pieces.len() == 3 && pieces[1].contains("'7/w15936':1 "), "{}", pieces.len());
        let found: HashSet<&str> = pieces
            .iter()
            .flat_map(|piece| piece.split(' '))
            .filter_map(|word| word.split_once(':').map(|(word, _)| word))
            .collect();
        assert!(many.iter().all(|word| found.contains(lexeme(7, word).as_str())));
        let long: Vec<String> = (0..15_000).map(|number| format!("{number:064}")).collect();
        assert!(vectors(7, &long).len() > 2);
    }
}
