//! The loop: what is wanted is answered, a frame is drawn, a key is awaited.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, Event};
use crossterm::execute;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;

use super::data::Data;
use super::keys;
use super::model::{Input, Left, Model, Want};
use super::screen::{self, Theme};
use super::terminal::{Taken, telling_panics};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Keys that are taken in between two frames: whoever holds one down sees where he is.
const KEYS_A_FRAME: usize = 32;
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
    let interrupt = std::sync::Arc::clone(&context.io.interrupt);
    let is_interrupted = move || interrupt.load(Ordering::Relaxed);
    let out = &mut *context.io.out;
    let left = telling_panics(|| {
        let mut taken = Taken::over(out).map_err(Failure::output)?;
        go_on(&mut taken.out, model, data, theme, is_interrupted)
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
    let mut terminal = Terminal::new(CrosstermBackend::new(out)).map_err(Failure::output)?;
    loop {
        for want in model.wants() {
            if let Want::Clipboard(text) = &want {
                execute!(terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
                    .map_err(Failure::output)?;
            }
            let answer = data.answer(want)?;
            model.take(answer);
        }
        let frame = |frame: &mut ratatui::Frame<'_>| screen::draw(model, theme, frame.buffer_mut());
        terminal.draw(frame).map_err(Failure::output)?;
        if let Some(left) = model.left {
            return Ok(left);
        }
        let rest = model.rest().min(WAIT_MAX);
        for key in 0..KEYS_A_FRAME {
            let wait = if key == 0 { rest } else { Duration::ZERO };
            if !event::poll(wait).map_err(Failure::output)? {
                break;
            }
            match event::read().map_err(Failure::output)? {
                Event::Key(key) => {
                    if let Some(input) = keys::input(&key, model.is_typing()) {
                        model.update(input);
                    }
                }
                Event::Paste(text) => model.update(Input::Text(text)),
                Event::Resize(width, height) => model.update(Input::Resize(Size { width, height })),
                _ => {}
            }
        }
        if is_interrupted() {
            return Ok(Left::Interrupted);
        }
        model.update(Input::Tick(began.elapsed()));
    }
}
