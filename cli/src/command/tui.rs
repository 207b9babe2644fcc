//! `retold tui`: sessions, their events, and what each of them made of the session, on the whole terminal.

mod copied;
mod data;
mod keys;
mod model;
mod run;
mod screen;
mod terminal;
#[cfg(test)]
mod tests;

use ratatui::layout::Size;
use retold_projections::Store;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;
use data::{Data, UserEnv};
use model::{Action, Answer, Input, Model, Opening, Want};
use screen::Theme;

/// Browse events, states, differences and blame in the terminal
///
/// The arrows step from event to event; beside them is the session as it was then. `?` shows every key, `q` leaves.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold tui                      the session that is running, or was updated last
  retold tui 5f0c2a1e             one session, at its head; what comes is followed
  retold tui 5f0c2a1e --at r7     as it was after its seventh event
  retold tui --at mark:release    the session whose event is marked")]
pub(crate) struct Tui {
    /// The session: its id, a beginning of it that no other has, or ID~ORDINAL
    #[arg(value_name = "SESSION")]
    session: Option<String>,
}

impl Run for Tui {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if !context.is_table() {
            return Err(Failure::usage("tui: it is shown to people").hint(
                "`retold show SESSION -o json` and `retold log SESSION -o jsonl` tell the same to programs",
            ));
        }
        if !context.io.out_is_terminal || !context.io.input_is_terminal {
            let what = if context.io.out_is_terminal { "input" } else { "output" };
            return Err(Failure::usage(format!("tui: the standard {what} is not a terminal"))
                .hint("`retold show SESSION` and `retold log SESSION` tell the same to a pipe"));
        }
        if context.io.variable("TERM").is_some_and(|term| term == "dumb") {
            return Err(Failure::usage("tui: this terminal cannot move its cursor: TERM is dumb")
                .hint("`retold show SESSION` and `retold log SESSION` tell the same line by line"));
        }
        let store = context.open_store()?;
        context.warn_if_behind(&store)?;
        let env = UserEnv {
            clock: context.clock(),
            now: std::sync::Arc::clone(&context.io.clock),
            zone: context.zone(),
        };
        let mut data = Data::of(&store, env)?;
        let mut model = self.model(context, &store, &mut data)?;
        let colour = context.out_colour();
        run::run(context, &mut model, &mut data, Theme { colour })
    }
}

impl Tui {
    /// Returns the first state: the session and the moment that were named.
    fn model(&self, context: &mut Context<'_>, store: &Store, data: &mut Data<'_>) -> Result<Model, Failure> {
        let reader = store.log().reader()?;
        let cells = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let size = Size { width: cells(context.io.columns), height: cells(context.io.lines) };
        let named = context.global.store.as_ref().map(|path| path.display().to_string());
        let mut model = Model::new(size, named);
        model.zone = context.zone();
        model.clock = context.clock();
        let found =
            self.session.as_deref().map(|session| session::resolve(context, &reader, session)).transpose()?;
        let is_at = context.global.at.is_some();
        let as_of = match &found {
            Some(found) => context.as_of(&reader, Some(found))?,
            None => context.as_of_all(&reader)?,
        };
        let opening = match (found, is_at) {
            (Some(found), _) => Some(data.at(found.name, as_of.happening(), as_of.position)?),
            (None, true) => {
                let moment = as_of.moment;
                let past = past::ask(context, store, moment, &|| true, |store, progress| {
                    store.temporal(moment, progress)
                })?;
                data.list_past(past.ok_or_else(Failure::interrupted)?);
                let position = data.last_of(as_of.moment)?;
                let name = data.session_at(position)?;
                Some(data.at(name, as_of.happening(), position)?)
            }
            (None, false) => None,
        };
        match opening {
            Some(opening) => {
                model.open(opening);
                model.update(Input::Act(Action::Focus(1)));
            }
            None => newest(&mut model, data)?,
        }
        Ok(model)
    }
}

/// Opens the session that is running, and moved last of those; else the one that was updated last, where there is one.
fn newest(model: &mut Model, data: &mut Data<'_>) -> Result<(), Failure> {
    for want in model.wants() {
        model.take(data.answer(want)?);
    }
    let running = model.sessions.rows.iter().find(|row| row.is_running);
    let Some(name) = running.or(model.sessions.chosen()).map(|row| row.name.clone()) else { return Ok(()) };
    if let Answer::Opened(Opening { name, last, at }) = data.answer(Want::Open { name, at: None })? {
        model.open(Opening { name, last, at });
    }
    Ok(())
}
