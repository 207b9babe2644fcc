//! With the feature `tracing` a collector is told what is done, and nothing of what was said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use retold::{Instance, Message, Options, Session};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What anybody said, in every place where something is said.
const SAID: &str = "hush-hush";

/// A collector that keeps everything that it is told, as text.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

struct Fields<'t>(&'t mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl Collector {
    fn keep(&self, what: &str, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields<'_>)) {
        if metadata.target() != "retold" {
            return;
        }
        let mut text = format!("{what} {}", if what == "span" { metadata.name() } else { "" });
        record(&mut Fields(&mut text));
        self.0.lock().unwrap().push(text);
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.keep("span", span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.keep("event", event.metadata(), |fields| event.record(fields));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_collector_is_told_what_is_done_and_nothing_of_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("mirror");
    std::fs::create_dir(&files).unwrap();
    let session = |id: &str| {
        let agent = Instance::new(1, format!("Ada {SAID}")).with_output(SAID);
        Session::new(id, "debate", SAID).with_instance(agent).with_message(Message::new("m1", "user", SAID))
    };
    let file = serde_json::to_string_pretty(&[session("b1")]).unwrap();
    std::fs::write(files.join("0123456789abcdef.json"), file).unwrap();
    let collector = Collector::default();
    tracing::subscriber::set_global_default(collector.clone()).unwrap();
    // What is in the folder is imported, and mirrored again.
    let history = Options::new().mirror(&files).open(folder.path().join("sessions.db")).unwrap();
    history.create("/src/atlas", session("a1")).unwrap();
    history.add_message("/src/atlas", "a1", Message::new("m2", "user", SAID)).unwrap();
    history.append_output("/src/atlas", "a1", 1, SAID).unwrap();
    history.update("/src/atlas", session("a1").with_model(SAID)).unwrap();
    history.with_idempotency_key(SAID).delete("/src/atlas", "a1").unwrap();
    history.with_idempotency_key(SAID).delete("/src/atlas", "a2").unwrap_err();
    history.add_message("/src/atlas", "a1", Message::new("m3", "user", SAID)).unwrap_err();
    history.store().rebuild(|_| true).unwrap();
    history.close().unwrap();
    let told = collector.0.lock().unwrap();
    for wanted in [
        "span import files=1",
        "message=imported",
        "span append command=\"create session\"",
        "session=\"a1\"",
        "message=appended position=",
        "message=refused",
        "message=not appended retryable=false",
        "span rebuild",
        "span mirror file=",
        "message=mirrored",
    ] {
        assert!(told.iter().any(|text| text.contains(wanted)), "{wanted}: {told:#?}");
    }
    let leaks: Vec<&String> = told.iter().filter(|text| text.contains(SAID)).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}
