//! What is known of a workspace, said where that is news.

use retold_core::event::WorkspaceRegistered;
use retold_core::{Commit, Event, Expected, Limit, Log, Revision, StreamName};

use super::super::place::workspace_hash_of_text;
use super::super::sources::Source;
use super::run::{CONFLICTS_MAX, Run};
use crate::Error;

impl Run<'_> {
    pub(super) fn register(&mut self, source: &Source) -> Result<(), Error> {
        let name = StreamName::workspace(&source.workspace);
        for _ in 0..CONFLICTS_MAX {
            let known = match (self.dry_run.registered(&source.workspace), self.log) {
                (Some(body), _) => Some((body.clone(), Revision::ZERO)),
                (None, Some(log)) => last_registration(log, &name)?,
                (None, None) => None,
            };
            let revision = known.as_ref().map_or(Revision::ZERO, |(_, revision)| *revision);
            let Some(body) = news(source, known.map(|(body, _)| body)) else { return Ok(()) };
            match self
                .writable()
                .map(|log| log.append(Commit::to(name.clone(), Expected::At(revision), [body.clone()])))
            {
                None => self.dry_run.register(&source.workspace, body),
                Some(Ok(_)) => {}
                Some(Err(error)) if error.is_superseded() => continue,
                Some(Err(error)) => return Err(error.into()),
            }
            self.report.events_appended += 1;
            return Ok(());
        }
        Err(Error::Log(retold_core::Error::Busy {
            act: "register a workspace that another program keeps changing",
        }))
    }
}

/// Returns what there is to say of a workspace, where it is not what was said last.
fn news(source: &Source, known: Option<WorkspaceRegistered>) -> Option<WorkspaceRegistered> {
    let mut hashes =
        known.as_ref().map_or_else(|| vec![source.workspace.clone()], |body| body.hashes.clone());
    if !hashes.contains(&source.home) {
        hashes.push(source.home.clone());
    }
    let before = known.as_ref().and_then(|body| body.path.clone());
    // Two files of one workspace name it by two paths: the one that the workspace is named after stays.
    let stays = source.home != source.workspace
        || before.as_ref().is_some_and(|path| workspace_hash_of_text(path) == source.workspace);
    let path = if stays { before.or(source.folder.clone()) } else { source.folder.clone().or(before) };
    let body = WorkspaceRegistered { path, hashes };
    let is_news = match &known {
        Some(before) => *before != body,
        None => body.path.is_some() || body.hashes.len() > 1,
    };
    is_news.then_some(body)
}

fn last_registration(log: &Log, name: &StreamName) -> Result<Option<(WorkspaceRegistered, Revision)>, Error> {
    let mut reader = log.reader()?;
    let Some(stream) = reader.stream(name)? else { return Ok(None) };
    let head = reader.head()?;
    let (mut last, mut after) = (None, Revision::ZERO);
    loop {
        let page = reader.stream_events_after(stream, after, head.position, Limit::default())?;
        for recorded in page.events {
            after = recorded.revision;
            if let Some(Event::WorkspaceRegistered(body)) = recorded.event {
                last = Some(body);
            }
        }
        if !page.more {
            return Ok(last.map(|body| (body, after)));
        }
    }
}
