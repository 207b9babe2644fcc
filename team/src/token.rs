//! What lets a machine in at a server over HTTPS.
//!
//! A token is `rt_TENANT-DEVICE_SECRET`: the number of the team, that of the machine there, and 256 random bits. It is shown once; the
//! database has its SHA-256.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use postgres::Client;
use sha2::{Digest, Sha256};

use crate::schema::Error;

/// The digits of the secret.
const SECRET_DIGITS: usize = 64;

/// A token. It is shown nowhere but by [`as_str`](Self::as_str).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Without the secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, …)", self.id())
    }
}

impl Token {
    /// Reads one.
    pub fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("rt_")?.split_once('_')?;
        let is_secret = secret.len() == SECRET_DIGITS && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_secret && id.parse::<TokenId>().is_ok()).then(|| Self(text.to_owned()))
    }

    fn random(id: TokenId) -> Self {
        let secret: [u8; SECRET_DIGITS / 2] = rand::random();
        let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("rt_{id}_{secret}"))
    }

    /// Returns it, secret and all.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which one it is.
    pub fn id(&self) -> TokenId {
        let id = self.0.split('_').nth(1).and_then(|id| id.parse().ok());
        id.unwrap_or(TokenId { tenant: 0, device: 0 })
    }

    /// What is kept of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Which token: the one of a machine of a team. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId {
    /// The team's number.
    pub tenant: i64,
    /// The machine's number.
    pub device: i32,
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.tenant, self.device)
    }
}

impl FromStr for TokenId {
    type Err = &'static str;

    /// Reads it as it is written: `TENANT-DEVICE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = "the id of a token is TENANT-DEVICE, as in 1-4";
        let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (tenant, device) = text.split_once('-').ok_or(refused)?;
        let tenant = Some(tenant).filter(is_number).and_then(|tenant| tenant.parse().ok());
        let device = Some(device).filter(is_number).and_then(|device| device.parse().ok());
        let (tenant, device) = tenant.zip(device).ok_or(refused)?;
        Ok(Self { tenant, device })
    }
}

/// What a token is for: any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To ship the person's logs.
    Ship,
    /// To read what the person may see.
    Read,
    /// To look after the server: its measurements.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ship, Self::Read, Self::Admin];

    /// Its bit.
    pub fn bit(self) -> i16 {
        match self {
            Self::Ship => 1,
            Self::Read => 2,
            Self::Admin => 4,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// A token to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// The person's name.
    pub person: &'a str,
    /// The machine's name.
    pub device: &'a str,
    /// What it is for.
    pub scopes: &'a [Scope],
    /// Until when it holds; for good where there is none.
    pub expires_at: Option<Timestamp>,
}

/// Gives a person's machine a new token, the one before it being void; `None` where there is no such person. The token is kept
/// nowhere, its SHA-256 is.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn make(client: &mut Client, tenant: i64, new: NewToken<'_>) -> Result<Option<Token>, Error> {
    let mut transaction = client.transaction()?;
    transaction
        .execute("select pg_advisory_xact_lock(hashtextextended('retold numbers', $1))", &[&tenant])?;
    let found = transaction.query_opt(
        "select person from retold.person where tenant = $1 and name = $2",
        &[&tenant, &new.person],
    )?;
    let Some(found) = found else { return Ok(None) };
    let person: i32 = found.get(0);
    let scopes = new.scopes.iter().fold(0, |scopes, scope| scopes | scope.bit());
    let expires_at = new.expires_at.map(std::time::SystemTime::from);
    let device: i32 = transaction
        .query_one(
            "insert into retold.device (tenant, device, person, name, scopes, expires_at)
            select $1, coalesce(max(device), 0) + 1, $2, $3, $4, $5 from retold.device where tenant = $1
            on conflict (tenant, person, name)
                do update set revoked_at = null, scopes = excluded.scopes, expires_at = excluded.expires_at
            returning device",
            &[&tenant, &person, &new.device, &scopes, &expires_at],
        )?
        .get(0);
    let token = Token::random(TokenId { tenant, device });
    transaction.execute(
        "update retold.device set token_sha256 = $3 where tenant = $1 and device = $2",
        &[&tenant, &device, &token.digest().as_slice()],
    )?;
    transaction.commit()?;
    Ok(Some(token))
}

/// Revokes a machine and its token, at once: what is under way is finished. Returns whether there is one.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn revoke(client: &mut Client, id: TokenId) -> Result<bool, Error> {
    let revoked = client.execute(
        "update retold.device set revoked_at = coalesce(revoked_at, now()) where tenant = $1 and device = $2 and token_sha256 is not null",
        &[&id.tenant, &id.device],
    )?;
    Ok(revoked == 1)
}

/// A token, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which one.
    pub id: TokenId,
    /// The person's name.
    pub person: String,
    /// The machine's name.
    pub device: String,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// Since when it does not.
    pub revoked_at: Option<Timestamp>,
}

/// Returns the tokens of a team, by their machines' numbers.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn list(client: &mut Client, tenant: i64) -> Result<Vec<Issued>, Error> {
    let rows = client.query(
        "select d.device, p.name, d.name, d.scopes, d.expires_at, d.revoked_at from retold.device d
        join retold.person p on p.tenant = d.tenant and p.person = d.person
        where d.tenant = $1 and d.token_sha256 is not null order by d.device",
        &[&tenant],
    )?;
    let time = |row: &postgres::Row, at: usize| {
        row.get::<_, Option<std::time::SystemTime>>(at).and_then(|time| Timestamp::try_from(time).ok())
    };
    let issued = rows.iter().map(|row| {
        let scopes: i16 = row.get(3);
        Issued {
            id: TokenId { tenant, device: row.get(0) },
            person: row.get(1),
            device: row.get(2),
            scopes: Scope::ALL.into_iter().filter(|scope| scopes & scope.bit() != 0).collect(),
            expires_at: time(row, 4),
            revoked_at: time(row, 5),
        }
    });
    Ok(issued.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_shown_without_its_secret() {
        let token = Token::random(TokenId { tenant: 7, device: 12 });
        assert_eq!(Token::read(token.as_str()).unwrap(), token);
        assert_eq!(token.id(), TokenId { tenant: 7, device: 12 });
        let shown = format!("{token:?}");
        assert!(shown.contains("7-12") && !shown.contains(&token.as_str()[8..20]), "{shown}");
        let secret = "0".repeat(SECRET_DIGITS);
        for none in [
            "",
            "rt_",
            "rt_1-2_",
            &format!("rt_1-2_{}", &secret[1..]),
            &format!("rt_1_{secret}"),
            &format!("rt_-1-2_{secret}"),
            &format!("rt_+1-2_{secret}"),
            &format!("rt_1-99999999999_{secret}"),
            &format!("rt_1-2_{secret}0"),
            &format!("rt_1-2_{}\n", &secret[1..]),
            &format!("xt_1-2_{secret}"),
        ] {
            assert_eq!(Token::read(none), None, "{none}");
        }
    }
}
