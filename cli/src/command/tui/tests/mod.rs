//! The model, the data and the screen together, without a terminal.

#[cfg(unix)]
mod copied;
mod desk;
mod hostile;
mod long;
mod moves;
mod screens;

use desk::{Desk, Place};
