//! Gemini.

use std::io;
use std::path::{Path, PathBuf};

use super::{Format, Interpreter, Tool};
use crate::{Fact, Places, Record, Settled, Source};

#[derive(Debug)]
pub(super) struct Gemini;

impl Format for Gemini {
    fn tool(&self) -> Tool {
        Tool::Gemini
    }

    fn discover(&self, _places: &Places, _failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        Vec::new()
    }

    fn recognise(&self, _path: &Path) -> bool {
        false
    }

    fn interpreter(&self, _places: &Places) -> Box<dyn Interpreter> {
        Box::new(Reading)
    }
}

struct Reading;

impl Interpreter for Reading {
    fn record(&mut self, _source: &Source, _record: &Record<'_>, _each: &mut dyn FnMut(Fact)) {}

    fn settled(&self, _session: &str) -> Settled {
        Settled::default()
    }
}
