//! Texts cut into words, texts of the index and questions alike.
//!
//! A word is a run of letters and digits, in lower case and without its accents. Japanese, Chinese and Korean text has no
//! spaces to cut at: of a run of its characters every two neighbours are a word, and the last one alone; so that any part
//! of the run is a row of words.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Bytes of a word that are kept as they are; of a longer one its beginning, and a digest of all of it.
const WORD_MAX: usize = 64;
pub(super) const BEGIN_MAX: usize = 40;

/// Letters with accents, and what they are without: what Unicode decomposes into a Latin letter and marks.
#[rustfmt::skip]
const ACCENTS: [(char, &str); 25] = [
    ('a', "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"),
    ('b', "ḃḅḇ"),
    ('c', "çćĉċčḉ"),
    ('d', "ďḋḍḏḑḓ"),
    ('e', "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"),
    ('f', "ḟ"),
    ('g', "ĝğġģǧǵḡ"),
    ('h', "ĥȟḣḥḧḩḫẖ"),
    ('i', "ìíîïĩīĭįǐȉȋḭḯỉị"),
    ('j', "ĵǰ"),
    ('k', "ķǩḱḳḵ"),
    ('l', "ĺļľḷḹḻḽ"),
    ('m', "ḿṁṃ"),
    ('n', "ñńņňǹṅṇṉṋ"),
    ('o', "òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"),
    ('p', "ṕṗ"),
    ('r', "ŕŗřȑȓṙṛṝṟ"),
    ('s', "śŝşšșṡṣṥṧṩ"),
    ('t', "ţťțṫṭṯṱẗ"),
    ('u', "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"),
    ('v', "ṽṿ"),
    ('w', "ŵẁẃẅẇẉẘ"),
    ('x', "ẋẍ"),
    ('y', "ýÿŷȳẏẙỳỵỷỹ"),
    ('z', "źżžẑẓẕ"),
];

static PLAIN: LazyLock<HashMap<char, char>> =
    LazyLock::new(|| ACCENTS.iter().flat_map(|(plain, all)| all.chars().map(|c| (c, *plain))).collect());

/// Calls `each` with every word of a text, and where in the text it ends.
pub(super) fn words(text: &str, mut each: impl FnMut(&str, usize)) {
    let mut word = String::new();
    let mut run: Option<char> = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // Most of most texts.
        if bytes[at].is_ascii() {
            end_run(&mut run, &mut word, at, &mut each);
            let rest = bytes[at..].iter();
            let end = at + rest.take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let is_whole = word.is_empty() && bytes.get(end).is_none_or(u8::is_ascii) && end - at <= WORD_MAX;
            if !is_whole || bytes[at..end].iter().any(u8::is_ascii_uppercase) {
                word.extend(text[at..end].chars().map(|c| c.to_ascii_lowercase()));
            } else if end > at {
                each(&text[at..end], end);
            }
            at = end;
            if bytes.get(at).is_some_and(u8::is_ascii) {
                end_word(&mut word, at, &mut each);
                at += 1;
            }
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        let after = at + c.len_utf8();
        if is_joined(c) {
            end_word(&mut word, at, &mut each);
            if let Some(first) = run.replace(c) {
                word.extend([first, c]);
                end_word(&mut word, after, &mut each);
            }
        } else {
            end_run(&mut run, &mut word, at, &mut each);
            if c.is_alphanumeric() {
                fold(c, &mut word);
            } else if word.is_empty() || !is_mark(c) {
                end_word(&mut word, at, &mut each);
            }
        }
        at = after;
    }
    end_run(&mut run, &mut word, at, &mut each);
    end_word(&mut word, at, &mut each);
}

/// Ends a run without spaces: its last character is a word of its own.
fn end_run(run: &mut Option<char>, word: &mut String, at: usize, each: &mut impl FnMut(&str, usize)) {
    if let Some(last) = run.take() {
        word.push(last);
        end_word(word, at, each);
    }
}

fn end_word(word: &mut String, at: usize, each: &mut impl FnMut(&str, usize)) {
    if word.is_empty() {
        return;
    }
    if word.len() > WORD_MAX {
        let digest = blake3::hash(word.as_bytes()).to_hex();
        word.truncate(begin_of(word).len());
        word.push_str(&digest[..16]);
    }
    each(word, at);
    word.clear();
}

/// Returns the beginning of a word that is in the index however long the word is.
pub(super) fn begin_of(word: &str) -> &str {
    let mut end = word.len().min(BEGIN_MAX);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

fn fold(c: char, word: &mut String) {
    for lower in c.to_lowercase().filter(|c| !is_mark(*c)) {
        word.push(PLAIN.get(&lower).copied().unwrap_or(lower));
    }
}

/// Whether a character is part of a word.
pub(super) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_joined(c) || is_mark(c)
}

/// Whether a character is a mark on the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// Whether a character is in a run without spaces: kana, Han, Hangul.
pub(super) fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{3096}'
        | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}'
        | '\u{3105}'..='\u{312F}'
        | '\u{3131}'..='\u{318E}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        words(text, |word, _| found.push(word.to_owned()));
        found
    }

    #[test]
    fn a_text_is_cut_into_words() {
        for (text, found) in [
            ("Café au LAIT, s'il", "cafe au lait s il"),
            ("cafe\u{301}s \u{301}x", "cafes x"),
            ("foo_bar-2.5x", "foo bar 2 5x"),
            ("Ёлка й ÅNGSTRÖM ß ǅ", "ёлка й angstrom ß ǆ"),
            ("扉", "扉"),
            ("認証エラー!", "認証 証エ エラ ラー ー"),
            ("ログインlogin2扉", "ログ グイ イン ン login2 扉"),
            ("… —!", ""),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(cut(text).join(" "), found, "{text}");
        }
        let (one, other) = (cut(&"x".repeat(65)), cut(&"x".repeat(66)));
        assert!(one != other && one[0].len() == 56 && one[0].starts_with(&"x".repeat(40)), "{one:?}");
    }

    #[test]
    fn a_word_ends_where_its_last_character_does() {
        let mut ends = Vec::new();
        words("ab é扉扉 c", |word, end| ends.push((word.to_owned(), end)));
        let expected = [("ab", 2), ("e", 5), ("扉扉", 11), ("扉", 11), ("c", 13)];
        assert_eq!(ends, expected.map(|(word, end)| (word.to_owned(), end)));
    }
}
