//! The arguments of the program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches, Parser};
use retold_core::{Clock, Operation};
use retold_travel::Point;

use crate::command::{Command, one_screen};
use crate::complaint;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::output::Format;
use crate::settings::{Settings, alias};

/// Every agent session, retold: an append-only log of AI coding sessions.
#[derive(Debug, Parser)]
#[command(name = "retold", version, max_term_width = 100)]
#[command(subcommand_help_heading = "Commands", disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What a script has to know.
pub(crate) const ENVIRONMENT: &str = "\
Exit codes:
    0  done
    1  nothing found, or the predicate is false
    2  wrong arguments, or a point that names nothing
    3  no store, not a store, or made by another release
    4  busy
    5  I/O error, or the disk is full
    6  finished, but something was skipped or quarantined
    7  erased, but what was erased is said elsewhere too
    9  refused, since something would be lost
   10  damaged
   11  does not match the expected head
   12  shorter than the expected head
  130  interrupted

Environment:
  RETOLD_STORE         the store, where --store does not name one
  RETOLD_CONFIG        the file of settings; see `retold help config`
  RETOLD_PRICES        what models cost, for `usage`, where --prices names no file
  RETOLD_PAGER, PAGER  shows long tables on a terminal; `cat` for none
  RETOLD_MASK_SECRETS  `true`: import takes what looks like a secret out
  RETOLD_TOKEN         what lets this machine in at a `retold serve`
  RETOLD_CA            a file of certificates to know a `retold serve` by
  RETOLD_RETENTION     what stays in the store: `90d`, `20GB`
  NO_COLOR             no colour, where --color does not ask for it";

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The store [default: $RETOLD_STORE, else the setting `store`, else sessions.db in the data folder]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,
    /// Answer as of a point: 1234, r7, head-3, yesterday, 15min-ago, mark:NAME; see `retold help points`
    #[arg(long, global = true, value_name = "POINT", allow_hyphen_values = true)]
    pub(crate) at: Option<Point>,
    /// What a date or time means: when things `occurred` [default], or when they were `recorded`
    #[arg(long, global = true, value_name = "CLOCK", value_parser = clock)]
    pub(crate) clock: Option<Clock>,
    /// How to write the answer: table, json, jsonl or csv
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(crate) output: Format,
    /// Show times in UTC, and read them so where no zone is given; otherwise both are local
    #[arg(long, global = true)]
    pub(crate) utc: bool,
    /// Say nothing but the answer and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show long tables without a pager
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
    /// When to use colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
}

fn clock(text: &str) -> Result<Clock, String> {
    let clocks = [Clock::Occurred, Clock::Recorded];
    let found = clocks.into_iter().find(|clock| clock.word() == text);
    found.ok_or_else(|| {
        "accepted is occurred, when things happened, or recorded, when the log got them".to_owned()
    })
}

/// What the arguments came to.
pub(crate) enum Parsed {
    /// A command to run, and what its commits belong to.
    Run(Box<Arguments>, Operation, Settings),
    /// No command at all: the arguments of one that changes nothing, and what is said where there is nothing better to say.
    Alone(Box<Arguments>, Settings, Result<String, Failure>),
    /// Help or the version, which was written already.
    Answered(Exit),
}

/// Returns the name of the command that was given, with those it is under: `retold projections skip`.
fn name_of(command: &clap::Command, args: &[OsString]) -> String {
    let (mut name, mut inner) = (command.get_name().to_owned(), command);
    for word in args.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = inner.find_subcommand(word) {
            inner = found;
            name = format!("{name} {}", found.get_name());
        }
        if inner.get_subcommands().next().is_none() {
            break;
        }
    }
    name
}

/// The arguments whose values hold no content: names of sessions and moments.
const WITHOUT_CONTENT: [&str; 10] =
    ["operation", "session", "sessions", "to", "at", "from", "point", "before", "ordinal", "position"];

