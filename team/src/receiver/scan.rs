//! Sessions of a receiver that has no index of them.

use std::collections::BTreeMap;

use super::shipment::Hash;
use super::{Contents, Error, KeptSession, KeptStream, LogNumber};

/// How many positions are read at a time.
const STEP: u64 = 2000;

/// Returns the sessions whose id begins so.
pub(super) fn sessions(contents: &mut (impl Contents + ?Sized), id: &str) -> Result<Vec<KeptSession>, Error> {
    let mut found = Vec::new();
    for log in contents.logs()? {
        let mut of_log: BTreeMap<[u8; 32], KeptSession> = BTreeMap::new();
        let mut first = log.parent.map_or(0, |(_, until)| until.position.get()) + 1;
        while first <= log.head.position.get() {
            let range = contents.range(log.number, first, first + STEP - 1)?;
            for (event, stream) in range.events {
                let is_one = |name: &(String, String, u32)| !name.1.is_empty() && name.1.starts_with(id);
                let Some(name) = stream.name.filter(is_one) else { continue };
                let (log, key) = (log.number, stream.key);
                let session = of_log.entry(*key).or_insert_with(|| KeptSession {
                    log,
                    key,
                    name,
                    revision: 0,
                    edition: None,
                });
                session.revision = session.revision.max(event.revision);
            }
            first += STEP;
        }
        found.extend(of_log.into_values());
    }
    Ok(found)
}

/// Returns the events of a stream after a revision.
pub(super) fn stream(
    contents: &mut (impl Contents + ?Sized),
    number: LogNumber,
    key: &Hash,
    after: u64,
    limit: u32,
) -> Result<KeptStream, Error> {
    let logs = contents.logs()?;
    let Some(log) = logs.into_iter().find(|log| log.number == number) else {
        return Err(Error::Target("there is no such log".to_owned()));
    };
    let mut found = KeptStream::default();
    let (mut of_stream, mut texts) = (Vec::new(), Vec::new());
    // By the position before it: what an event goes on from.
    let mut previous: Option<(u64, Hash)> = None;
    let mut first = log.parent.map_or(0, |(_, until)| until.position.get()) + 1;
    while first <= log.head.position.get() {
        let range = contents.range(number, first, first + STEP - 1)?;
        let mut absent = range.absent.iter().peekable();
        for (event, stream) in range.events {
            while let Some(held) = absent.next_if(|held| held.last < event.position) {
                previous = Some((held.last, held.hash));
            }
            let before = previous.filter(|(at, _)| at + 1 == event.position).map(|(_, hash)| hash);
            previous = Some((event.position, event.hash));
            if stream.key == *key {
                of_stream.push(event.position);
                if event.revision > after && found.events.len() >= limit as usize {
                    found.more = true;
                } else if event.revision > after {
                    texts.extend(event.body.iter().flat_map(|body| body.texts.iter().copied()));
                    found.events.push((event, before));
                }
            }
        }
        if let Some(held) = absent.next_back() {
            previous = Some((held.last, held.hash));
        }
        found
            .gone
            .extend(range.gone.into_iter().filter(|gone| of_stream.binary_search(&gone.position).is_ok()));
        let is_wanted = |hash: &Hash| texts.contains(hash);
        for text in range.texts {
            if is_wanted(&text.hash) && !found.texts.iter().any(|known| known.hash == text.hash) {
                found.texts.push(text);
            }
        }
        first += STEP;
    }
    Ok(found)
}
