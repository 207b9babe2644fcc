//! The file of tokens: a line a server, `https://HOST[:PORT] rt_…`, for its owner alone.

use std::path::Path;

use retold_team::token::Token;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::settings;

/// Its name, beside the file of settings.
const NAME: &str = "tokens";

/// Returns the token of a server.
pub(super) fn find(base: &str, context: &Context<'_>) -> Result<Token, Failure> {
    let file = settings::place(context.io).map(|settings| settings.with_file_name(NAME));
    let known = file.as_deref().map_or(Ok(None), |file| read(file, base))?;
    known.ok_or_else(|| {
        let file = file.map_or_else(|| NAME.to_owned(), |file| file.display().to_string());
        Failure::new(Exit::Refused, format!("there is no token for {base}")).hint(format!(
            "`retold team token` makes one; RETOLD_TOKEN holds it, or a line `{base} rt_…` of {file}"
        ))
    })
}

fn read(file: &Path, base: &str) -> Result<Option<Token>, Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(Exit::Io, format!("cannot read {}: {}", file.display(), io_words(error)))
    };
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| failed(&error))?,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).map_err(|error| failed(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Failure::new(Exit::Refused, format!("others may read {}", file.display())).hint(
                format!("`chmod 600 {}`; and make a new token, if somebody has read it", file.display()),
            ));
        }
    }
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let (Some(server), token) = (words.next(), words.next()) else { continue };
        if server.starts_with('#') || server.trim_end_matches('/') != base {
            continue;
        }
        // The line is not shown: it holds a secret.
        let token = token.and_then(Token::read).filter(|_| words.next().is_none());
        return token.map(Some).ok_or_else(|| {
            Failure::usage(format!("{}, line {}: there is no token", file.display(), number + 1))
                .hint("a line is `https://HOST[:PORT] rt_…`")
        });
    }
    Ok(None)
}
