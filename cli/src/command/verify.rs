//! `retold verify`: the whole log against its hashes, and what follows from it against the log.

mod expected;
#[cfg(feature = "team")]
mod remote;
mod unread;

use std::path::Path;

use retold_core::{Fault, Position, Scope, Verified};
use retold_projections::{Checked, CheckedProjection, ProjectionState, Store};
use retold_travel::Point;

use super::{Run, projections};
use crate::context::Context;
use crate::damage;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::printable::printable;
use crate::words::of_part;
use expected::ExpectedHeads;

/// Check events, texts and read models against the log's hashes
///
/// Reads on after what is wrong, and names the first place of each kind. Rows that no hash covers (marks, the importer's
/// records, idempotency keys, the list of backups) are read by SQLite's own check alone; backups and archives are stores of
/// their own. With --full it also says what else it did not read. What a log that passes proves, and what it does not,
/// is in docs/TRUST.md.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold verify                      exits with 10 where the store is damaged
  retold verify --expect 1234:9f3a…  also that the log still holds this head
  retold verify --expect heads.txt   and all the heads that were kept in a file
  retold verify --since 1234         only what came after
  retold verify --full               also every row of the read models and projections")]
pub(crate) struct Verify {
    /// Only the events after a point, and the texts they refer to
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, conflicts_with = "full")]
    since: Option<Point>,
    /// A head that was kept elsewhere, or a file of them: exits with 11 where the log has another event there, 12 where
    /// it is shorter
    #[arg(long, value_name = "POSITION:HASH|FILE")]
    expect: Option<ExpectedHeads>,
    /// The chain alone: no texts outside of events, no read models, no check by SQLite
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Make the read models' rows of every session again, not only of a sample, and those of every projection
    #[arg(long)]
    full: bool,
}

/// Session records whose rows are made again, where not all are.
const SAMPLE: u32 = 200;

impl Run for Verify {
    const READS_POINTS: bool = true;
    const ASKS_SERVERS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        #[cfg(feature = "team")]
        if let Some(address) = context.server() {
            return self.ask(&address, context);
        }
        let path = context.store_path()?;
        match self.verify(context) {
            Err(failure) => unread(context, &path, &damage::found(failure, &path)?),
            verified => verified,
        }
    }
}

/// Tells of a store that cannot be read as far as it takes to verify it.
fn unread(context: &mut Context<'_>, path: &Path, found: &str) -> Result<Exit, Failure> {
    if context.is_table() {
        context.say(&format!("damaged: {}", printable(found)))?;
    } else {
        let mut rows = context.rows(crate::store::NO_HEAD, ["fault", "first", "count"])?;
        rows.push([found.into(), crate::output::Value::Null, 1_u64.into()])?;
        rows.finish_with(&[("sound", false.into())])?;
    }
    context.note(&format!("hint: `{}` saves what can be read and still verifies", damage::recover(path)));
    Ok(Exit::Damaged)
}

impl Verify {
    fn verify(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let kept = self.expect.as_ref().map(ExpectedHeads::heads).transpose()?;
        let store = context.open_store_as_it_is()?;
        let log = store.log();
        let reader = log.reader()?;
        let after = match &self.since {
            None => Position::ZERO,
            Some(point) => {
                let resolved = context.resolver(&reader, None).resolve(point)?;
                context.note_point(point, &resolved.said);
                resolved.head.position
            }
        };
        let begun = (context.io.clock)();
        let bar = context.watch("verify");
        let verified = log.verify_in(Scope { after, quick: self.quick }, bar.follow());
        bar.end();
        let verified = verified?;
        let elapsed = (context.io.clock)().duration_since(begun).as_secs_f64();
        // Rows that cannot be made again, because the log cannot be read, say nothing about the rows.
        let checks_models = !self.quick && after == Position::ZERO && verified.is_sound();
        let mut unread = Vec::new();
        if self.full && !checks_models {
            unread.push(
                "the read models and projections: the log that they would be compared with is damaged"
                    .to_owned(),
            );
        }
        let models = match checks_models {
            true => self.models(context, &store, &mut unread)?,
            false => None,
        };
        let projections = match checks_models && self.full {
            true => self.projections(context, &store, &mut unread)?,
            false => None,
        };
        let found = Found {
            verified: &verified,
            models: models.as_ref(),
            projections: projections.as_deref(),
            unread: &unread,
        };
        found.tell(context, elapsed)?;
        if !found.is_sound() {
            if let Some(hint) = found.hint() {
                context.note(&format!("hint: {hint}"));
            }
            if let Some(projections) = &projections {
                projections::check::hint(context, &store, projections)?;
                projections::check::mark(context, &store, projections);
            }
            return Ok(Exit::Damaged);
        }
        if let Some(projections) = &projections {
            projections::check::mark(context, &store, projections);
        }
        match kept {
            Some(kept) => expected::compare(&kept, log, &verified),
            None => Ok(Exit::Done),
        }
    }
}

impl Verify {
    /// Holds the read models against the log; `None` where there are none that could be.
    fn models(
        &self,
        context: &mut Context<'_>,
        store: &Store,
        unread: &mut Vec<String>,
    ) -> Result<Option<Checked>, Failure> {
        let status = store.status()?;
        match status.state {
            ProjectionState::CaughtUp => {}
            ProjectionState::Behind => context.warn_if_behind(store)?,
            ProjectionState::Absent => {
                if status.head.position > Position::ZERO {
                    unread.push(
                        "the read models, which are not there: `retold projections rebuild` makes them"
                            .to_owned(),
                    );
                }
                return Ok(None);
            }
            ProjectionState::Outdated => {
                unread.push(
                    "the read models, which another release made: `retold projections rebuild` makes them again"
                        .to_owned(),
                );
                return Ok(None);
            }
            _ => {
                let position = status.position;
                return Err(retold_projections::Error::Diverged { position }.into());
            }
        }
        let bar = context.watch("read models");
        let checked = store.check((!self.full).then_some(SAMPLE), bar.follow());
        bar.end();
        checked?.map(Some).ok_or_else(Failure::interrupted)
    }