/// Returns what the commits of a command belong to: its name, and its arguments as far as they hold no content.
fn operation(matches: &ArgMatches) -> Operation {
    let (mut names, mut inner) = (Vec::new(), matches);
    while let Some((name, more)) = inner.subcommand() {
        names.push(name);
        inner = more;
    }
    // A group of arguments is called as its type is, and is none.
    let is_group = |id: &str| id.starts_with(|letter: char| letter.is_ascii_uppercase());
    // Of what every command takes, a point alone says what was done.
    let global = <Global as clap::Args>::augment_args(clap::Command::new("global"));
    let is_of_all = |id: &str| id != "at" && global.get_arguments().any(|argument| argument.get_id() == id);
    let given = |id: &&str| {
        !is_group(id) && !is_of_all(id) && inner.value_source(id) == Some(ValueSource::CommandLine)
    };
    inner.ids().map(clap::Id::as_str).filter(given).fold(Operation::new(names.join(" ")), |operation, id| {
        match inner.try_get_raw(id) {
            Ok(Some(values)) if WITHOUT_CONTENT.contains(&id) => {
                let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
                match id.starts_with("session")
                    && values.iter().any(|value| crate::session::may_be_words(value))
                {
                    true => operation.content(id),
                    false => operation.argument(id, values.join(" ")),
                }
            }
            _ => operation.content(id),
        }
    })
}

/// Reads the arguments. Help goes to `out`.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>, io: &mut Io) -> Result<Parsed, Failure> {
    let command = Arguments::command().term_width(io.columns);
    let first_screen = one_screen(&command);
    let command = command.override_help(first_screen);
    let mut args: Vec<OsString> = args.into_iter().collect();
    let settings = Settings::read(io);
    if let Ok(settings) = &settings {
        alias::expand(&command, &settings.aliases, &mut args);
    }
    let name = name_of(&command, &args);
    let (bare, with_help) =
        (command.clone(), args.iter().cloned().chain(["help".into()]).collect::<Vec<OsString>>());
    let parsed = command
        .try_get_matches_from(args)
        .and_then(|matches| Arguments::from_arg_matches(&matches).map(|arguments| (arguments, matches)));
    let error = match parsed {
        Ok((mut arguments, matches)) => {
            let settings = match settings {
                // These help where the settings are wrong.
                Err(_) if matches!(arguments.command, Command::Config(_) | Command::Help(_)) => {
                    Settings::default()
                }
                settings => settings?,
            };
            let mut settings = settings;
            settings.apply(&mut arguments.global, &matches);
            return Ok(Parsed::Run(Box::new(arguments), operation(&matches), settings));
        }
        Err(error) => error,
    };
    let is_alone = name == "retold"
        && matches!(
            error.kind(),
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        );
    if is_alone {
        let matches = bare.try_get_matches_from(with_help);
        let parsed = matches.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
        if let (Ok((mut arguments, matches)), Ok(settings)) = (parsed, &settings) {
            let mut settings = settings.clone();
            settings.apply(&mut arguments.global, &matches);
            let said = match error.kind() {
                ErrorKind::MissingSubcommand => Err(complaint::of(&error, &name)),
                _ if io.wants_colour(io.err_is_terminal, settings.colour()) => {
                    Ok(error.render().ansi().to_string())
                }
                _ => Ok(error.render().to_string()),
            };
            return Ok(Parsed::Alone(Box::new(arguments), settings, said));
        }
    }
    if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Err(complaint::of(&error, &name));
    }
    // Help that was not asked for is a complaint: there was no command.
    let is_complaint = error.use_stderr();
    let colour = io.wants_colour(
        if is_complaint { io.err_is_terminal } else { io.out_is_terminal },
        settings.as_ref().map_or(ColorChoice::Auto, Settings::colour),
    );
    let text = error.render();
    let text = if colour { text.ansi().to_string() } else { text.to_string() };
    if is_complaint {
        let _unheard = io.err.write_all(text.as_bytes());
        return Ok(Parsed::Answered(Exit::Usage));
    }
    io.out.write_all(text.as_bytes()).map_err(Failure::output)?;
    Ok(Parsed::Answered(Exit::Done))
}

/// Reads a length of time such as `500ms`, `30s`, `5min` or `7d`; a day has 24 hours.
pub(crate) fn duration(text: &str) -> Option<std::time::Duration> {
    let span: jiff::Span = text.parse().ok()?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let seconds = span.total((jiff::Unit::Second, days)).ok()?;
    std::time::Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_declared_without_contradiction() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_gives_an_example() {
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} has no help");
            let nested = command.get_subcommands().next().is_some();
            assert!(nested || command.get_after_help().is_some(), "{name} has no example");
        }
    }
}
