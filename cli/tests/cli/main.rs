//! What the program says, command by command, in process: nothing here reads the real environment or home folder.

mod errors;
mod head;
mod help;
mod log;
mod sql;
mod support;
mod verify;