    /// Holds every projection that has rows against the log; `None` where there is no room for that.
    fn projections(
        &self,
        context: &mut Context<'_>,
        store: &Store,
        unread: &mut Vec<String>,
    ) -> Result<Option<Vec<CheckedProjection>>, Failure> {
        let checked = match projections::check::run(context, store, &[], projections::check::With::Files) {
            // What is filled to compare with needs room beside the store.
            Err(failure) if failure.exit() == Exit::Io => {
                context.note("warning: the projections were not checked");
                context.tell(&failure);
                unread.extend(unread::projections(store.sidecars().names()?.len()));
                return Ok(None);
            }
            checked => checked?,
        };
        unread.extend(unread::of(context, store, &checked)?);
        Ok(Some(checked))
    }
}

/// What there is to tell.
struct Found<'a> {
    verified: &'a Verified,
    models: Option<&'a Checked>,
    projections: Option<&'a [CheckedProjection]>,
    unread: &'a [String],
}

impl Found<'_> {
    fn is_sound(&self) -> bool {
        self.verified.is_sound()
            && self.models.is_none_or(|models| models.different == 0)
            && self.damaged().next().is_none()
    }

    /// The projections whose rows are not what the log makes of them.
    fn damaged(&self) -> impl Iterator<Item = &CheckedProjection> {
        self.projections.into_iter().flatten().filter(|one| !one.is_sound())
    }

    /// The command that mends it, where one does.
    fn hint(&self) -> Option<&'static str> {
        if self.verified.is_sound() {
            let is_models = self.models.is_some_and(|models| models.different > 0);
            return is_models.then_some(
                "the log is the truth: `retold projections rebuild` makes the read models again from it",
            );
        }
        Some("`retold store recover STORE NEW` saves what can be read and still verifies")
    }

    fn tell(&self, context: &mut Context<'_>, elapsed: f64) -> Result<(), Failure> {
        let Verified { head, events, blobs, part, file, .. } = self.verified;
        let rate = (elapsed > 0.0).then(|| rate(*events, elapsed));
        let verdict = if self.is_sound() { "sound" } else { "damaged" };
        let mut line = format!("{verdict}: {}, {}", counted(*events, "event"), counted(*blobs, "blob"));
        if let Some(models) = self.models {
            line.push_str(&format!(", {}", counted(models.streams, "stream")));
        }
        if let Some(projections) = self.projections {
            line.push_str(&format!(", {}", counted(projections.len() as u64, "projection")));
        }
        if let Some(rate) = rate {
            line.push_str(&format!(", {rate} events/s"));
        }
        if !self.is_sound() || !context.is_table() {
            self.rows(context, rate)?;
        }
        for finding in file {
            context.note(&format!("file: {}", printable(finding)));
        }
        if let Some(models) = self.models {
            for (table, name) in &models.differences {
                context.note(&format!("read models: {table}, {}", printable(name)));
            }
        }
        for one in self.damaged() {
            let verdict = one.verdict().unwrap_or_default();
            context.note(&format!("projection {}@{}: {}", one.name, one.version, printable(&verdict)));
        }
        if context.is_table() {
            context.say(&line)?;
            context.say(&format!("head {}:{}", head.position, head.hash))?;
            if let Some(part) = part {
                context.say(&format!("part of a log: {}", of_part(part)))?;
            }
            for one in self.projections.into_iter().flatten() {
                if let Some(caveat) = one.caveat() {
                    context.say(&format!("projection {}@{}: {caveat}", one.name, one.version))?;
                }
            }
            return unread::told(self.unread).try_for_each(|line| context.say(&printable(&line)));
        }
        context.note(&line);
        Ok(())
    }

    fn rows(&self, context: &mut Context<'_>, rate: Option<u64>) -> Result<(), Failure> {
        let Verified { head, events, blobs, part, faults, .. } = self.verified;
        let mut rows = context.rows(*head, ["fault", "first", "count"])?;
        for (fault, (first, count)) in faults {
            let first = if *fault == Fault::File { crate::output::Value::Null } else { (*first).into() };
            rows.push([fault.to_string().into(), first, (*count).into()])?;
        }
        if let Some(models) = self.models.filter(|models| models.different > 0) {
            let fault = "read models differ from the log".into();
            rows.push([fault, crate::output::Value::Null, models.different.into()])?;
        }
        let damaged = self.damaged().count() as u64;
        if damaged > 0 {
            let fault = "projections differ from the log".into();
            rows.push([fault, crate::output::Value::Null, damaged.into()])?;
        }
        rows.finish_with(&[
            ("sound", self.is_sound().into()),
            ("events", (*events).into()),
            ("blobs", (*blobs).into()),
            ("absent", part.as_ref().map(|part| part.absent).into()),
            ("withheld", part.as_ref().map(|part| part.withheld).into()),
            ("streams", self.models.map(|models| models.streams).into()),
            ("projections", self.projections.map(|projections| projections.len() as u64).into()),
            ("events_per_second", rate.into()),
            (
                "uncompared_rows",
                self.projections.map(|all| all.iter().map(|one| one.uncompared).sum::<u64>()).into(),
            ),
            ("not_read", crate::output::Value::json(&self.unread)),
        ])
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float saturates, and none is negative"
)]
#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn rate(events: u64, elapsed: f64) -> u64 {
    (events as f64 / elapsed) as u64
}
