//! What is new in the log, for pages that are open: where its end is and which sessions moved, and no content. A page asks for what it
//! shows.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use hyper::body::{Bytes, Frame};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use parking_lot::Mutex;
use retold_core::{Log, Position, Revision, StreamId, Subscription};
use serde_json::{Value, json};
use tokio::sync::{broadcast, oneshot};

use super::body::Body;
use super::shared::Answers;
use crate::problem::Problem;
use crate::team::{Shipments, Watched};

/// How long an empty look waits.
const WAIT: Duration = Duration::from_millis(250);
/// How often it is asked whether a team's server has something new.
const TEAM_WAIT: Duration = Duration::from_secs(1);
/// At most this often is anything said.
const PACE: Duration = Duration::from_millis(100);
/// How often something is said where nothing is new, so that both ends know of each other.
const BEAT: Duration = Duration::from_secs(15);
/// Sessions that are named; where more moved, all may have.
const CHANGED_MAX: usize = 500;
/// Said to who listens where the server ends.
const END: &str = "";
/// Pages that listen. Each browser has one for all its tabs.
const LISTENERS_MAX: usize = 24;

/// Where something new comes from.
#[derive(Clone)]
enum Source {
    Log(Log),
    Team(Arc<Watched>),
}

#[derive(Clone)]
pub(super) struct Live {
    source: Source,
    sender: broadcast::Sender<Arc<str>>,
    is_stopped: Arc<AtomicBool>,
    /// The end of the log when somebody began to listen: looking begins there, so that nothing lies between. None where nobody looks.
    since: Arc<Mutex<Option<Position>>>,
    /// What was said last of a team's server, since somebody looks.
    said: Arc<Mutex<Option<Arc<str>>>>,
}

impl Live {
    pub(super) fn of(log: Log) -> Self {
        Self::from(Source::Log(log))
    }

    pub(super) fn of_team(team: Arc<Watched>) -> Self {
        Self::from(Source::Team(team))
    }

    fn from(source: Source) -> Self {
        Self {
            source,
            sender: broadcast::channel(64).0,
            is_stopped: Arc::default(),
            since: Arc::default(),
            said: Arc::default(),
        }
    }

    /// Looks for as long as somebody listens.
    fn look_on(&self) {
        let live = self.clone();
        std::thread::spawn(move || {
            let mut looking: Option<Looking> = None;
            while !live.is_over() {
                // A store that cannot be read just now is tried again, from where it was.
                match live.look(&mut looking) {
                    Ok(Some(said)) => {
                        let _nobody = live.sender.send(said.into());
                        std::thread::sleep(PACE);
                    }
                    Ok(None) => {}
                    // Who listens may not any more, and is told so when they come back.
                    Err(problem) if problem.status == StatusCode::NOT_FOUND => {
                        let _nobody = live.sender.send(END.into());
                        std::thread::sleep(WAIT);
                    }
                    Err(_) => std::thread::sleep(WAIT),
                }
            }
        });
    }

