//! The file: the page's own script and style, and the data as text that is no script.

use std::io::{self, Write};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::assets::ASSETS;

/// What the data is found by.
pub(super) const BEGIN: &str = "<script type=\"application/json\" id=\"retold\">";
pub(super) const END: &str = "</script>";

fn asset(path: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.path == path);
    found.and_then(|asset| std::str::from_utf8(asset.bytes).ok()).unwrap_or_default()
}

/// Writes the file. It may do what its own script does, and send no request.
pub(super) fn write(out: &mut dyn Write, data: &Value) -> io::Result<()> {
    let (script, style) = (asset("/app.js"), asset("/app.css"));
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(script),
        hash(style)
    );
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>retold</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <div id=\"app\"></div>\n<noscript>This page is a program: it needs JavaScript. `retold extract` gives what it holds.</noscript>\n{BEGIN}"
    )?;
    out.write_all(encoded(data).as_bytes())?;
    write!(out, "{END}\n<script type=\"module\">{script}</script>\n</body>\n</html>\n")
}

/// Returns the data as JSON in which nothing ends the element that it is in.
fn encoded(data: &Value) -> String {
    let text = data.to_string();
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for letter in text.chars() {
        match letter {
            // Within JSON these are in texts alone.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)))
            }
            letter => out.push(letter),
        }
    }
    out
}

fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let number =
            part.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for nth in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * nth) & 63) as usize];
            out.push(if nth > part.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64_has_them() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn no_data_ends_its_element() {
        let hostile = serde_json::json!({ "</script><script>": "<!-- </script> \u{2028} &amp;" });
        let text = encoded(&hostile);
        assert!(!text.contains('<') && !text.contains('&') && !text.contains('\u{2028}'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }

    #[test]
    fn the_assets_end_no_element_either() {
        assert!(!asset("/app.js").to_lowercase().contains("</script"));
        assert!(!asset("/app.js").contains("<!--"));
        assert!(!asset("/app.css").to_lowercase().contains("</style"));
        assert!(!asset("/app.js").is_empty());
    }
}
