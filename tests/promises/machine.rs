//! A store beside a plain list of what was appended, through anything that may happen to both.

use std::path::PathBuf;

use proptest::prelude::*;
use retold_core::{
    Commit, Erasure, Error, Event, EventType, Expected, LogId, Options, Position, Revision, StreamName,
};
use retold_projections::{ProjectionState, Store};
use retold_tests::{all_events, created, message, name, task};
use retold_upkeep::{Archive, back_up, prunable, restore, unprune};

use crate::nightly;

/// What is done next. Numbers are taken round and round.
#[derive(Clone, Debug)]
enum Act {
    Append { stream: u8, texts: Vec<String> },
    Batch { texts: Vec<(u8, String)> },
    Conflict { stream: u8 },
    Redact { at: u64, many: u8 },
    Reopen,
    Crash,
    Rebuild,
    Compact,
    BackUp,
    Restore { overwrite: bool },
    Prune { before: u64 },
    Unprune { archive: u8 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let text = prop_oneof!["[a-z ]{0,12}", Just("long ".repeat(1000)), ".{0,5}"];
    let act = prop_oneof![
        6 => (0..3_u8, prop::collection::vec(text.clone(), 1..4)).prop_map(|(stream, texts)| Act::Append { stream, texts }),
        3 => prop::collection::vec((0..3_u8, text), 1..4).prop_map(|texts| Act::Batch { texts }),
        1 => (0..3_u8).prop_map(|stream| Act::Conflict { stream }),
        2 => (any::<u64>(), 1..4_u8).prop_map(|(at, many)| Act::Redact { at, many }),
        2 => Just(Act::Reopen),
        2 => Just(Act::Crash),
        1 => Just(Act::Rebuild),
        1 => Just(Act::Compact),
        2 => Just(Act::BackUp),
        2 => any::<bool>().prop_map(|overwrite| Act::Restore { overwrite }),
        3 => any::<u64>().prop_map(|before| Act::Prune { before }),
        2 => any::<u8>().prop_map(|archive| Act::Unprune { archive }),
    ];
    prop::collection::vec(act, 1..24)
}

/// An event of the list.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    stream: StreamName,
    kind: EventType,
    /// `None` while its body is gone.
    text: Option<String>,
    /// What an archive has of it, and the store has not.
    pruned: Option<String>,
}

/// What was pruned of a session: the places of the events whose bodies went.
#[derive(Clone, Debug)]
struct Pruning {
    stream: StreamName,
    places: Vec<usize>,
}

impl Kept {
    fn new(stream: &StreamName, kind: EventType, text: &str) -> Self {
        Self { stream: stream.clone(), kind, text: Some(text.to_owned()), pruned: None }
    }
}

/// The store, and what it should hold.
struct Both {
    folder: tempfile::TempDir,
    store: Option<Store>,
    model: Vec<Kept>,
    /// The newest backup, and what it holds.
    backup: Option<(PathBuf, Vec<Kept>, Vec<Pruning>)>,
    /// What is pruned, the oldest first.
    prunings: Vec<Pruning>,
    /// The archives of this history, and what they hold.
    archives: Vec<(PathBuf, Vec<Kept>)>,
    ids: Vec<LogId>,
    files: u32,
}

