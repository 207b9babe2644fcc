//! The secret that lets a browser in.

use std::io::Write;
use std::path::Path;

use rand::Rng;
use retold_core::files::{Partial, Privacy};
use retold_present::{Exit, Failure, io_words};

const BYTES: usize = 32;

/// 256 random bits, in hexadecimal. Whoever has it may read the store.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// It is in no log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Draws a new one.
    pub fn random() -> Self {
        let mut bytes = [0_u8; BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the token of a store, so that a bookmark lives as long as the store: it is kept beside the store, for its owner
    /// alone. A new one is drawn where there is none, or where `renew` asks for it; browsers that had the old one are out then.
    ///
    /// # Errors
    /// Where it cannot be kept. [`random`](Self::random) needs no place.
    pub fn of_store(store: &Path, renew: bool) -> Result<Self, Failure> {
        let folder = retold_core::make_sidecar_folder(store)?;
        let place = folder.join("page-token");
        if !renew && let Some(token) = std::fs::read_to_string(&place).ok().and_then(|text| Self::read(&text))
        {
            return Ok(token);
        }
        let token = Self::random();
        let written = Partial::file_for(&place, Privacy::Owner).and_then(|mut partial| {
            partial.file().write_all(token.0.as_bytes()).and_then(|()| partial.replace())
        });
        written.map_err(|error| {
            Failure::new(
                Exit::Io,
                format!("keep the page's token in {}: {}", place.display(), io_words(&error)),
            )
        })?;
        Ok(token)
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_one = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// Returns its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is this token. Takes the same time for every text of its length.
    pub(crate) fn is(&self, text: &str) -> bool {
        let pairs = self.0.bytes().zip(text.bytes());
        text.len() == self.0.len() && pairs.fold(0, |differ, (own, other)| differ | (own ^ other)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_keeps_its_token_until_a_new_one_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("sessions.db");
        let token = Token::of_store(&store, false).unwrap();
        assert_eq!(Token::of_store(&store, false).unwrap(), token);
        let renewed = Token::of_store(&store, true).unwrap();
        assert_ne!(renewed, token);
        assert_eq!(Token::of_store(&store, false).unwrap(), renewed);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = retold_core::sidecar_folder(&store).join("page-token");
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::write(&file, "short").unwrap();
        }
        assert_ne!(Token::of_store(&store, false).unwrap(), renewed, "what is no token is replaced");
    }

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token::random();
        assert!(token.is(token.as_str()));
        for other in [
            "",
            "0",
            &token.as_str()[1..],
            &token.as_str().to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"),
        ] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!token.is(Token::random().as_str()));
        assert!(!format!("{token:?}").contains(token.as_str()));
    }
}
