//! The model, the data and the screen together, without a terminal.

mod desk;
mod hostile;
mod long;
mod screens;

use desk::{Desk, Place};
