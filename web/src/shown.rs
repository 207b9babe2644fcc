//! What the page is of: a store, or a team's server.

use crate::answer::Told;
use crate::problem::Problem;
use crate::routes::Route;
use crate::site::{Asked, Site};
use crate::team::TeamSite;

/// What is shown.
pub(crate) enum Shown {
    Store(Box<Site>),
    Team(TeamSite),
}

impl Shown {
    /// Answers a route.
    pub(crate) fn answer(&self, route: &Route, asked: &Asked) -> Result<Told, Problem> {
        match self {
            Self::Store(site) => Ok((route.answer)(site, asked)?.into()),
            Self::Team(team) => team.answer(route, asked),
        }
    }

    /// Returns the store, where changes are taken.
    pub(crate) fn written(&self) -> Option<(&Site, &retold::SessionHistory)> {
        match self {
            Self::Store(site) => Some((site, site.writes.as_ref()?)),
            Self::Team(_) => None,
        }
    }
}
