//! What models cost, as the person says it.

use std::path::{Path, PathBuf};

use retold_projections::Prices;

use crate::context::Context;
use crate::failure::Failure;
use crate::settings::keys;

/// No such file is larger, in bytes.
const SIZE_MAX: u64 = 4 * 1024 * 1024;

/// Where the person's own prices are, for programs that go on: they are read for each question, so that an edit of the file counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Priced(Option<PathBuf>);

impl Priced {
    /// Those that are set.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        Self(context.settings.path(keys::PRICES))
    }

    /// Returns the prices that are built in, with those of the file before them.
    ///
    /// # Errors
    /// Where the file cannot be read, or is not a table of prices.
    pub(crate) fn read(&self) -> Result<Prices, Failure> {
        read_with(self.0.as_deref())
    }
}

/// Returns the prices that are built in, with those of a file before them: the one that is given, else the one that is set.
///
/// # Errors
/// Those of [`Priced::read`].
pub(super) fn read(context: &Context<'_>, given: Option<&Path>) -> Result<Prices, Failure> {
    match given {
        Some(path) => read_with(Some(path)),
        None => Priced::of(context).read(),
    }
}

fn read_with(path: Option<&Path>) -> Result<Prices, Failure> {
    let built_in = Prices::built_in();
    let Some(path) = path else { return Ok(built_in) };
    let act = "read prices from";
    let refused = |reason: &str| {
        Failure::usage(format!("{act} {}: {reason}", path.display()))
            .hint("docs/USAGE.md says what such a file looks like")
    };
    let size = std::fs::metadata(path).map_err(|error| Failure::file(act, path, &error))?.len();
    if size > SIZE_MAX {
        return Err(refused(&format!("it is larger than {SIZE_MAX} bytes")));
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::file(act, path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8"))?;
    let own = Prices::parse(&text).map_err(|error| refused(&error.to_string()))?;
    Ok(built_in.with(own))
}
