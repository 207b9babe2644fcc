//! Parameters of a request, as its route declares them.

use std::collections::HashMap;

use retold_travel::{Path, Point};

use crate::problem::Problem;
use crate::routes::{Kind, Route};

/// What a request asks for, once its parameters were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(HashMap<&'static str, String>);

/// The longest parameter, in bytes.
const TEXT_MAX: usize = 4096;

impl Query {
    /// Reads the part of an address after `?`.
    ///
    /// # Errors
    /// Where a parameter is not one of the route's, is there twice, or holds what its kind does not allow.
    pub(crate) fn of(route: &Route, text: &str) -> Result<Self, Problem> {
        let mut read = HashMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let unknown = || {
                let names: Vec<&str> = route.parameters.iter().map(|known| known.name).collect();
                let accepted = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Problem::bad("there is a parameter that this address does not take")
                    .hint(format!("accepted: {accepted}"))
            };
            let name = decoded(name, true).ok_or_else(unknown)?;
            let known = route.parameters.iter().find(|known| known.name == name).ok_or_else(unknown)?;
            let value = decoded(value, true)
                .ok_or_else(|| Problem::bad(format!("parameter {}: it is not UTF-8", known.name)))?;
            if value.len() > TEXT_MAX {
                return Err(Problem::bad(format!("parameter {}: it is over {TEXT_MAX} bytes", known.name)));
            }
            known.kind.check(known.name, &value)?;
            if read.insert(known.name, value).is_some() {
                return Err(Problem::bad(format!("parameter {}: it is there twice", known.name)));
            }
        }
        Ok(Self(read))
    }

    /// Asks for what is given, as it is.
    pub(crate) fn given(parameters: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(parameters.into_iter().collect())
    }

    /// Returns a parameter; an empty one is none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    pub(crate) fn point(&self, name: &str) -> Result<Option<Point>, Problem> {
        self.text(name).map(|text| point(name, text)).transpose()
    }

    pub(crate) fn path(&self, name: &str) -> Result<Option<Path>, Problem> {
        let path = |text| retold_present::parse_path(text).map_err(Problem::from);
        self.text(name).map(path).transpose()
    }
}

fn point(name: &str, text: &str) -> Result<Point, Problem> {
    text.parse().map_err(|error| {
        Problem::bad(format!("parameter {name}: {error}"))
            .hint("a point is 1234, r7, head-3, yesterday, 15min-ago or mark:NAME")
    })
}

impl Kind {
    fn check(self, name: &str, value: &str) -> Result<(), Problem> {
        let refuse =
            |accepted: String| Err(Problem::bad(format!("parameter {name}: accepted is {accepted}")));
        match self {
            _ if value.is_empty() => Ok(()),
            Self::Text => Ok(()),
            Self::Point => point(name, value).map(drop),
            Self::Path => retold_present::parse_path(value).map(drop).map_err(Problem::from),
            Self::Number { max } => match value.parse::<u64>() {
                Ok(number) if number <= max && value.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
                _ => refuse(format!("a number up to {max}")),
            },
            Self::Choice(choices) if choices.contains(&value) => Ok(()),
            Self::Choice(choices) => refuse(choices.join(", ")),
        }
    }
}

/// Decodes a part of an address; `None` where it is not UTF-8 or an escape is not complete.
pub(crate) fn decoded(text: &str, plus_is_space: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if plus_is_space => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_decoded_or_refused() {
        assert_eq!(decoded("a%2Fb%20c+d", false).unwrap(), "a/b c+d");
        assert_eq!(decoded("a+b", true).unwrap(), "a b");
        assert_eq!(decoded("%E5%86%AC", false).unwrap(), "冬");
        for broken in ["%", "%2", "%zz", "%ff", "%C3"] {
            assert_eq!(decoded(broken, false), None, "{broken}");
        }
    }
}
