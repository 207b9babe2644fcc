//! What `retold team token` does.

use retold_core::time::to_micros;
use retold_team::token::{self, NewToken, TokenId};

use super::server::{failed, tenant};
use super::{Scope, Token};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;

impl From<Scope> for token::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Ship => Self::Ship,
            Scope::Read => Self::Read,
            Scope::Admin => Self::Admin,
        }
    }
}

pub(super) fn run(token: Token, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let revoked = token.revoke.as_deref().map(|id| {
        id.parse::<TokenId>().map_err(|why| {
            Failure::usage(format!("cannot revoke {id}: {why}")).hint("`retold team token --list` shows them")
        })
    });
    let revoked = revoked.transpose()?;
    let (at, mut client, tenant) = tenant(&token.place, context)?;
    if let Some(id) = revoked {
        let is_there = id.tenant == tenant
            && token::revoke(&mut client, id).map_err(|error| failed("revoke a token at", &at, &error))?;
        if !is_there {
            return Err(Failure::new(Exit::Nothing, format!("{at} has no token {id} of this team"))
                .hint("`retold team token --list` shows them"));
        }
        context.note(&format!("token {id} and its machine are revoked"));
        return Ok(Exit::Done);
    }
    if token.list {
        let issued =
            token::list(&mut client, tenant).map_err(|error| failed("list tokens at", &at, &error))?;
        let columns = ["id", "person", "device", "scopes", "expires_at", "revoked_at"];
        let mut rows = context.rows(crate::store::NO_HEAD, columns)?;
        for one in issued {
            let instant = |time: Option<jiff::Timestamp>| {
                time.map_or(Value::Null, |time| Value::Instant(to_micros(time)))
            };
            let scopes: Vec<&str> = one.scopes.iter().map(|scope| scope.name()).collect();
            rows.push([
                one.id.to_string().into(),
                one.person.into(),
                one.device.into(),
                scopes.join(",").into(),
                instant(one.expires_at),
                instant(one.revoked_at),
            ])?;
        }
        rows.finish()?;
        return Ok(Exit::Done);
    }
    let now = (context.io.clock)();
    let expires_at = token.expires.map(|age| {
        now.checked_add(age).map_err(|_| Failure::usage("cannot make a token that holds for so long"))
    });
    let (person, device) = token.person.as_deref().zip(token.device.as_deref()).unwrap_or_default();
    let scopes: Vec<token::Scope> = token.scope.iter().map(|scope| (*scope).into()).collect();
    let new = NewToken { person, device, scopes: &scopes, expires_at: expires_at.transpose()? };
    let made = token::make(&mut client, tenant, new)
        .map_err(|error| failed("make a token at", &at, &error))?
        .ok_or_else(|| {
            Failure::usage(format!("cannot make a token: there is no person {person}"))
                .hint("`retold team add person NAME --database ADDRESS` adds one")
        })?;
    context.note("this token is shown once, and kept nowhere");
    context.say(made.as_str())?;
    Ok(Exit::Done)
}
