//! One shipment after another: what may leave now, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use retold_core::raw::workspace_keys;
use retold_core::{Log, Position};
use retold_team::receiver::{self, Boxed};
use retold_team::ship::{Finding, Leaving, Options, Scope, ShipError, Shipped, Shipper, survey};

use super::hint::Hint;
use super::target::{Target, failure_of};
use super::{Level, Ship};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// How often the log is looked at while it is followed.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

impl From<Level> for receiver::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::None => Self::None,
            Level::Headers => Self::Headers,
            Level::Facts => Self::Facts,
            Level::All => Self::All,
        }
    }
}

/// What may leave of the log as it is now.
struct Leaves {
    scope: Scope,
    until: u64,
    hint: Hint,
    were_private: Option<BTreeSet<String>>,
    /// What holds workspaces back.
    held: BTreeMap<String, Vec<Finding>>,
    leaving: BTreeMap<String, Leaving>,
}

pub(super) fn ship(ship: Ship, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let given = ship.target.clone().unwrap_or_default();
    let target = Target::read(&given, ship.insecure, context)?;
    let log = context.open()?;
    let mut told = None;
    let mut shipped_to = None;
    let mut shipper = Shipper::new(|| target.connect());
    loop {
        let head = log.reader()?.head()?.position;
        if shipped_to != Some(head) || ship.dry_run {
            let leaves = what_leaves(&ship, &target, &log, head)?;
            if ship.dry_run {
                return show(context, &log, &leaves);
            }
            let held: Vec<String> = leaves.held.keys().cloned().collect();
            if told.as_ref() != Some(&held) {
                tell_held(context, &leaves.held);
                told = Some(held);
            }
            match round(&ship, &mut shipper, &log, leaves, context) {
                Ok(()) => shipped_to = Some(head),
                // Whoever follows waits for the network; what does not pass ends it.
                Err(failure) if ship.follow && failure.exit() == Exit::Busy => context.tell(&failure),
                Err(failure) => return Err(failure),
            }
        }
        if !ship.follow {
            let is_partial = told.is_some_and(|held| !held.is_empty());
            return Ok(if is_partial { Exit::Quarantined } else { Exit::Done });
        }
        if !context.io.rest(POLL_INTERVAL) {
            return Ok(Exit::Interrupted);
        }
    }
}

fn what_leaves(ship: &Ship, target: &Target, log: &Log, head: Position) -> Result<Leaves, Failure> {
    let level = receiver::Level::from(ship.level);
    let keys = {
        let mut reader = log.reader()?;
        let (connection, _) = reader.raw();
        workspace_keys(connection)?
    };
    for key in ship.workspace.iter().chain(&ship.allow) {
        if !keys.contains(key) {
            return Err(Failure::usage(format!("cannot ship {key}: there is no workspace of this key"))
                .hint("`retold sql 'select distinct workspace from sessions'` lists them"));
        }
    }
    let is_chosen = |key: &String| ship.workspace.is_empty() || ship.workspace.contains(key);
    let mut private: BTreeSet<String> = keys.into_iter().filter(|key| !is_chosen(key)).collect();
    let (name, id) = (target.name(), log.id().to_string());
    let known = Hint::of(log.path(), &name, &id);
    let were_private = known.as_ref().map(|known| known.private.clone());
    let mut hint = known.unwrap_or_else(|| Hint { target: name, log: id, ..Hint::default() });
    let scope = Scope { level, private: private.clone() };
    if hint.level != level.name() || !hint.unscanned.is_subset(&private) || hint.scanned > head.get() {
        hint.scanned = 0;
        hint.findings.clear();
    }
    // What was found may be redacted by now.
    let mut findings = BTreeSet::new();
    for position in hint.findings.iter().map(|finding| finding.position).collect::<BTreeSet<_>>() {
        findings.extend(survey(log, &scope, position, position).map_err(read_failure)?.findings);
    }
    let first = if ship.dry_run { hint.position.min(hint.scanned) } else { hint.scanned } + 1;
    let new = survey(log, &scope, first, head.get()).map_err(read_failure)?;
    findings.extend(new.findings);
    let allowed = |finding: &&Finding| ship.allow.contains(&finding.workspace);
    hint.allowed.extend(findings.iter().filter(allowed).cloned().collect::<Vec<_>>());
    hint.allowed.retain(|finding| findings.contains(finding));
    let mut held: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in findings.difference(&hint.allowed) {
        held.entry(finding.workspace.clone()).or_default().push(finding.clone());
    }
    (hint.scanned, hint.unscanned) = (head.get(), private.clone());
    (hint.findings, hint.level) = (findings, level.name().to_owned());
    private.extend(held.keys().cloned());
    let scope = Scope { level, private };
    Ok(Leaves { scope, until: head.get(), hint, were_private, held, leaving: new.leaving })
}