impl Both {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let mut both = Self {
            folder,
            store: None,
            model: Vec::new(),
            backup: None,
            prunings: Vec::new(),
            archives: Vec::new(),
            ids: Vec::new(),
            files: 0,
        };
        both.open();
        both
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    fn open(&mut self) {
        let store = Store::open(self.path(), Options::new().create(true)).unwrap();
        if self.ids.last() != Some(&store.log().id()) {
            self.ids.push(store.log().id());
        }
        self.store = Some(store);
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Begins a session where it is not begun, and says something in it.
    fn events(&self, stream: &StreamName, texts: &[String]) -> (Vec<Event>, Vec<Kept>) {
        let begun = self.model.iter().any(|kept| kept.stream == *stream);
        let (mut events, mut kept) = (Vec::new(), Vec::new());
        let mut add = |event: Event, text: &str| {
            kept.push(Kept::new(stream, event.event_type(), text));
            events.push(event);
        };
        if !begun {
            add(created(&stream.session_id), "mend the door");
        }
        for (number, text) in texts.iter().enumerate() {
            let event = if number % 2 == 0 { message(text.clone()) } else { task(text.clone()) };
            add(event, text);
        }
        (events, kept)
    }

    fn act(&mut self, act: &Act) {
        let stream = |number: u8| name(&format!("s{number}"));
        match act {
            Act::Append { stream: number, texts } => {
                let (events, kept) = self.events(&stream(*number), texts);
                let revision = self.model.iter().filter(|kept| kept.stream == stream(*number)).count() as u64;
                let expected = Expected::At(Revision::new(revision).unwrap());
                let appended =
                    self.store().log().append(Commit::to(stream(*number), expected, events)).unwrap();
                assert_eq!(appended.first.get(), self.model.len() as u64 + 1);
                self.model.extend(kept);
            }
            Act::Batch { texts } => {
                let mut commit = Commit::default();
                let mut all = Vec::new();
                for number in 0..3 {
                    let texts: Vec<String> =
                        texts.iter().filter(|(of, _)| *of == number).map(|(_, text)| text.clone()).collect();
                    if texts.is_empty() {
                        continue;
                    }
                    let (events, kept) = self.events(&stream(number), &texts);
                    commit = commit.and(stream(number), Expected::Any, events);
                    all.extend(kept);
                }
                self.store().log().append(commit).unwrap();
                self.model.extend(all);
            }
            Act::Conflict { stream: number } => {
                let expected = Expected::At(Revision::new(self.model.len() as u64 + 7).unwrap());
                let refused =
                    self.store().log().append(Commit::to(stream(*number), expected, [task("never")]));
                assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
            }
            Act::Redact { at, many } => self.redact(*at, *many),
            Act::Reopen => {
                self.store = None;
                self.open();
            }
            Act::Crash => self.crash(),
            Act::Rebuild => drop(self.store().rebuild(|_| true).unwrap()),
            Act::Compact => drop(retold_upkeep::compact(self.store().log(), |_| true).unwrap()),
            Act::BackUp => {
                self.files += 1;
                let path = self.folder.path().join(format!("backup{}.db", self.files));
                let backup = back_up(self.store().log(), &path, |_| true).unwrap();
                assert_eq!(backup.head.position.get(), self.model.len() as u64);
                self.backup = Some((path, self.model.clone(), self.prunings.clone()));
            }
            Act::Restore { overwrite } => self.restore(*overwrite),
            Act::Prune { before } => self.prune(*before),
            Act::Unprune { archive } => self.unprune(*archive),
        }
    }

    fn redact(&mut self, at: u64, many: u8) {
        if self.model.is_empty() {
            return;
        }
        let length = self.model.len() as u64;
        let chosen = (0..u64::from(many)).map(|step| (at % length + step) % length);
        let is_of_bodies = |place: &u64| self.model[usize::try_from(*place).unwrap()].kind.is_of_bodies();
        let places: std::collections::BTreeSet<u64> = chosen.filter(|place| !is_of_bodies(place)).collect();
        let positions = places.iter().map(|place| Position::new(place + 1).unwrap()).collect();
        let redaction = retold_upkeep::redact(self.store().log(), &positions, "a secret").unwrap();
        let mut fresh: Vec<StreamName> = Vec::new();
        for place in places {
            let kept = &mut self.model[usize::try_from(place).unwrap()];
            // What was pruned is redacted for good too.
            if kept.text.take().is_some() | kept.pruned.take().is_some() {
                fresh.push(kept.stream.clone());
            }
        }
        assert_eq!(redaction.bodies, fresh.len() as u64);
        // By the number of their streams, which is the order in which they began.
        let begun = |stream: &StreamName| self.model.iter().position(|kept| kept.stream == *stream);
        fresh.sort_by_key(begun);
        self.model.extend(fresh.iter().map(|stream| Kept::new(stream, EventType::BodyRedacted, "")));
    }

    /// Prunes the sessions in which nothing happened behind some place.
    fn prune(&mut self, before: u64) {
        if self.model.is_empty() {
            return;
        }
        let before = before % self.model.len() as u64 + 1;
        self.files += 1;
        let log = self.store().log();
        let sessions = prunable(log, Position::new(before).unwrap()).unwrap();
        let path = self.folder.path().join(format!("archive{}.db", self.files));
        back_up(log, &path, |_| true).unwrap();
        let pruned =
            retold_upkeep::prune(log, &Archive::open(log, &path, |_| true).unwrap(), &sessions, None, |_| {
                true
            })
            .unwrap();
        self.archives.push((path, self.model.clone()));
        let mut streams: Vec<StreamName> = Vec::new();
        for kept in &self.model {
            if !streams.contains(&kept.stream) {
                streams.push(kept.stream.clone());
            }
        }
        let mut bodies = 0;
        for stream in streams {
            let of = |kept: &Kept| kept.stream == stream;
            let last = self.model.iter().rposition(|kept| of(kept) && !kept.kind.is_of_bodies()).unwrap();
            let said = self.model.iter().enumerate().filter(|(_, kept)| of(kept) && kept.kind.is_content());
            let places: Vec<usize> =
                said.filter_map(|(place, kept)| kept.text.is_some().then_some(place)).collect();
            if last as u64 >= before || places.is_empty() {
                continue;
            }
            for place in &places {
                self.model[*place].pruned = self.model[*place].text.take();
            }
            bodies += places.len() as u64;
            self.prunings.push(Pruning { stream: stream.clone(), places });
            self.model.push(Kept::new(&stream, EventType::BodiesPruned, ""));
        }
        assert_eq!(pruned.bodies, bodies);
        assert_eq!(pruned.skipped, []);
    }

    /// Puts back what an archive has: of a session the newest pruning first, each whole or not at all.
    fn unprune(&mut self, archive: u8) {
        if self.archives.is_empty() {
            return;
        }
        let (path, held) = self.archives[usize::from(archive) % self.archives.len()].clone();
        let log = self.store().log();
        let opened = Archive::open(log, &path, |_| true).unwrap();
        let done = unprune(log, &opened, &retold_upkeep::pruned(log).unwrap(), |_| true).unwrap();
        let mut lacking: Vec<StreamName> = Vec::new();
        let mut bodies = 0;
        for pruning in std::mem::take(&mut self.prunings).into_iter().rev() {
            let still: Vec<usize> =
                pruning.places.iter().copied().filter(|place| self.model[*place].pruned.is_some()).collect();
            let has_all = still.iter().all(|place| held.get(*place).is_some_and(|kept| kept.text.is_some()));
            if still.is_empty() {
                // All of it was redacted.
                continue;
            }
            if !has_all || lacking.contains(&pruning.stream) {
                lacking.push(pruning.stream.clone());
                self.prunings.insert(0, pruning);
                continue;
            }
            for place in &still {
                self.model[*place].text = self.model[*place].pruned.take();
            }
            bodies += still.len() as u64;
            self.model.push(Kept::new(&pruning.stream, EventType::BodiesRestored, ""));
        }
        assert_eq!(done.bodies, bodies);
        lacking.sort();
        lacking.dedup();
        let mut told = done.lacking;
        told.sort();
        assert_eq!(told, lacking);
    }

    /// What a process leaves that is killed: the files as they are, with the WAL.
    fn crash(&mut self) {
        self.files += 1;
        let crashed = self.folder.path().join(format!("crashed{}", self.files));
        std::fs::create_dir(&crashed).unwrap();
        let path = self.path();
        let moved = |ending: &str| {
            (path.display().to_string() + ending, crashed.join(format!("sessions.db{ending}")))
        };
        for ending in ["", "-wal"] {
            let (from, to) = moved(ending);
            // Where there is no WAL there is nothing to copy.
            let _absent = std::fs::copy(from, to);
        }
        self.store = None;
        for ending in ["", "-wal", "-shm"] {
            let (there, copy) = moved(ending);
            let _absent = std::fs::remove_file(&there);
            if copy.exists() {
                std::fs::rename(copy, there).unwrap();
            }
        }
        self.open();
    }

    fn restore(&mut self, overwrite: bool) {
        let Some((backup, kept, prunings)) = self.backup.clone() else { return };
        self.files += 1;
        let aside = self.folder.path().join(format!("aside{}.db", self.files));
        let loses = self.model != kept;
        let held = self.store.take().unwrap();
        let restored = restore(&backup, &self.path(), &aside, overwrite, |_| true);
        if loses && self.model.len() > kept.len() && !overwrite {
            assert!(matches!(restored, Err(Error::WouldLose { .. })), "{restored:?}");
            self.store = Some(held);
            return;
        }
        let restored = restored.unwrap();
        assert!(!self.ids.contains(&restored.log), "a restored log has an id of its own");
        assert_eq!(restored.parent.until.get(), kept.len() as u64);
        // Who has the store open is not let append to another log than it thinks.
        let refused = held.log().append(Commit::to(name("s0"), Expected::Any, [created("s0")]));
        assert!(matches!(refused, Err(Error::Replaced)), "{refused:?}");
        drop(held);
        let before = Options::new().read_only(true).open(&aside).unwrap();
        assert_eq!(before.reader().unwrap().head().unwrap().position.get(), self.model.len() as u64);
        // What was archived since is of a history that is no more.
        self.archives.retain(|(_, held)| held.len() <= kept.len());
        (self.model, self.prunings) = (kept, prunings);
        self.open();
        assert_eq!(self.store().log().id(), restored.log);
    }

    fn check(&self) {
        let log = self.store().log();
        let mut reader = log.reader().unwrap();
        let events = all_events(log);
        assert_eq!(events.len(), self.model.len());
        for (mut event, kept) in events.into_iter().zip(&self.model) {
            assert_eq!(
                event.erasure == Some(Erasure::Pruned),
                kept.pruned.is_some(),
                "position {}",
                event.position
            );
            let text = event.event.as_mut().map(|event| {
                reader.resolve_event(event).unwrap();
                match event {
                    Event::TaskChanged(body) => body.task.clone(),
                    Event::MessageAdded(body) => body.message.content.as_str().unwrap().to_owned(),
                    Event::SessionCreated(body) => body.session.task.clone(),
                    _ => String::new(),
                }
            });
            let stream = reader.name(event.stream).unwrap();
            let pruned = kept.pruned.clone();
            assert_eq!(Kept { stream, kind: event.kind, text, pruned }, *kept, "position {}", event.position);
        }
        let verified = log.verify(|_| true).unwrap();
        assert!(verified.is_sound(), "{:?} {:?}", verified.faults, verified.file);
        assert_eq!(self.store().status().unwrap().state, ProjectionState::CaughtUp);
        let checked = self.store().check(None, |_| true).unwrap().unwrap();
        assert_eq!(checked.different, 0, "{:?}", checked.differences);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..retold_trial::chance::properties(nightly(24)) })]

    #[test]
    fn a_store_holds_what_a_list_would(acts in acts()) {
        let mut both = Both::new();
        for act in &acts {
            both.act(act);
            both.check();
        }
    }
}
