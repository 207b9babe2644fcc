//! What a command works with: the global options, the process, and how to answer.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ColorChoice;
use jiff::tz::TimeZone;
use retold_core::{Clock, Log, Operation, Options, Reader};
use retold_projections::{Found, ProjectionState, Store};
use retold_travel::{Anchor, Point, Resolver};
use serde::Serialize;

use crate::changes::Style;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::io::Io;
use crate::output::{AsOf, Format, Look, Rows, harmless};
use crate::pager::{Paged, Pager};
use crate::printable::printable;
use crate::progress::Watched;
use crate::settings::Settings;
use crate::store;

/// The program, as far as a command may use it: what knows every command is above all of them.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    /// Returns how the arguments of all commands are declared.
    pub(crate) declaration: fn() -> clap::Command,
    /// Runs a whole command line, the program's name first.
    pub(crate) run: fn(Vec<OsString>, &mut Io) -> Exit,
}

/// What a command works with.
pub(crate) struct Context<'io> {
    pub(crate) global: Global,
    /// What the person has set, below the options.
    pub(crate) settings: Settings,
    pub(crate) io: &'io mut Io,
    /// The program that the command is one of.
    pub(crate) program: Program,
    /// What its commits belong to.
    operation: Operation,
    /// What was opened where nothing locks it.
    unlocked: RefCell<Vec<Log>>,
    /// What is told at the end of the answer.
    warnings: RefCell<BTreeSet<String>>,
}

impl<'io> Context<'io> {
    pub(crate) fn new(
        global: Global,
        settings: Settings,
        operation: Operation,
        program: Program,
        io: &'io mut Io,
    ) -> Self {
        Self {
            global,
            settings,
            program,
            operation,
            io,
            unlocked: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// Returns the store's path: `--store`, else the one that is set, else the platform's place for it.
    ///
    /// # Errors
    /// Where the platform has no such place.
    pub(crate) fn store_path(&self) -> Result<PathBuf, Failure> {
        store::path(self.global.store.clone(), &self.settings, self.io)
    }

    /// Returns the address of a team's server, where that is named as the store.
    pub(crate) fn server(&self) -> Option<String> {
        let named = store::place(self.global.store.clone(), &self.settings, self.io)?.into_os_string();
        named.into_string().ok().filter(|text| store::is_address(text))
    }

    /// Opens the store for reading only.
    ///
    /// # Errors
    /// Those of [`Options::open`], with their exit codes and hints.
    pub(crate) fn open(&self) -> Result<Log, Failure> {
        let log = self.options().read_only(true).open(self.store_path()?)?;
        self.watch_over(&log);
        Ok(log)
    }

    /// Opens the store with its read models, for reading only.
    ///
    /// # Errors
    /// Those of [`Options::open`], with their exit codes and hints.
    pub(crate) fn open_store(&self) -> Result<Store, Failure> {
        let store = Store::open(self.store_path()?, self.options().read_only(true))?;
        self.watch_over(store.log());
        Ok(store)
    }

    /// Opens the store with its read models for reading only, whatever state they are in.
    ///
    /// # Errors
    /// Those of [`Options::open`], with their exit codes and hints.
    pub(crate) fn open_store_as_it_is(&self) -> Result<Store, Failure> {
        let store = Store::open_as_it_is(self.store_path()?, self.options().read_only(true))?;
        self.watch_over(store.log());
        Ok(store)
    }

    fn watch_over(&self, log: &Log) {
        if let Err(error) = retold_core::check_one_name(log.path()) {
            self.warnings.borrow_mut().insert(Failure::from(error).words());
        }
        if log.is_unlocked() {
            self.unlocked.borrow_mut().push(log.clone());
        }
    }

    /// Says at the end of an answer what is to be said of the store, and whether what was read is of one moment where nothing
    /// locked it.
    ///
    /// # Errors
    /// Where somebody wrote to a store that was read without locks.
    pub(crate) fn check_undisturbed(&mut self) -> Result<(), Failure> {
        for warning in self.warnings.take() {
            self.note(&format!("warning: {warning}"));
        }
        let unlocked = self.unlocked.borrow();
        Ok(unlocked.iter().try_for_each(Log::check_undisturbed)?)
    }

    /// Returns options for opening the store, with the program's clock; what is written belongs to this command.
    pub(crate) fn options(&self) -> Options {
        let clock = Arc::clone(&self.io.clock);
        Options::new().operation(self.operation.clone()).clock(move || clock())
    }

    /// Returns the position that the answer stands for, `--at` or the head, with its hash, and says what `--at` came to. A time
    /// is one of the session.
    ///
    /// # Errors
    /// Where `--at` names nothing, or, without a session, is a time by when things happened, which no position stands for.
    pub(crate) fn as_of(&mut self, reader: &Reader<'_>, session: Option<&Found>) -> Result<AsOf, Failure> {
        let Some(at) = self.global.at.clone() else { return Ok(reader.head()?.into()) };
        let resolved = self.resolver(reader, session).resolve(&at)?;
        self.note_point(&at, &resolved.said);
        Ok((&resolved).into())
    }

    /// Returns the moment of the whole log that the answer stands for, `--at` or the head, and says what `--at` came to.
    ///
    /// # Errors
    /// Where `--at` names nothing.
    pub(crate) fn as_of_all(&mut self, reader: &Reader<'_>) -> Result<AsOf, Failure> {
        let Some(at) = self.global.at.clone() else { return Ok(reader.head()?.into()) };
        let resolved = self.resolver(reader, None).resolve_moment(&at)?;
        self.note_point(&at, &resolved.said);
        Ok((&resolved).into())
    }

    /// Returns what finds the moments of points.
    pub(crate) fn resolver<'r, 'log>(
        &self,
        reader: &'r Reader<'log>,
        session: Option<&'r Found>,
    ) -> Resolver<'r, 'log> {
        let clock = self.clock();
        Resolver { reader, session, clock, now: (self.io.clock)(), zone: self.zone() }
    }

    /// Returns what a date means: `--clock`, else what is set.
    pub(crate) fn clock(&self) -> Clock {
        self.global.clock.or_else(|| self.settings.clock()).unwrap_or_default()
    }

    /// Returns the zone of what is typed without one, and of what is shown to a person: UTC with `--utc`, else theirs.
    pub(crate) fn zone(&self) -> TimeZone {
        if self.global.utc { TimeZone::UTC } else { self.io.time_zone.clone() }
    }

    /// Says that `TZ` names no zone.
    pub(crate) fn warn_of_zone(&mut self) {
        if self.io.time_zone.is_unknown() && !self.global.utc {
            let name = self.io.variable("TZ").unwrap_or_default();
            let name = name.to_string_lossy();
            self.note(&format!(
                "warning: TZ={name} names no time zone that is known here: times are read and shown in UTC"
            ));
        }
    }

    /// Says what a point came to; a position is what it is.
    pub(crate) fn note_point(&mut self, point: &Point, said: &str) {
        if !is_plain(point) {
            self.note(&format!("{point}: {said}"));
        }
    }

    /// Returns whether the answer is a table, for a person.
    pub(crate) fn is_table(&self) -> bool {
        self.global.output == Format::Table
    }

    /// Begins an answer with these columns.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn rows(
        &mut self,
        as_of: impl Into<AsOf>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Rows<'_>, Failure> {
        let look = Look {
            columns: self.io.out_is_terminal.then_some(self.io.columns),
            colour: self.colour(self.io.out_is_terminal),
            zone: self.zone(),
        };
        let pager = self.pager();
        let interrupt = Arc::clone(&self.io.interrupt);
        Rows::begin(&mut *self.io.out, self.global.output, look, pager, interrupt, as_of.into(), columns)
    }

    /// Returns how patches are written, after an indent.
    pub(crate) fn style(&self, indent: &'static str) -> Style {
        Style {
            indent,
            columns: self.io.out_is_terminal.then_some(self.io.columns),
            colour: self.colour(self.io.out_is_terminal),
        }
    }

    /// Answers with one JSON document, on one line or on many.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn document(&mut self, document: &impl Serialize, pretty: bool) -> Result<(), Failure> {
        let text = match pretty {
            true => serde_json::to_string_pretty(document),
            false => serde_json::to_string(document),
        };
        self.say(&harmless(text.map_err(|error| Failure::output(error.into()))?))
    }