fn round(
    ship: &Ship,
    shipper: &mut Shipper<impl FnMut() -> Result<Boxed, receiver::Error>, Boxed>,
    log: &Log,
    leaves: Leaves,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let Leaves { scope, until, mut hint, were_private, .. } = leaves;
    let progress = context.watch("shipping");
    let name = hint.target.clone();
    let sent = {
        let clock = std::sync::Arc::clone(&context.io.clock);
        let mut options = Options {
            scope,
            were_private,
            until: Some(until),
            device: ship.device.clone().unwrap_or_else(host_name),
            clock: &move || clock(),
            wait: &|wait| {
                context.io.rest(wait);
            },
            progress: &progress.follow(),
        };
        shipper.ship(log, &mut options)
    };
    progress.end();
    hint.at = retold_core::time::to_micros((context.io.clock)());
    match &sent {
        Ok(shipped) => {
            (hint.position, hint.diverged) = (shipped.head.position.get().min(until), None);
            hint.private.clone_from(&shipped.private);
        }
        Err(ShipError::Diverged(divergence)) => hint.diverged = Some(divergence.common.position.get()),
        Err(_) => {}
    }
    if sent.is_ok() || hint.diverged.is_some() {
        // A store that cannot be written beside is shipped all the same.
        let _only_a_hint = hint.keep(log.path());
    }
    let shipped = sent.map_err(|error| failure(&name, error))?;
    tell(context, &name, &shipped, receiver::Level::from(ship.level));
    Ok(())
}

fn tell(context: &mut Context<'_>, name: &str, shipped: &Shipped, asked: receiver::Level) {
    let new = match shipped.events {
        0 => "nothing new".to_owned(),
        events => format!("{} in {}", counted(events, "event"), counted(shipped.shipments, "shipment")),
    };
    context.note(&format!(
        "{name}: {new}, at level {}; it has the log up to {}",
        shipped.level, shipped.head.position
    ));
    if shipped.supplied > 0 {
        context.note(&format!(
            "what was held back of {} may leave now, and did",
            counted(shipped.supplied, "event")
        ));
    }
    if shipped.level < asked {
        context.note(&format!("the team takes no more than {}", shipped.level));
    }
    if shipped.ahead > 0 {
        context.note(&format!(
            "warning: the receiver has {} more of this log: this store is an older copy. What is written to it now will diverge; \
            `retold store restore` makes a log of its own of a copy",
            counted(shipped.ahead, "event")
        ));
    }
}

fn tell_held(context: &mut Context<'_>, held: &BTreeMap<String, Vec<Finding>>) {
    for (workspace, findings) in held {
        let first = &findings[0];
        context.note(&format!(
            "warning: nothing leaves of workspace {workspace}: {} that look like a secret, the first at position {} ({}). \
            `retold redact --secrets` takes them out; --allow {workspace} ships them",
            counted(findings.len() as u64, "place"),
            first.position,
            first.rule
        ));
    }
}

fn show(context: &mut Context<'_>, log: &Log, leaves: &Leaves) -> Result<Exit, Failure> {
    let head = log.reader()?.head()?;
    let columns = ["workspace", "level", "events", "bodies", "bytes", "held_by", "held_at"];
    let mut rows = context.rows(head, columns)?;
    for (workspace, leaving) in &leaves.leaving {
        let held = leaves.held.get(workspace).and_then(|findings| findings.first());
        let level = if held.is_some() { receiver::Level::None } else { leaves.scope.level };
        rows.push([
            workspace.clone().into(),
            level.name().to_owned().into(),
            leaving.events.into(),
            leaving.bodies.into(),
            leaving.bytes.into(),
            held.map(|finding| finding.rule.clone()).into(),
            held.map(|finding| finding.position).into(),
        ])?;
    }
    rows.finish()?;
    Ok(if leaves.held.is_empty() { Exit::Done } else { Exit::Quarantined })
}

fn read_failure(error: ShipError) -> Failure {
    match error {
        ShipError::Core(error) => error.into(),
        other => Failure::caused(Exit::Io, &other),
    }
}

fn failure(name: &str, error: ShipError) -> Failure {
    match error {
        ShipError::Core(error) => error.into(),
        ShipError::Receiver(error) => failure_of("ship to", name, &error),
        ShipError::Interrupted => Failure::interrupted(),
        ShipError::Diverged(divergence) => Failure::new(
            Exit::OtherHead,
            format!("cannot ship to {name}: it has other events of this log after position {}", divergence.common.position),
        )
        .hint("two copies of one store were written to; `retold store restore` makes a log of its own of one of them"),
        ShipError::Refused(why) => Failure::new(Exit::Refused, format!("cannot ship to {name}: {why}"))
            .hint("`retold team add person` adds a person; a log belongs to the person who shipped it first"),
        ShipError::Upgrade(from) => Failure::new(
            Exit::Refused,
            format!("cannot ship to {name}: it speaks the protocol from version {from} on, and this program does not"),
        )
        .hint("a newer release of retold does"),
        ShipError::Busy => Failure::new(Exit::Busy, format!("cannot ship to {name}: it is busy"))
            .hint("nothing is lost: the next `retold ship` goes on where this one ended"),
        other => Failure::caused(Exit::Io, &other),
    }
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
