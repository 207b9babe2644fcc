//! A process that shares a store with others: `child write PATH SESSION COUNT`, `child open PATH`,
//! `child follow PATH COUNT`, `child import PATH FOLDER`, `child project PATH`, `child rebuild PATH NAME`, and others to be killed, or to meet a disk that fails. Every line
//! it prints is a fact that its parent may hold it to.

mod trouble;

use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use retold_core::event::{MessageChanged, MessageRemoved, OutputAppended, OutputReplaced};
use retold_core::{Commit, Error, Expected, Log, MessagePatch, Options, Position};
use retold_projections::Store;
use retold_tests::{created, name, task};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["write", path, session, count] => write(path, session, count.parse()?),
        ["open", path] => open(path),
        ["import", path, folder] => import(path, folder),
        ["project", path] => project(path),
        ["search", path] => search(path),
        ["rebuild", path, name] => rebuild(path, name),
        ["follow", path, count] => follow(path, count.parse()?),
        ["callers", path, session, callers, normal] => {
            trouble::callers(path, session, callers.parse()?, normal == "normal")
        }
        ["hand-over", path, workspace, session] => hand_over(path, workspace, session),
        ["script", path, backup] => trouble::script(path, backup),
        ["hostile", path] => trouble::hostile(path),
        ["faulty", path] => trouble::faulty(path),
        ["prefixes", path, count] => trouble::prefixes(path, count.parse()?),
        ["checkpoints", path, count] => trouble::checkpoints(path, count.parse()?),
        _ => Err(format!("unknown arguments {arguments:?}").into()),
    }
}

/// Says things and takes them back, and keeps the search up to date; now and then it is built again.
fn search(path: &str) -> Outcome {
    let store = Store::open(path, retold_core::Options::new().durability(retold_core::Durability::Normal))?;
    let length = usize::try_from(store.log().reader()?.head()?.position.get())?;
    for number in length.. {
        let index = u32::try_from(number % 3)?;
        let said = || retold_tests::message(format!("common words {number}, {} more", number % 7));
        let event: retold_core::Event = match number % 5 {
            0 | 1 => said(),
            2 => {
                OutputAppended { index: 0, text: format!("out {number} pu").into(), updated_at: None }.into()
            }
            3 => {
                let content = Some(format!("common and edited {number}").into());
                MessageChanged { index, set: MessagePatch::default(), content, updated_at: None }.into()
            }
            _ if number % 20 == 19 => MessageRemoved { index, updated_at: None }.into(),
            _ => OutputReplaced { index: 0, text: Some("anew".into()), updated_at: None }.into(),
        };
        match store.log().append(Commit::to(name("a1"), Expected::Any, [event])) {
            // Not so many messages yet.
            Err(Error::InvalidEvent { .. }) => {
                store.log().append(Commit::to(name("a1"), Expected::Any, [said()]))?;
            }
            appended => drop(appended?),
        }
        match number % 31 == 0 {
            true => store.sidecars().rebuild("search", &|_| true)?,
            false => store.sidecars().catch_up("search", &|_| true)?,
        };
        writeln!(stdout(), "{number}")?;
    }
    Ok(())
}

