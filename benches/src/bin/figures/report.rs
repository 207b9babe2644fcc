//! Everything that was measured.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Instant;

use serde::Serialize;

use crate::Outcome;
use crate::arguments::Group;
use crate::bench::{Bench, Scale};
use crate::figure::Figure;
use crate::machine::{self, Clocks};
use crate::table::table;

/// CPU of others above which a figure says more of them than of us, in cores.
const OTHERS_MAX: f64 = 0.15;

/// The whole run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    sizes: &'static str,
    cores: usize,
    sqlite: &'static str,
    load_averages_before: String,
    load_averages_after: String,
    groups: Vec<Measured>,
}

/// What was measured together.
#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    seconds: f64,
    /// The CPU that other processes took meanwhile, in cores.
    others_cores: f64,
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn begin(bench: &Bench) -> Self {
        let sizes = match bench.scale {
            Scale::FULL => "full",
            Scale::QUICK => "a tenth",
            _ => "next to nothing",
        };
        Self {
            sizes,
            cores: retold_core::cores(),
            sqlite: rusqlite::version(),
            load_averages_before: machine::load_averages(),
            load_averages_after: String::new(),
            groups: Vec::new(),
        }
    }

    pub(crate) fn measure(&mut self, group: Group, bench: &Bench) -> Outcome<()> {
        let (start, clocks) = (Instant::now(), Clocks::now());
        let mut figures = group.measure(bench)?;
        let seconds = start.elapsed().as_secs_f64();
        let others_cores = clocks.others_since();
        for figure in &mut figures {
            figure.others_cores.get_or_insert(others_cores);
        }
        self.load_averages_after = machine::load_averages();
        self.groups.push(Measured { name: group.name(), seconds, others_cores, figures });
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sizes, cores, sqlite, load_averages_before, load_averages_after, groups } = self;
        writeln!(
            f,
            "sizes: {sizes}; {cores} cores; SQLite {sqlite}; load averages before: {load_averages_before}, after: \
             {load_averages_after}\n"
        )?;
        f.write_str(&table(groups.iter().flat_map(|group| &group.figures)))?;
        writeln!(f)?;
        let notes: BTreeSet<&String> = groups
            .iter()
            .flat_map(|group| &group.figures)
            .filter_map(|figure| figure.note.as_ref())
            .collect();
        notes.into_iter().try_for_each(|note| writeln!(f, "{note}"))?;
        for Measured { name, seconds, others_cores, .. } in groups {
            let warning = if *others_cores > OTHERS_MAX { ": measure again on a quiet machine" } else { "" };
            writeln!(
                f,
                "{name}: {seconds:.0} s, in which others took {others_cores:.2} of {cores} cores{warning}"
            )?;
        }
        Ok(())
    }
}
