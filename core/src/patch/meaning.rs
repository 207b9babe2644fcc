//! The one place that says what an event does to a session.

use std::borrow::Cow;

use super::{Key, List, Op, Outline, Patch, Path, Record};
use crate::model::Slot;
use crate::model::field::{Field, instance, message, session};
use crate::{Erasure, Event, EventType, Held, Value};

/// Values that are borrowed from an event.
macro_rules! borrowed {
    (value $value:expr) => {
        $value.value()
    };
    (long $text:expr) => {
        Cow::Borrowed(&$text)
    };
    (held $value:expr) => {
        Held::Borrowed(&$value)
    };
    (option $option:expr) => {
        $option.as_ref()
    };
    (each $patch:expr, $each:expr) => {
        $patch.each($each)
    };
    (updated $event:ident) => {
        $event.updated_at().map(|text| Value::Text(Cow::Borrowed(text)))
    };
}

/// Values that are taken out of an event.
macro_rules! owned {
    (value $value:expr) => {
        $value.into_value()
    };
    (long $text:expr) => {
        Cow::Owned($text)
    };
    (held $value:expr) => {
        Held::Owned(Box::new($value))
    };
    (option $option:expr) => {
        $option
    };
    (each $patch:expr, $each:expr) => {
        $patch.into_each($each)
    };
    (updated $event:ident) => {
        $event.updated_at_mut().and_then(Option::take).map(Slot::into_value)
    };
}