/// Prints `position task` for every event, once it is acknowledged.
fn write(path: &str, session: &str, count: u64) -> Outcome {
    let log = Log::open(path)?;
    match log.append(Commit::to(name(session), Expected::At(retold_core::Revision::ZERO), [created(session)]))
    {
        Ok(_) | Err(Error::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    for number in 0..count {
        let text = format!("{session}-{number}");
        // Busy is to try again: nothing was appended. On a machine that is full of work others may be faster for long.
        let appended = loop {
            match log.append(Commit::to(name(session), Expected::Any, [task(text.clone())])) {
                Err(Error::Busy { .. }) => {}
                appended => break appended?,
            }
        };
        writeln!(stdout(), "{} {text}", appended.last)?;
    }
    Ok(())
}

/// Hands over chunks of output on one thread and messages on another, for ever, and drops nearly every ticket. Prints
/// `output 7` once the chunk 7 is acknowledged, and `message 7` for messages.
fn hand_over(path: &str, workspace: &str, session: &str) -> Outcome {
    let history = retold::SessionHistory::open(path)?;
    std::thread::scope(|scope| {
        let output = scope.spawn(|| -> Result<(), retold::Error> {
            for number in 0_u64.. {
                let ticket = history.append_output_later(workspace, session, 1, format!("{number}\n"))?;
                if number % 7 == 0 {
                    ticket.wait()?;
                    let _parent_is_gone = writeln!(stdout(), "output {number}");
                }
            }
            Ok(())
        });
        for number in 0_u64.. {
            let message = serde_json::json!({"id": number.to_string(), "role": "user", "content": "x", "timestamp": ""});
            let ticket =
                history.add_chat_message_later(workspace, session, serde_json::from_value(message)?)?;
            if number % 5 == 0 {
                ticket.wait()?;
                writeln!(stdout(), "message {number}")?;
            }
        }
        output.join().map_err(|_| "a thread panicked")??;
        Ok(())
    })
}

/// Prints how many bytes were read to open the store.
fn open(path: &str) -> Outcome {
    let before = bytes_read()?;
    let log = Log::open(path)?;
    writeln!(stdout(), "{}", bytes_read()? - before)?;
    drop(log);
    Ok(())
}

fn bytes_read() -> Result<u64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/self/io")?;
    let line = text.lines().find_map(|line| line.strip_prefix("rchar: ")).ok_or("no count of bytes read")?;
    Ok(line.parse()?)
}

/// Prints `ready`, then the position of every event, until there were `count`.
fn follow(path: &str, count: usize) -> Outcome {
    let log = Log::open(path)?;
    let mut subscription = log.subscribe(Position::ZERO);
    writeln!(stdout(), "ready")?;
    let mut seen = 0;
    while seen < count {
        for event in subscription.next(Duration::MAX)? {
            writeln!(stdout(), "{}", event.position)?;
            seen += 1;
        }
    }
    Ok(())
}

/// Appends, catches up, rebuilds and adds newer versions of a projection for ever; prints a line after each.
fn project(path: &str) -> Outcome {
    let store = Store::open(path, Options::new().durability(retold_core::Durability::Normal))?;
    let sidecars = store.sidecars();
    let mut version = sidecars.status_of("seen", 0)?.building.map_or(0, |(version, _)| version);
    version = version.max(sidecars.status_of("seen", 0)?.version);
    loop {
        let events = (0..20).map(|number| task(format!("{number}")));
        store.log().append(Commit::to(name("a1"), Expected::Any, events))?;
        sidecars.catch_up("seen", &|_| true)?;
        writeln!(stdout(), "caught up")?;
        sidecars.rebuild("seen", &|_| true)?;
        writeln!(stdout(), "rebuilt")?;
        version += 1;
        sidecars.add(&retold_tests::seen(version))?;
        sidecars.catch_up("seen", &|_| true)?;
        writeln!(stdout(), "flipped")?;
    }
}

/// Rebuilds a projection, and waits in the midst of it until its parent closes standard input.
fn rebuild(path: &str, name: &str) -> Outcome {
    let store = Store::open(path, Options::new())?;
    let has_told = AtomicBool::new(false);
    store.sidecars().rebuild(name, &|_| {
        if !has_told.swap(true, Ordering::Relaxed) {
            let _parent_gone = writeln!(stdout(), "begun");
            let _until_closed = std::io::stdin().read_line(&mut String::new());
        }
        true
    })?;
    writeln!(stdout(), "done")?;
    Ok(())
}

/// Prints how many sessions were imported, and the most memory that was in use, in bytes.
fn import(path: &str, folder: &str) -> Outcome {
    let log = Log::open(path)?;
    let report = retold_tests::import::import(&log, folder.as_ref());
    writeln!(stdout(), "{} {}", report.sessions.imported, memory_max()?)?;
    Ok(())
}

fn memory_max() -> Result<u64, Box<dyn std::error::Error>> {
    let Ok(text) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}
