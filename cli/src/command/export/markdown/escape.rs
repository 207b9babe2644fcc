//! Hostile texts in Markdown: they stay texts.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::printable::steers;

/// How often what was escaped is looked at again: escaping one thing may show the next.
const ROUNDS_MAX: usize = 8;

/// Returns a text without what would steer whoever shows it, but for the ends of its lines and tabs.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\r' if characters.peek() == Some(&'\n') => {}
            character if steers(character) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            character => shown.push(character),
        }
    }
    shown
}

/// Returns a text for one line of Markdown in which nothing has a meaning.
pub(super) fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in harmless(text).chars() {
        match character {
            '\n' | '\t' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            character => escaped.push(character),
        }
    }
    escaped
}

/// Returns a text for one line of HTML.
pub(super) fn html(text: &str) -> String {
    let text = harmless(text).replace(['\n', '\t'], " ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns a block that holds a text as it is, behind a fence that is longer than any in it.
pub(super) fn fenced(text: &str, language: &str) -> String {
    let text = harmless(text);
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Returns a Markdown text as a quotation: it is read as Markdown, but no HTML of it, no picture and no link that does something else
/// than lead somewhere; and nothing of it leaves the quotation.
pub(super) fn quoted(text: &str) -> String {
    let text = harmless(text);
    let tamed = tamed(&text).map(|text| in_quotation(&text));
    // The marks of the quotation may end what the text alone leaves open.
    let is_text = |quoted: &String| more_than_text(quoted).is_empty();
    tamed.filter(is_text).unwrap_or_else(|| in_quotation(&fenced(&text, "text")))
}

fn in_quotation(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.trim_end_matches('\n').split('\n') {
        out.push_str(if line.is_empty() { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Escapes what is more than text; `None` where there is no end to it.
fn tamed(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS_MAX {
        let found = more_than_text(&text);
        if found.is_empty() {
            return Some(text);
        }
        let mut next = String::with_capacity(text.len() + found.len() * 4);
        let mut at = 0;
        for (range, is_html) in found {
            if range.start < at {
                continue;
            }
            next.push_str(&text[at..range.start]);
            match is_html {
                true => next.push_str(&text[range.clone()].replace('<', "&lt;")),
                false => {
                    next.push('\\');
                    next.push_str(&text[range.start..range.start + 1]);
                }
            }
            at = if is_html { range.end } else { range.start + 1 };
        }
        next.push_str(&text[at..]);
        text = next;
    }
    None
}

/// Returns where HTML is, and where pictures and links that do something begin.
fn more_than_text(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => found.push((range, true)),
            Event::Start(Tag::Image { .. }) => found.push((range, false)),
            Event::Start(Tag::Link { dest_url, .. }) if !leads_somewhere(&dest_url) => {
                found.push((range, false))
            }
            _ => {}
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}

fn leads_somewhere(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    match url.split_once(':') {
        Some((scheme, _))
            if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte)) =>
        {
            matches!(scheme, "http" | "https" | "mailto" | "file")
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: [&str; 11] = [
        "<script>alert(1)</script>",
        "<div>\n![x](http://evil/p.png)\n</div>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1)) and [y][r]\n\n[r]: data:text/html,x",
        "```\nopen fence",
        "</details>\n\n## User\n",
        "<!-- \n\n # not closed",
        "\x1b[31m\u{202e}turned",
        "<http://fine.example>",
        "````\n```\n````\n<b>",
        "<<!a\n-",
    ];

    fn is_text(markdown: &str) -> bool {
        more_than_text(markdown).is_empty() && !markdown.chars().any(|c| steers(c) && !"\n\t".contains(c))
    }

    #[test]
    fn hostile_texts_stay_in_their_quotation() {
        for text in HOSTILE {
            let quoted = quoted(text);
            assert!(is_text(&quoted), "{quoted}");
            assert!(quoted.lines().all(|line| line.starts_with('>')), "{quoted}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_in_it() {
        for text in HOSTILE {
            let block = fenced(text, "text");
            let code =
                Parser::new(&block).filter(|event| matches!(event, Event::Start(Tag::CodeBlock(_)))).count();
            let others =
                Parser::new(&block).filter(|event| matches!(event, Event::Start(Tag::Paragraph))).count();
            assert_eq!((code, others), (1, 0), "{block}");
        }
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn any_text_stays_one(text in "[a`*_<>!\\[\\]()#:/ \n\\-&]{0,60}|.{0,80}") {
            let quoted = quoted(&text);
            prop_assert!(is_text(&quoted), "{}", quoted);
            prop_assert!(quoted.lines().all(|line| line.starts_with('>')));
            prop_assert_eq!(Parser::new(&inline(&text)).filter(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_) | Event::Code(_) | Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis))).count(), 0);
        }
    }
}