    /// Says where the read models do not hold every event: their answer is of an earlier moment.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn warn_if_behind(&mut self, store: &Store) -> Result<(), Failure> {
        let status = store.status()?;
        if status.state != ProjectionState::CaughtUp && status.head.position > status.position {
            self.note(&format!(
                "warning: the read models hold events up to position {} of {}: `retold projections rebuild` fills them again",
                status.position, status.head.position
            ));
        }
        Ok(())
    }

    fn pager(&self) -> Option<Pager> {
        if self.global.no_pager { None } else { Pager::of(self.io, self.settings.pager()) }
    }

    /// Returns the way of a text to a person that comes in parts.
    pub(crate) fn paged(&self) -> Paged {
        let pager = self.pager();
        Paged::new(pager, Arc::clone(&self.io.interrupt))
    }

    /// Answers with a text for a person, through the pager where it is longer than the screen.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let mut paged = self.paged();
        paged.write(text, &mut *self.io.out)?;
        paged.end(&mut *self.io.out)
    }

    /// Says a line that belongs to the answer.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.io.out, "{line}").map_err(Failure::output)
    }

    /// Says a line beside the answer, unless `--quiet`.
    pub(crate) fn note(&mut self, line: &str) {
        if !self.global.quiet {
            // What was said before is before it; where that fails, the end of the answer tells.
            let _told_later = self.io.out.flush();
            for line in line.split('\n') {
                // Nobody who closed stderr misses a note.
                let _unheard = writeln!(self.io.err, "{}", printable(line));
            }
        }
    }

    /// Tells a failure that the command goes on after.
    pub(crate) fn tell(&mut self, failure: &Failure) {
        let colour = self.error_colour();
        let _told_later = self.io.out.flush();
        let _unheard = failure.tell(&mut self.io.err, colour);
    }

    /// Begins long work: a person sees on a terminal how far it is, and Ctrl-C stops it.
    pub(crate) fn watch(&self, what: &str) -> Watched {
        Watched::new(self.io.err_is_terminal && !self.global.quiet, what, Arc::clone(&self.io.interrupt))
    }

    /// Begins long work whose answer may go to the terminal that its progress would be drawn on: nobody sees it then.
    pub(crate) fn watch_beside(&self, what: &str, is_on_terminal: bool) -> Watched {
        let is_seen = self.io.err_is_terminal && !self.global.quiet && !is_on_terminal;
        Watched::new(is_seen, what, Arc::clone(&self.io.interrupt))
    }

    /// Returns whether to colour what goes to stderr.
    pub(crate) fn error_colour(&self) -> bool {
        self.colour(self.io.err_is_terminal)
    }

    /// Returns whether to colour the answer.
    pub(crate) fn out_colour(&self) -> bool {
        self.colour(self.io.out_is_terminal)
    }

    fn colour(&self, is_terminal: bool) -> bool {
        match self.global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.io.wants_colour(is_terminal, self.settings.colour()),
        }
    }
}

/// Whether a point is a position: what it comes to need not be told.
pub(crate) fn is_plain(point: &Point) -> bool {
    matches!(point, Point { anchor: Anchor::Position(_), offset: None })
}
