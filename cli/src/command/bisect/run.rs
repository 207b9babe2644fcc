//! `retold bisect run`: a program tells good from bad.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use retold_core::{Log, Position, Progress, Unit};
use retold_travel::{Frame, Tested, Timeline, Verdict, bisect_run};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::{Value, counted};
use crate::pager;
use crate::travel_args;

/// Find the first event after which a program of yours fails
///
/// It gets the session's document as JSON on its standard input, and says what it is by its exit code, as with `git bisect
/// run`: 0 good, 125 cannot tell, 1 to 127 bad, anything else ends the search. What it writes goes to standard error. The
/// state before the range counts as good, the one at its end as bad; halves are tried between. States are those that the log
/// had, also between dates: what was corrected later is not in them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold bisect run r1..head 5f0c2a1e -- sh -c '! grep -q panic'
  retold bisect run ..r40 5f0c2a1e -- ./check.py")]
pub(super) struct Run {
    /// The range: A..B
    range: String,
    /// The session
    session: String,
    /// The program, with its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// How long to wait for the program before a look at whether somebody pressed Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

impl Run {
    pub(super) fn run(self, context: &mut Context<'_>, log: &Log) -> Result<Exit, Failure> {
        let range = travel_args::parse_range(&self.range)?;
        let (found, mut timeline) = travel_args::begin(context, log, &self.session)?;
        let (after, to) = context.span(timeline.reader(), Some(&found), Some(&range))?;
        let events = timeline.revision_at(to.position)?.get() - timeline.revision_at(after)?.get();
        // Events never change: the store is let go while the program works.
        timeline.reader().end()?;
        // Both ends, and then halves.
        let steps = u64::from(u64::BITS - events.leading_zeros()) + 2;
        let bar = context.watch("bisect");
        let mut number = 0;
        let outcome = bisect_run::<Failure>(&mut timeline, after, to.position, |timeline, frame| {
            if bar.is_interrupted() {
                return Err(Failure::interrupted());
            }
            let verdict = ask(context, &self.command, timeline, frame)?;
            number += 1;
            bar.show(Progress::new(Unit::Steps, number, steps));
            let said = match verdict {
                Verdict::Good => "good",
                Verdict::Bad => "bad",
                Verdict::Skip => "cannot tell",
            };
            context.note(&format!("r{} (position {}): {said}", frame.revision, frame.position));
            Ok(verdict)
        });
        bar.end();
        let outcome = outcome?;
        context.note(&format!("{} tested", counted(number, "state")));
        let positions: Vec<Position> = match outcome {
            Tested::First(position) => vec![position],
            Tested::OneOf(positions) => {
                context.note("it is one of these: what lies between could not be told");
                positions
            }
            Tested::GoodAtEnd => {
                return Ok(travel_args::nothing(context, "it is good at the end of the range"));
            }
            Tested::BadAtStart => {
                return Ok(travel_args::nothing(context, "it is bad before the range begins: begin earlier"));
            }
            Tested::Untold => {
                return Ok(travel_args::nothing(
                    context,
                    "the end of the range could not be told: end elsewhere",
                ));
            }
        };
        let mut rows = context.rows(to, ["position", "revision", "type", "recorded_at", "occurred_at"])?;
        let mut authors = retold_travel::Authors::default();
        for position in positions {
            let author = authors.get(timeline.reader(), position)?;
            rows.push([
                position.into(),
                format!("r{}", author.revision).into(),
                author.kind.name().into(),
                Value::Instant(author.recorded_at),
                Value::Instant(author.occurred_at),
            ])?;
        }
        rows.finish()?;
        Ok(Exit::Done)
    }
}

fn ask(
    context: &mut Context<'_>,
    command: &[OsString],
    timeline: &mut Timeline<'_>,
    frame: &Frame,
) -> Result<Verdict, Failure> {
    // Before it was created there is no document.
    let Some(state) = &frame.state else { return Ok(Verdict::Skip) };
    let mut session = state.to_session();
    timeline.reader().resolve(&mut session)?;
    let document = serde_json::to_vec(&session).map_err(|error| Failure::output(error.into()))?;
    let (program, arguments) = command.split_first().expect("clap asks for at least one word");
    let failed = |error: &std::io::Error| {
        Failure::usage(format!("run {}: {}", program.to_string_lossy(), io_words(error)))
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut input = child.stdin.take().expect("it was asked for");
    // One thread writes while the other reads: neither pipe can stop the other.
    let writer = std::thread::spawn(move || {
        // A program that has seen enough closes its end.
        let _enough = input.write_all(&document);
    });
    let mut output = child.stdout.take().expect("it was asked for");
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        // What cannot be read to its end was said so far.
        let _closed = output.read_to_end(&mut said);
        said
    });
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| failed(&error))? {
            break status;
        }
        if context.io.is_interrupted() {
            pager::end(&mut child);
            return Err(Failure::interrupted());
        }
        std::thread::sleep(POLL_INTERVAL);
    };
    let _written = writer.join();
    let said = reader.join().unwrap_or_default();
    if !said.is_empty() {
        context.note(String::from_utf8_lossy(&said).trim_end());
    }
    match status.code() {
        Some(0) => Ok(Verdict::Good),
        Some(125) => Ok(Verdict::Skip),
        Some(1..=127) => Ok(Verdict::Bad),
        code => Err(Failure::new(
            Exit::Usage,
            format!(
                "bisect run: {} ended with {} at r{}, which ends the search",
                program.to_string_lossy(),
                code.map_or_else(|| "a signal".to_owned(), |code| code.to_string()),
                frame.revision
            ),
        )),
    }
}
