//! An application that depends on `retold` alone, and names every type that it is given: it compiles, so nothing is
//! missing from what the crate exports.

use std::time::Duration;

use retold::{
    Anchor, BlameRow, Change, Cursor, Durability, Erasure, Error, Event, EventType, Facet, Field, Instance,
    Key, List, LogEvent, Message, NotAPath, NotAPoint, Options, Order, Origin, Patch, Path, PathWrite, Point,
    Position, RawText, ReadModelError, Record, Revision, SearchAnswer, SearchFilter, SearchHit, Session,
    SessionCount, SessionCounts, SessionFilter, SessionHistory, SessionRow, Snippet, Span, SqlConnection,
    StaleUpdate, StoreError, StreamName, Subscription, Text, Ticket, Timestamp, TravelError, Value, Within,
    Writes, rusqlite,
};

/// Everything that a history is asked, with the types of the answers written out.
fn ask(history: &SessionHistory, workspace: &str) -> Result<(), Error> {
    let head: Position = history.head()?;
    let session: Session = history.session(workspace, "a1")?;
    let instances: &[Instance] = &session.instances;
    let output: Option<&Text> = instances[0].output.as_ref();
    assert_eq!(output.and_then(Text::as_str), Some("one\n"));
    let first: Session = history.session_at(workspace, "a1", Revision::ZERO.plus(1))?;
    assert!(first.chat_history.is_empty());
    let point: Result<Point, NotAPoint> = "head-1".parse();
    let patches: Vec<Patch> = history.diff(workspace, "a1", point?, Anchor::Head)?;
    let Patch { path: Path::Field(List::Instances, 0, Key::Known(field)), change } = &patches[1] else {
        panic!("the output: {patches:?}")
    };
    let field: Field = *field;
    assert_eq!(field, retold::field::instance::output);
    let change: &Change = change;
    assert_eq!(change.name(), "extend");
    let path: Result<Path, NotAPath> = "status".parse();
    let path = path?;
    let rows: Vec<BlameRow> = history.blame(workspace, "a1", &path)?;
    let BlameRow { value, kind, origin, .. } = &rows[0];
    let (value, kind, origin): (&Value, &EventType, &Option<Origin>) = (value, kind, origin);
    assert_eq!(
        (value, kind.name(), origin.map(Origin::name)),
        (&Value::text("running"), "SessionCreated", Some("application"))
    );
    let writes: Vec<PathWrite> = history.history(workspace, "a1", &path)?;
    assert!(writes.iter().all(|write| write.position <= head));

    let span = Span { from: None, before: Some(Timestamp::MAX) };
    let filter = SessionFilter::new().with_order(Order::Updated).with_created(span).with_limit(1);
    let rows: Vec<SessionRow> = history.list(Some(workspace), &filter)?;
    let cursor: Cursor = rows[0].cursor.clone();
    assert!(history.list(Some(workspace), &filter.with_after(cursor))?.is_empty());
    let counts: SessionCounts = history.count(None, &SessionFilter::new())?;
    let count: &SessionCount = &counts.by_status_and_type[0];
    assert_eq!((count.status.as_str(), count.count), ("running", 1));
    let answer: SearchAnswer = history.search("spaces", &SearchFilter::new(), 10)?;
    let (hits, facets): (&[SearchHit], &[Facet]) = (&answer.hits, &answer.facets);
    let snippet: &Snippet = &hits[0].snippet;
    assert_eq!((snippet.marked("[", "]").as_str(), facets.is_empty()), ("Tabs or [spaces]", false));
    let lists: &[(Record, Vec<String>)] = &hits[0].lists;
    assert!(lists.iter().all(|(_, elements)| elements.is_empty()));
    let sql: SqlConnection = history.sql("select count(*) from events")?;
    let events: Result<Position, rusqlite::Error> =
        sql.query_row("select count(*) from events", [], |row| row.get(0));
    assert_eq!(events.ok(), Some(head));

    let mut log: Subscription = history.subscribe(Position::ZERO);
    let within: Within<'_> = log.within(Duration::ZERO);
    for event in within {
        let LogEvent { session, event, erased, .. } = event?;
        let (session, event, erased): (StreamName, Option<Event>, Option<Erasure>) = (session, event, erased);
        assert!(session.is_workspace() || session.session_id == "a1");
        assert_eq!((event.is_some(), erased), (true, None));
    }
    match history.session_at(workspace, "a1", Position::ZERO.plus(99)) {
        Err(Error::Travel(TravelError::NoSuchPoint { .. })) => {}
        other => panic!("there is no such moment: {other:?}"),
    }
    match history.search("\"unclosed", &SearchFilter::new(), 1) {
        Err(Error::ReadModels(ReadModelError::Search { .. })) => Ok(()),
        other => panic!("there is no such search: {other:?}"),
    }
}

fn a_life(store: &std::path::Path) -> Result<(), Error> {
    let history = Options::new()
        .durability(Durability::Normal)
        .stale_update(StaleUpdate::Keep)
        .clock(Timestamp::now)
        .open(store)?;
    let workspace = "/src/atlas";
    let session = Session::new("a1", "debate", "Tabs or spaces").with_instance(Instance::new(1, "Ada"));
    history.create(workspace, session)?;
    let writes: Writes<'_> = history.with_idempotency_key("said-1");
    let ticket: Ticket<Position> =
        writes.add_message_later(workspace, "a1", Message::new("m1", "user", "Tabs"))?;
    ticket.wait()?;
    history.append_output(workspace, "a1", 1, RawText::from("one\n"))?;
    match history.with_idempotency_key(" ").delete(workspace, "a1") {
        Err(Error::Store(StoreError::BlankKey)) => {}
        other => panic!("a blank key is refused: {other:?}"),
    }
    ask(&history, workspace)?;
    history.close()
}

fn main() -> Result<(), Error> {
    a_life(&std::env::temp_dir().join(format!("retold-alone-{}.db", std::process::id())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_crate_alone_is_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        super::a_life(&folder.path().join("sessions.db")).expect("a new history");
    }
}