    /// Ends the answers that go on, and takes no more.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        let _nobody = self.sender.send(END.into());
    }

    /// Whether somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Begins to listen; returns what is listened to, and the head as of now or later, where it is known.
    fn listen(&self) -> Result<(broadcast::Receiver<Arc<str>>, String), Problem> {
        let news = self.sender.subscribe();
        let (end, said) = match &self.source {
            Source::Log(log) => {
                let read = || Ok::<_, Problem>((log.reader()?.head()?.position, head(log, None)?));
                tokio::task::block_in_place(read)?
            }
            // It is asked over the network, by who looks: nobody waits for it here.
            Source::Team(_) => {
                let said = self.said.lock().as_deref().unwrap_or_default().to_owned();
                (Position::ZERO, said)
            }
        };
        let mut since = self.since.lock();
        if since.is_none() {
            *since = Some(end);
            *self.said.lock() = None;
            self.look_on();
        }
        drop(since);
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(super::respond::stopped());
        }
        Ok((news, said))
    }

    /// Whether nobody listens any more: then it is forgotten where looking began, and who comes next has it begin again.
    fn is_over(&self) -> bool {
        let mut since = self.since.lock();
        let is_over = self.sender.receiver_count() == 0 || self.is_stopped.load(Ordering::Relaxed);
        if is_over {
            *since = None;
        }
        is_over
    }

    /// Waits for what is new, and says what came of it.
    fn look(&self, looking: &mut Option<Looking>) -> Result<Option<String>, Problem> {
        match &self.source {
            Source::Log(log) => Ok(self.look_at_log(log, looking)?),
            Source::Team(team) => {
                let is_first = self.said.lock().is_none();
                if !is_first {
                    std::thread::sleep(TEAM_WAIT);
                }
                if self.is_stopped.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let shipments = team.shipments()?;
                let now = stamp(shipments);
                let before = self.since.lock().replace(now);
                if !is_first && before == Some(now) {
                    return Ok(None);
                }
                let news = crate::team::news(shipments);
                *self.said.lock() = Some(news.as_str().into());
                Ok(Some(news))
            }
        }
    }

    fn look_at_log(
        &self,
        log: &Log,
        looking: &mut Option<Looking>,
    ) -> Result<Option<String>, retold_core::Error> {
        let looking = match looking {
            Some(looking) => looking,
            None => {
                let since = *self.since.lock();
                let since =
                    since.map_or_else(|| Ok(log.reader()?.head()?.position), Ok::<_, retold_core::Error>)?;
                looking.insert(Looking { subscription: log.subscribe(since), changed: BTreeMap::new() })
            }
        };
        let mut wait = WAIT;
        loop {
            let events = looking.subscription.next(wait)?;
            if events.is_empty() || looking.changed.len() > CHANGED_MAX {
                break;
            }
            looking.changed.extend(events.iter().map(|event| (event.stream, event.revision)));
            wait = Duration::ZERO;
        }
        if looking.changed.is_empty() {
            return Ok(None);
        }
        let reader = log.reader()?;
        let all = (looking.changed.len() <= CHANGED_MAX).then(|| {
            let named = looking.changed.iter().filter_map(|(stream, revision)| {
                let name = reader.name(*stream).ok()?;
                Some(json!([retold_present::session::full(&name), revision.get()]))
            });
            named.collect::<Vec<Value>>()
        });
        let said = head(log, all)?;
        looking.changed.clear();
        Ok(Some(said))
    }
}

/// What stands for how far a team's server is: both numbers only rise, so that it differs where one of them does.
fn stamp(shipments: Shipments) -> Position {
    Position::ZERO.plus(shipments.last.saturating_add(shipments.listed))
}

/// What is looked at while somebody listens.
struct Looking {
    subscription: Subscription,
    /// The sessions that moved and were not told of yet, with their revisions.
    changed: BTreeMap<StreamId, Revision>,
}

/// The event that says where the end of the log is, and which sessions moved; all may have, where that is not known.
fn head(log: &Log, changed: Option<Vec<Value>>) -> Result<String, retold_core::Error> {
    let reader = log.reader()?;
    let head = reader.head()?;
    let view = crate::answer::view(&reader).unwrap_or_default();
    let document = json!({ "position": head.position.get(), "hash": head.hash.to_string(), "view": view, "changed": changed });
    Ok(format!("id: {}\nevent: head\ndata: {document}\n\n", head.position))
}

/// The stream to one listener. Where the connection ends it is dropped, and its place is free at once.
struct Listening {
    body: Channel<Bytes, Infallible>,
    _leave: oneshot::Sender<()>,
}

impl hyper::body::Body for Listening {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }
}

/// Answers with what is new, for as long as the page listens.
pub(super) fn stream(answers: &Answers) -> Result<Response<Body>, Problem> {
    if answers.live.is_stopped.load(Ordering::Relaxed) {
        return Err(super::respond::stopped());
    }
    if answers.live.sender.receiver_count() >= LISTENERS_MAX {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many pages listen"));
    }
    let (mut news, first) = answers.live.listen()?;
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    let (leave, mut left) = oneshot::channel();
    tokio::spawn(async move {
        let mut said = Bytes::from(format!("retry: 1000\n\n{first}"));
        while sender.send(Frame::data(said)).await.is_ok() {
            let next = tokio::select! {
                next = tokio::time::timeout(BEAT, news.recv()) => next,
                _ = &mut left => return,
            };
            said = match next {
                Ok(Ok(text)) if &*text == END => return,
                Ok(Ok(text)) => Bytes::copy_from_slice(text.as_bytes()),
                // It was slow to listen: anything may have moved.
                Ok(Err(broadcast::error::RecvError::Lagged(_))) => {
                    Bytes::from_static(b"event: resync\ndata: {}\n\n")
                }
                Err(_) => Bytes::from_static(b": \n\n"),
                Ok(Err(broadcast::error::RecvError::Closed)) => return,
            };
        }
    });
    let body = Listening { body, _leave: leave };
    let mut response = Response::new(body.boxed());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
