//! The server, run.

use std::io::Write as _;
use std::sync::Arc;

use retold_serve::cache::{Cache, Memory, Redis};
use retold_serve::{Error, Eyes, Identity, Limits, Options, Page, Rate, Server};

use super::{Kept, Serve};
use crate::command::ship::target::server_of;
use crate::command::usage::Priced;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// How many lines wait to be told; what fails faster is told once it is less.
const LINES_MAX: usize = 1000;

/// Serves until somebody stops the program.
pub(super) fn serve(serve: &Serve, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (name, database) = server_of("serve", &serve.database, serve.insecure, context)?;
    let identity = match serve.cert.as_deref().zip(serve.key.as_deref()) {
        Some((certificate, key)) => Some(Identity::read(certificate, key).map_err(|why| {
            Failure::usage(format!("cannot serve with this certificate: {why}"))
                .hint("--cert is the certificate and its chain, --key its key, both as PEM")
        })?),
        None => None,
    };
    let is_tls = identity.is_some();
    let (lines, told) = crossbeam_channel::bounded::<String>(LINES_MAX);
    let standard = Limits::default();
    let limits = Limits {
        body_bytes: usize::from(serve.body_max) << 20,
        rate: Rate {
            requests: f64::from(serve.requests),
            bytes: f64::from(serve.traffic) * f64::from(1 << 20),
            ..standard.rate
        },
        connections: serve.connections.map_or(standard.connections, usize::from),
        ..standard
    };
    let cache: Option<Arc<dyn Cache>> = match &serve.cache {
        Kept::Nowhere => None,
        Kept::Here(bytes) => Some(Arc::new(Memory::new(*bytes))),
        Kept::There(address) => Some(Arc::new(redis(address, context)?)),
    };
    let prices = Priced::of(context);
    let eyes = || Eyes {
        clock: context.clock(),
        now: Arc::clone(&context.io.clock),
        zone: context.zone(),
        prices: Arc::new(move || prices.read()),
    };
    let page = (!serve.no_page).then(|| Page { folder: serve.page_folder.clone(), eyes: eyes(), cache });
    let options = Options {
        page,
        listen: serve.listen,
        database: *database,
        identity,
        is_behind_proxy: serve.behind_proxy,
        limits,
        // A line too many is dropped: nobody waits for whoever reads them.
        tell: Arc::new(move |line| drop(lines.try_send(line.to_owned()))),
    };
    let server = Server::bind(options).map_err(failure)?;
    context.say(&format!("{}://{}", if is_tls { "https" } else { "http" }, server.address()))?;
    context.io.out.flush().map_err(Failure::output)?;
    let shows = if serve.no_page { "" } else { " and showing the page" };
    context.note(&format!("taking logs for {name}{shows} until Ctrl-C"));
    let stop = Arc::clone(&context.io.interrupt);
    std::thread::scope(|scope| {
        let serving = scope.spawn(move || server.run(&stop));
        // Ends with the server, which has the other end.
        for line in told {
            context.note(&line);
        }
        match serving.join() {
            Ok(served) => served.map_err(failure),
            Err(panicked) => std::panic::resume_unwind(panicked),
        }
    })?;
    Ok(Exit::Done)
}

/// Names a Redis. It is asked for something at once, so that a wrong address is told, and served without where it is away.
fn redis(address: &str, context: &mut Context<'_>) -> Result<Redis, Failure> {
    let password = context.io.variable("REDISCLI_AUTH").and_then(|set| set.into_string().ok());
    let redis = Redis::at(address, password.filter(|set| !set.is_empty())).map_err(|why| {
        Failure::usage(format!("serve: --cache is not the address of a Redis: {}", why.0))
            .hint("it is redis://HOST[:PORT][/NUMBER]; rediss:// speaks TLS")
    })?;
    if let Err(why) = redis.get(&[0; 32]) {
        context.note(&format!("answers are not kept at {}, for now: {}", redis.name(), why.0));
    }
    Ok(redis)
}

fn failure(error: Error) -> Failure {
    match &error {
        Error::Open(_) => Failure::usage(format!("cannot serve: {error}"))
            .hint("--cert and --key speak TLS here; --behind-proxy says that something in front does"),
        Error::Folder { .. } => Failure::caused(Exit::Io, &error)
            .hint("--page-folder names another folder; --no-page does without the page"),
        Error::Listen { .. } => {
            Failure::caused(Exit::Io, &error).hint("--listen takes another address or port")
        }
        _ => Failure::caused(Exit::Io, &error),
    }
}
