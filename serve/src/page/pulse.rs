//! How far the teams are of all who listen: asked once for all of them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use retold_team::receiver::Error;
use retold_team::token::TokenId;
use retold_web::Shipments;

/// How long it is given again: the database is asked so often at most, however many listen.
const FRESH: Duration = Duration::from_millis(500);

/// What was told last.
#[derive(Default)]
pub(super) struct Pulse(Mutex<Told>);

#[derive(Default)]
struct Told {
    at: Option<Instant>,
    /// Of whom it was asked, how far their team is; nothing where their token holds no longer.
    of: HashMap<TokenId, Option<Shipments>>,
}

impl Pulse {
    /// Returns how far the team of a token is, where that holds. Where it is asked, it is asked for everybody: who comes meanwhile waits.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) fn of(
        &self,
        id: TokenId,
        everybody: impl FnOnce() -> Vec<TokenId>,
        ask: impl FnOnce(&[TokenId]) -> Result<Vec<(TokenId, Shipments)>, Error>,
    ) -> Result<Option<Shipments>, Error> {
        let mut told = self.0.lock();
        let is_fresh = told.at.is_some_and(|at| at.elapsed() < FRESH);
        if is_fresh && let Some(known) = told.of.get(&id) {
            return Ok(*known);
        }
        let mut tokens = everybody();
        if !tokens.contains(&id) {
            tokens.push(id);
        }
        let answer = ask(&tokens)?;
        told.of = tokens.into_iter().map(|token| (token, None)).collect();
        told.of.extend(answer.into_iter().map(|(token, shipments)| (token, Some(shipments))));
        told.at = Some(Instant::now());
        Ok(told.of.get(&id).copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn however_many_listen_it_is_asked_once_for_all() {
        let (pulse, asked) = (Pulse::default(), Cell::new(0));
        let of = |device: i32| TokenId { tenant: 1, device };
        let ask = |tokens: &[TokenId]| {
            asked.set(asked.get() + 1);
            let holds = tokens.iter().filter(|token| token.device != 3);
            Ok(holds.map(|token| (*token, Shipments { last: 7, listed: 5 })).collect())
        };
        for device in 1..100 {
            let known = pulse.of(of(device), || (1..100).map(of).collect(), ask).unwrap();
            assert_eq!(known, (device != 3).then_some(Shipments { last: 7, listed: 5 }));
        }
        assert_eq!(asked.get(), 1);
        // Who comes new is asked for at once; what failed is not what was told.
        let fails = |_: &[TokenId]| Err(Error::Target("away".to_owned()));
        assert!(pulse.of(of(200), Vec::new, fails).is_err());
        assert!(pulse.of(of(200), Vec::new, ask).unwrap().is_some() && asked.get() == 2);
    }
}