/// Defines the meaning of events, for borrowed ones and for owned ones: `$take` says how a value leaves its body.
macro_rules! meaning {
    ($(#[$about:meta])* $visible:vis fn $name:ident($event:ident: $type:ty as $life:lifetime) by $take:ident) => {
        $(#[$about])*
        #[allow(unused_mut, reason = "an owned event gives its texts away")]
        $visible fn $name<$life>(outline: Outline, mut $event: $type, mut each: impl FnMut(Patch<$life>)) {
            // A change of the session's details names `updatedAt` among them.
            if !matches!($event, Event::SessionCreated(_) | Event::SessionDetailsChanged(_))
                && let Some(text) = $take!(updated $event)
            {
                each(own(session::updated_at, text));
            }
            let index = $event.index();
            let at = |list| index.unwrap_or(outline.len(list));
            match $event {
                Event::SessionCreated(body) => {
                    let (place, home) = (body.place, $take!(option body.home));
                    each(Patch { path: Path::Whole, op: Op::Insert(Value::Session($take!(held body.session))) });
                    if let Some(place) = place {
                        each(record(Record::Place, Value::Real(place)));
                    }
                    if let Some(home) = home {
                        each(record(Record::Home, $take!(value home)));
                    }
                }
                Event::TaskChanged(body) => each(own(session::task, $take!(value body.task))),
                Event::SessionStatusChanged(body) => {
                    each(own(session::status, $take!(value body.status)));
                    if let Some(completed_at) = $take!(option body.completed_at) {
                        each(own(session::completed_at, $take!(value completed_at)));
                    }
                }
                Event::WinnerSelected(body) => each(own(session::winner_id, $take!(value body.winner_id))),
                Event::SessionDetailsChanged(body) => {
                    $take!(each body.set, |key, value| each(set(Path::Own(key), value)));
                }
                Event::SessionMoved(body) => each(record(Record::Place, Value::Real(body.place))),
                Event::SessionDeleted(_) => each(record(Record::Deleted, Value::Flag(true))),
                Event::SessionRestored(_) => each(record(Record::Deleted, Value::Flag(false))),
                Event::TagsChanged(body) => each(record(Record::Tags, $take!(value body.tags))),
                Event::InstanceAdded(body) => {
                    let at = at(List::Instances);
                    each(insert(List::Instances, at, Value::Instance($take!(held body.instance))));
                }
                Event::InstanceStatusChanged(body) => {
                    each(of_instance(body.index, instance::status, $take!(value body.status)));
                }
                Event::OutputAppended(body) => {
                    let path = Path::Field(List::Instances, body.index, Key::Known(instance::output));
                    each(Patch { path, op: Op::Extend($take!(long body.text)) });
                }
                Event::OutputReplaced(body) => {
                    each(of_instance(body.index, instance::output, $take!(value body.text)));
                }
                Event::InstanceDetailsChanged(body) => {
                    let at = body.index;
                    $take!(each body.set, |key, value| {
                        each(set(Path::Field(List::Instances, at, key), value));
                    });
                }
                Event::InstanceRemoved(body) => each(remove(List::Instances, body.index)),
                Event::MessageAdded(body) => {
                    let at = at(List::Messages);
                    each(insert(List::Messages, at, Value::Message($take!(long body.message))));
                }
                Event::MessageChanged(body) => {
                    let (at, content) = (body.index, $take!(option body.content));
                    $take!(each body.set, |key, value| {
                        each(set(Path::Field(List::Messages, at, key), value));
                    });
                    if let Some(content) = content {
                        let path = Path::Field(List::Messages, at, Key::Known(message::content));
                        each(set(path, $take!(value content)));
                    }
                }
                Event::MessageRemoved(body) => each(remove(List::Messages, body.index)),
                Event::TitleChanged(body) => each(own(session::task, $take!(value body.title))),
                Event::SessionContextChanged(body) => {
                    if let Some(cwds) = $take!(option body.cwds) {
                        each(record(Record::Cwds, $take!(value cwds)));
                    }
                    if let Some(branches) = $take!(option body.branches) {
                        each(record(Record::Branches, $take!(value branches)));
                    }
                    if let Some(worktree) = $take!(option body.worktree) {
                        each(record(Record::Worktree, $take!(value worktree)));
                    }
                    if let Some(models) = $take!(option body.models) {
                        each(record(Record::Models, $take!(value models)));
                    }
                    if let Some(versions) = $take!(option body.versions) {
                        each(record(Record::Versions, $take!(value versions)));
                    }
                    if let Some(files) = $take!(option body.files) {
                        each(record(Record::Files, $take!(value files)));
                    }
                    if let Some(partial) = body.partial {
                        each(record(Record::Partial, Value::Flag(partial)));
                    }
                    if let Some(details) = $take!(option body.details) {
                        each(record(Record::Details, $take!(value details)));
                    }
                }
                Event::SessionLinked(body) => {
                    each(record(Record::Relation, $take!(value body.relation)));
                    each(record(Record::Parent, $take!(value body.parent)));
                    if let Some(spawned_by) = $take!(option body.spawned_by) {
                        each(record(Record::SpawnedBy, $take!(value spawned_by)));
                    }
                }
                Event::StatusObserved(body) => {
                    let inferred = body.inferred;
                    each(own(session::status, $take!(value body.status)));
                    each(record(Record::Inferred, Value::Flag(inferred)));
                }
                // What tools did and used stands beside the document, in a projection.
                Event::ToolCalled(_)
                | Event::ToolReturned(_)
                | Event::UsageRecorded(_)
                | Event::ContextCompacted(_)
                | Event::HistoryRewound(_)
                | Event::SourceFound(_)
                | Event::RecordsKept(_)
                | Event::SourceRead(_)
                | Event::ImportExcluded(_)
                | Event::ImportIncluded(_)
                | Event::MappingCorrected(_)
                | Event::FolderSeen(_)
                | Event::WorkspaceRegistered(_)
                | Event::BodyRedacted(_)
                | Event::BodiesPruned(_)
                | Event::BodiesRestored(_) => {}
            }
        }
    };
}

meaning! {
    /// Calls `each` with what `event` does to a session with this outline, in the order in which it is to be done. Copies
    /// nothing of the event.
    ///
    /// The event must be valid there ([`Outline::check`]): whether it is, is not asked here. Where a list grows or shrinks on
    /// the way, a later patch names the place that its element has then. An instance that comes with an output is one patch.
    pub fn meaning(event: &'e Event as 'e) by borrowed
}
meaning! {
    /// Does what [`meaning`] does, with values that the event gives away.
    pub fn meaning_of_owned(event: Event as 'e) by owned
}

/// Calls `each` with what an event does whose body is erased ([`Event::of_erased`]); nothing where that is not valid.
pub fn meaning_of_erased<'e>(
    outline: Outline,
    kind: EventType,
    erasure: Erasure,
    each: impl FnMut(Patch<'e>),
) {
    if let Some(event) = Event::of_erased(kind, erasure)
        && outline.check(&event).is_ok()
    {
        meaning_of_owned(outline, event, each);
    }
}

fn set(path: Path, value: Value<'_>) -> Patch<'_> {
    Patch { path, op: Op::Set(value) }
}

fn own(field: Field, value: Value<'_>) -> Patch<'_> {
    set(Path::Own(Key::Known(field)), value)
}

fn record(record: Record, value: Value<'_>) -> Patch<'_> {
    set(Path::Own(Key::Record(record)), value)
}

fn of_instance(at: u32, field: Field, value: Value<'_>) -> Patch<'_> {
    set(Path::Field(List::Instances, at, Key::Known(field)), value)
}

fn insert(list: List, at: u32, value: Value<'_>) -> Patch<'_> {
    Patch { path: Path::Row(list, at), op: Op::Insert(value) }
}

fn remove<'e>(list: List, at: u32) -> Patch<'e> {
    Patch { path: Path::Row(list, at), op: Op::Remove }
}
