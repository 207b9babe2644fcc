//! The model, the data and the screen together, without a terminal.

mod any_keys;
#[cfg(unix)]
mod copied;
mod desk;
mod families;
mod hostile;
mod long;
mod moves;
mod screens;
mod talk;
mod texts;
mod widths;

use desk::{Desk, Place};
