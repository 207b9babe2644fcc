//! The page, served.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use retold_projections::Store;
use retold_web::{Options, Server, Token};

use super::Ui;
use crate::command::demo;
use crate::command::usage::Priced;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// Serves the page until somebody stops the program.
///
/// # Errors
/// Where the store cannot be opened, or the address is taken.
pub(super) fn serve(ui: Ui, context: &mut Context<'_>) -> Result<Exit, Failure> {
    #[cfg(feature = "team")]
    if !ui.demo
        && let Some(address) = context.server()
    {
        return super::team::serve(ui, &address, context);
    }
    let sample = ui.demo.then(|| sample(context)).transpose()?;
    let (store, token) = match &sample {
        Some(folder) => {
            let path = demo::store_in(folder.path());
            (Store::open(path, context.options().read_only(true))?, Token::random())
        }
        None => {
            let store = context.open_store()?;
            let token = Token::of_store(store.log().path(), ui.new_token);
            // A store in a folder that nobody may write to is shown all the same.
            let token = token.or_else(|failure| match ui.new_token {
                true => Err(failure),
                false => Ok::<_, Failure>(Token::random()),
            })?;
            (store, token)
        }
    };
    context.warn_if_behind(&store)?;
    let now = Arc::clone(&context.io.clock);
    let writes = ui.write.then(|| {
        let clock = Arc::clone(&now);
        retold::Options::new().clock(move || clock()).open(store.log().path())
    });
    let writes = writes.transpose()?;
    let takes_changes = writes.is_some();
    let options = Options { writes, ..options(&ui, token, context) };
    until_stopped(Server::bind(store, options)?, &ui, takes_changes, context)
}

/// How the page is served, where nothing is written.
pub(super) fn options(ui: &Ui, token: Token, context: &Context<'_>) -> Options {
    let prices = Priced::of(context);
    Options {
        bind: ui.bind,
        port: ui.port.or_else(|| context.settings.port()).unwrap_or_default(),
        hosts: ui.host.clone(),
        token,
        clock: context.clock(),
        now: Arc::clone(&context.io.clock),
        zone: context.zone(),
        prices: Arc::new(move || prices.read()),
        writes: None,
    }
}

/// Says where the page is, opens it, and answers until somebody stops the program.
pub(super) fn until_stopped(
    server: Server,
    ui: &Ui,
    takes_changes: bool,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    context.say(&server.entrance())?;
    context.io.out.flush().map_err(Failure::output)?;
    context.note(match takes_changes {
        true => "serving until Ctrl-C; the page takes changes",
        false => "serving until Ctrl-C",
    });
    if !ui.no_open && !opened(&server.entrance()) {
        context.note("no browser could be opened: open the address above");
    }
    let interrupt = Arc::clone(&context.io.interrupt);
    server.run(&interrupt)?;
    Ok(Exit::Done)
}

/// Makes the sample store.
fn sample(context: &mut Context<'_>) -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::new(Exit::Io, format!("make a folder for the sample: {}", io_words(&error)))
    })?;
    demo::import_into(context, folder.path())?;
    Ok(folder)
}

/// Opens an address with what the platform opens addresses with; returns whether there is such a thing.
fn opened(address: &str) -> bool {
    let programs: &[(&str, &[&str])] = match std::env::consts::OS {
        "macos" => &[("open", &[])],
        "windows" => &[("rundll32", &["url.dll,FileProtocolHandler"])],
        _ => &[("xdg-open", &[])],
    };
    programs.iter().any(|(program, arguments)| {
        let (input, out, err) = (Stdio::null(), Stdio::null(), Stdio::null());
        Command::new(program)
            .args(*arguments)
            .arg(address)
            .stdin(input)
            .stdout(out)
            .stderr(err)
            .spawn()
            .is_ok()
    })
}
