//! Sessions of a coding agent, event by event.

use jiff::Timestamp;
use retold_core::event::{
    ContextCompacted, HistoryRewound, MessageAdded, SessionContextChanged, SessionCreated, SessionLinked,
    StatusObserved, TitleChanged, ToolCalled, ToolReturned, UsageRecorded,
};
use retold_core::{
    Commit, Document as _, Event, Expected, Log, Message, NewEvent, Session, StreamName, Text,
};

use crate::support::Place;

pub(crate) const ID: &str = "0b1c2d3e-0000-4000-8000-00000000000a";
pub(crate) const OTHER: &str = "4f5a6b7c-0000-4000-8000-00000000000b";
pub(crate) const CHILD: &str = "8d9e0f1a-0000-4000-8000-00000000000c";

/// Events of a session of a coding agent, each a second after the one before.
pub(crate) struct Story {
    log: Log,
    pub(crate) name: StreamName,
    at: Timestamp,
}

impl Story {
    pub(crate) fn begin(log: &Log, id: &str, title: &str, at: &str) -> Self {
        let name = StreamName::session("claude", id, 1);
        let mut story = Self { log: log.clone(), name, at: at.parse().unwrap() };
        let text = retold_core::time::spell(story.at);
        let mut session = Session::blank();
        session.id = id.to_owned();
        session.kind = "transcript".to_owned();
        session.status = "open".to_owned();
        session.created_at = text.clone();
        session.updated_at = text;
        story.add(SessionCreated { session, place: None, home: None });
        story.add(TitleChanged { title: title.to_owned(), updated_at: None });
        story
    }

    /// Goes on with a session.
    pub(crate) fn resume(log: &Log, id: &str, at: &str) -> Self {
        Self { log: log.clone(), name: StreamName::session("claude", id, 1), at: at.parse().unwrap() }
    }

    pub(crate) fn add(&mut self, event: impl Into<Event>) -> &mut Self {
        self.at += jiff::SignedDuration::from_secs(1);
        let mut event = event.into();
        event.set_updated_at(&retold_core::time::spell(self.at));
        let event = NewEvent { event, occurred_at: Some(self.at) };
        self.log.append(Commit::to(self.name.clone(), Expected::Any, [event])).unwrap();
        self
    }

    pub(crate) fn says(&mut self, role: &str, text: &str) -> &mut Self {
        let mut message = Message::blank();
        message.id = format!("m-{}", text.len());
        message.role = role.to_owned();
        message.content = text.into();
        self.add(MessageAdded { message, index: None, updated_at: None })
    }

    pub(crate) fn calls(&mut self, call: &str, (name, kind): (&str, &str), input: &str) -> &mut Self {
        let text = str::to_owned;
        self.add(ToolCalled {
            call: text(call),
            message: None,
            name: text(name),
            kind: text(kind),
            instance_id: None,
            input: Text::from(input),
            updated_at: None,
        })
    }

    pub(crate) fn gets(&mut self, call: &str, outcome: &str, output: &str) -> &mut Self {
        let (call, outcome, output) = (call.to_owned(), outcome.to_owned(), Text::from(output));
        self.add(ToolReturned { call, outcome, output, updated_at: None })
    }
}

/// Two sessions of a coding agent, of which one started a third.
pub(crate) fn place() -> Place {
    let place = Place::with_empty_store();
    let log = place.log();
    let mut story = Story::begin(&log, ID, "Mend the upload door", "2026-11-22T09:00:00Z");
    let context = SessionContextChanged {
        cwds: Some(vec!["/home/ada/atlas".to_owned()]),
        branches: Some(vec!["main".to_owned()]),
        models: Some(vec!["opus-5".to_owned()]),
        versions: Some(vec!["2.1".to_owned()]),
        worktree: None,
        files: None,
        partial: None,
        details: None,
    };
    let long: String = (1..=30).map(|line| format!("test {line} ... \u{1b}[32mok\u{1b}[0m\n")).collect();
    story
        .add(context)
        .says("user", "Mend the door,\nplease. \u{1b}]0;owned\u{7}\u{202e}")
        .says("thinking", "The hinge, or the latch?")
        .says("assistant", "")
        .calls("c1", ("Read", "read"), r#"{"file_path":"/home/ada/atlas/src/door.rs"}"#)
        .gets("c1", "ok", "fn open() {}\nfn shut() {}\n")
        .says("assistant", "# Plan\n\nOil the **hinge**, as `door.rs` says:\n\n- open\n- 蝶番に油をさして、扉がきちんと閉まることを確かめてから、もう一度開けて静かに閉めます。\n")
        .calls("c2", ("Edit", "edit"), r#"{"file_path":"src/door.rs","old_string":"a\nfn shut() {}\nb\n","new_string":"a\nfn shut() { oil(); }\nb\n"}"#)
        .gets("c2", "ok", "done")
        .calls("c3", ("Bash", "execute"), r#"{"command":"cargo test --workspace"}"#)
        .gets("c3", "ok", &long)
        .calls("c4", ("Bash", "execute"), r#"{"command":"rm -rf /"}"#)
        .gets("c4", "denied", "not allowed")
        .add(UsageRecorded {
            key: "r1".to_owned(),
            model: "opus-5".to_owned(),
            input: 12_000,
            cache_read: 400_000,
            cache_write: 0,
            cache_write_1h: None,
            output: 321,
            reasoning: 0,
            cost: None,
            hearsay: false,
        })
        .says("user", "wrong turn")
        .add(HistoryRewound { messages: vec!["m-10".to_owned()], updated_at: None })
        .add(ContextCompacted { messages: Vec::new(), updated_at: None })
        .says("user", "And now?")
        .says("assistant", "Done.")
        .add(StatusObserved { status: "completed".to_owned(), inferred: true, updated_at: None });
    let mut other = Story::begin(&log, OTHER, "Paint the upload gate", "2026-11-20T09:00:00Z");
    other.says("user", "Paint it. key ghp_0123456789abcdefghijABCDEFGHIJ012345 <script>alert(1)</script>");
    other.says("assistant", "```\nopen fence\n\n## user\n\n![x](http://evil.example/p.png)");
    other.calls("c9", ("Bash", "execute"), "{\"command\":\"echo '````'\"}").gets(
        "c9",
        "error",
        "```\n</details>\n",
    );
    let mut child = Story::begin(&log, CHILD, "Find the brush", "2026-11-22T09:05:00Z");
    child.add(SessionLinked { relation: "subagent".to_owned(), parent: OTHER.to_owned(), spawned_by: None });
    child.says("user", "Where is it?");
    place
}
