//! The loop: what is wanted is answered, a frame is drawn, a key is awaited.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, Event};
use crossterm::execute;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::data::Data;
use super::keys;
use super::model::{Input, Left, Model, Want};
use super::screen::{self, Theme};
use super::terminal::{Taken, telling_panics};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// Keys that are taken in between two frames: whoever holds one down sees where he is.
const KEYS_A_FRAME: usize = 32;
/// The shortest wait for a key: without any, crossterm does not look for one.
const WAIT_MIN: Duration = Duration::from_millis(1);
/// How long to wait before a look at whether somebody asked the process to stop.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// Runs it until somebody leaves.
pub(super) fn run(
    context: &mut Context<'_>,
    model: &mut Model,
    data: &mut Data<'_>,
    theme: Theme,
) -> Result<Exit, Failure> {
    crossterm::style::force_color_output(theme.colour);
    let interrupt = Arc::clone(&context.io.interrupt);
    let (out, err) = (&mut *context.io.out, &mut *context.io.err);
    let act = || {
        let mut taken = Taken::over(out).map_err(lost)?;
        go_on(&mut taken.out, model, data, theme, || interrupt.load(Ordering::Relaxed))
    };
    let left = telling_panics(act, |words| {
        // Nobody who closed stderr misses it.
        let _unheard = writeln!(err, "{words}");
    })?;
    match left {
        Left::Quit => Ok(Exit::Done),
        Left::Interrupted => Err(Failure::interrupted()),
    }
}

fn go_on(
    out: &mut impl Write,
    model: &mut Model,
    data: &mut Data<'_>,
    theme: Theme,
    is_interrupted: impl Fn() -> bool,
) -> Result<Left, Failure> {
    let began = Instant::now();
    let mut terminal = Terminal::new(CrosstermBackend::new(out)).map_err(lost)?;
    model.update(Input::Resize(terminal.size().map_err(lost)?));
    let mut is_news = true;
    loop {
        for want in model.wants() {
            if let Want::Clipboard(text) = &want {
                execute!(terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text)).map_err(lost)?;
            }
            model.take(data.answer(want)?);
            is_news = true;
        }
        if is_news {
            // A terminal that knows how shows the frame at once.
            execute!(terminal.backend_mut(), BeginSynchronizedUpdate).map_err(lost)?;
            terminal.draw(|frame| screen::draw(model, theme, frame.buffer_mut())).map_err(lost)?;
            execute!(terminal.backend_mut(), EndSynchronizedUpdate).map_err(lost)?;
        }
        if let Some(left) = model.left {
            return Ok(left);
        }
        is_news = listen(model)?;
        // The news of another size may be lost: what it is now is looked at with every round.
        let size = terminal.size().map_err(lost)?;
        if size != model.size {
            model.update(Input::Resize(size));
            is_news = true;
        }
        if is_interrupted() {
            return Ok(Left::Interrupted);
        }
        model.update(Input::Tick(began.elapsed()));
    }
}

/// Takes in the keys that were pressed, or waits for one; returns whether there was any.
fn listen(model: &mut Model) -> Result<bool, Failure> {
    let mut wait = model.rest().clamp(WAIT_MIN, WAIT_MAX);
    for nth in 0..KEYS_A_FRAME {
        if !event::poll(wait).map_err(lost)? {
            return Ok(nth > 0);
        }
        match event::read().map_err(lost)? {
            Event::Key(key) => {
                let input = keys::input(&key, model.is_typing());
                input.into_iter().for_each(|input| model.update(input));
            }
            Event::Mouse(mouse) => {
                keys::mouse(&mouse).into_iter().for_each(|input| model.update(input));
            }
            Event::Paste(text) => model.update(Input::Text(text)),
            _ => {}
        }
        wait = WAIT_MIN;
    }
    Ok(true)
}

/// What a terminal that cannot be used comes to.
fn lost(error: std::io::Error) -> Failure {
    Failure::new(Exit::Io, format!("use the terminal: {}", io_words(&error)))
}
