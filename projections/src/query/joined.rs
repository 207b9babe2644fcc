//! Which transcript an agent left of the run that an instance of a session is.
//!
//! An editor starts an agent in a folder and keeps little of what it says; the agent's own tool keeps all of it elsewhere.
//! Nothing on disk says that the two belong together: the folder, the time and the branch do. So this is derived from the
//! read models whenever it is asked for, and follows either side as it grows.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use retold_core::{Reader, StreamId, workspace_key};
use rusqlite::{Connection, named_params};

use crate::error::sqlite;
use crate::{Error, Store, TemporalReader};

/// A transcript may begin so much before the instance was noted down, in microseconds.
const EARLIER_MAX: i64 = 60_000_000;
/// The names of folders that the editor invented and no agent ever ran in.
const INVENTED: &str = "/tmp/worktree-comp-";
const ACT: &str = "find the transcripts of instances";

/// A transcript that belongs to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedTranscript {
    /// The session that the instance is of.
    pub session: StreamId,
    /// The instance's index in it, from 0.
    pub place: u32,
    /// The instance's number.
    pub instance: i64,
    /// The session that the agent's own tool kept.
    pub transcript: StreamId,
    /// 1 for the run itself; 2 and more for others that were begun there while it lasted, in the order of their beginnings.
    pub run: u32,
}

/// Returns the transcripts of the instances of a session, or of all: see [`Store::joined_transcripts`].
///
/// # Errors
/// Where the store cannot be read.
pub fn joined_transcripts(
    reader: &Reader<'_>,
    session: Option<StreamId>,
) -> Result<Vec<JoinedTranscript>, Error> {
    joined(reader.connection(), session)
}

impl Store {
    /// Returns the transcripts of the instances of a session, or of all, by session, instance and run.
    ///
    /// An instance and a transcript belong together where the instance's runtime is the transcript's tool (or is not known), the
    /// transcript began in the instance's folder or below, and did so no earlier than a minute before the instance's start and no
    /// later than its end (or the next start of an instance there). Of several, the one on the instance's branch and then the
    /// one that began nearest to its start is the run itself. A transcript belongs to one instance at most; one that began in
    /// the root of the workspace is a person's own, and those of sub-agents follow their parent.
    ///
    /// Folders are looked up on this machine, so that links do not matter. Reads all instances where any transcript began
    /// while the session's instances ran, else the session's alone.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn joined_transcripts(&self, session: Option<StreamId>) -> Result<Vec<JoinedTranscript>, Error> {
        joined_transcripts(&self.log.reader()?, session)
    }
}

impl TemporalReader {
    /// Returns the transcripts as [`Store::joined_transcripts`] does now, of what was known at the moment.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn joined_transcripts(&self, session: Option<StreamId>) -> Result<Vec<JoinedTranscript>, Error> {
        joined(self.connection(), session)
    }
}

fn joined(connection: &Connection, session: Option<StreamId>) -> Result<Vec<JoinedTranscript>, Error> {
    let read = || -> rusqlite::Result<Vec<JoinedTranscript>> {
        let asked = instances(connection, session)?;
        let Some(first) = asked.iter().map(|one| one.start).min() else { return Ok(Vec::new()) };
        let is_open = asked.iter().any(|one| one.end.is_none());
        let last = if is_open { None } else { asked.iter().filter_map(|one| one.end).max() };
        let transcripts =
            transcripts(connection, first.saturating_sub(EARLIER_MAX), last.unwrap_or(i64::MAX))?;
        if transcripts.is_empty() {
            return Ok(Vec::new());
        }
        // Others may have a better claim.
        let all = if session.is_some() { instances(connection, None)? } else { asked };
        let mut joined = assign(&all, &transcripts, &mut Folders::default());
        joined.retain(|one| session.is_none_or(|session| one.session == session));
        Ok(joined)
    };
    read().map_err(sqlite(ACT))
}

struct Instance {
    session: StreamId,
    place: u32,
    number: i64,
    folder: String,
    branch: Option<String>,
    runtime: Option<String>,
    start: i64,
    end: Option<i64>,
    workspace: String,
}

struct Transcript {
    stream: StreamId,
    tool: String,
    folder: String,
    branch: Option<String>,
    start: i64,
}

fn instances(connection: &Connection, session: Option<StreamId>) -> rusqlite::Result<Vec<Instance>> {
    let mut statement = connection.prepare(include_str!("../../sql/joined/instances.sql"))?;
    let rows = statement.query_map(named_params! { ":session": session }, |row| {
        Ok(Instance {
            session: row.get(0)?,
            place: row.get(1)?,
            number: row.get(2)?,
            folder: row.get(3)?,
            branch: row.get(4)?,
            runtime: row.get(5)?,
            start: row.get(6)?,
            end: row.get(7)?,
            workspace: row.get(8)?,
        })
    })?;
    rows.collect()
}

fn transcripts(connection: &Connection, first: i64, last: i64) -> rusqlite::Result<Vec<Transcript>> {
    let mut statement = connection.prepare(include_str!("../../sql/joined/transcripts.sql"))?;
    let rows = statement.query_map(named_params! { ":first": first, ":last": last }, |row| {
        Ok(Transcript {
            stream: row.get(0)?,
            tool: row.get(1)?,
            folder: row.get(2)?,
            branch: row.get(3)?,
            start: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// Folders as they are on this machine, each looked up once.
#[derive(Default)]
struct Folders {
    real: HashMap<String, PathBuf>,
    keys: HashMap<String, String>,
}

impl Folders {
    /// Whether `inner` is `outer` or lies below it, by their texts or by what they are here.
    fn is_within(&mut self, inner: &str, outer: &str) -> bool {
        Path::new(inner).starts_with(outer) || {
            let outer = self.real(outer).to_owned();
            self.real(inner).starts_with(outer)
        }
    }

    /// The folder without links, as far as it is there.
    fn real(&mut self, folder: &str) -> &Path {
        self.real.entry(folder.to_owned()).or_insert_with(|| {
            let path = Path::new(folder);
            let there = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
            match there {
                Some((part, real)) => path.strip_prefix(part).map_or(real.clone(), |rest| real.join(rest)),
                None => path.to_owned(),
            }
        })
    }

    fn key(&mut self, folder: &str) -> &str {
        self.keys.entry(folder.to_owned()).or_insert_with(|| workspace_key(folder))
    }
}

/// How well a transcript fits an instance: the least is the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    is_other_branch: bool,
    apart: u64,
    instance: usize,
    transcript: usize,
}

/// Gives each transcript to the instance that it fits best, and says which is an instance's own run. Instances and transcripts
/// come by their starts.
fn assign(
    instances: &[Instance],
    transcripts: &[Transcript],
    folders: &mut Folders,
) -> Vec<JoinedTranscript> {
    let mut fits = Vec::new();
    for (at, instance) in instances.iter().enumerate() {
        if instance.folder.starts_with(INVENTED) || folders.key(&instance.folder) == instance.workspace {
            continue;
        }
        let next = || {
            let later = instances.iter().skip(at + 1);
            let there = later.filter(|other| other.folder == instance.folder && other.start > instance.start);
            there.map(|other| other.start - 1).next()
        };
        let end = instance.end.or_else(next).unwrap_or(i64::MAX);
        let first = instance.start.saturating_sub(EARLIER_MAX);
        let from = transcripts.partition_point(|one| one.start < first);
        for (index, transcript) in transcripts.iter().enumerate().skip(from) {
            if transcript.start > end {
                break;
            }
            let is_tool = instance.runtime.as_ref().is_none_or(|runtime| *runtime == transcript.tool);
            if is_tool && folders.is_within(&transcript.folder, &instance.folder) {
                fits.push(Fit {
                    is_other_branch: instance.branch.is_none() || instance.branch != transcript.branch,
                    apart: transcript.start.abs_diff(instance.start),
                    instance: at,
                    transcript: index,
                });
            }
        }
    }
    fits.sort_unstable();
    let (mut begun, mut given) = (HashSet::new(), HashSet::new());
    let mut further = Vec::new();
    let mut joined = Vec::new();
    let one = |fit: &Fit, run| JoinedTranscript {
        session: instances[fit.instance].session,
        place: instances[fit.instance].place,
        instance: instances[fit.instance].number,
        transcript: transcripts[fit.transcript].stream,
        run,
    };
    for fit in &fits {
        if given.contains(&fit.transcript) {
            continue;
        }
        if begun.insert(fit.instance) {
            given.insert(fit.transcript);
            joined.push(one(fit, 1));
        } else {
            further.push(*fit);
        }
    }
    further.retain(|fit| given.insert(fit.transcript));
    further.sort_by_key(|fit| (fit.instance, fit.transcript));
    let mut runs: HashMap<usize, u32> = HashMap::new();
    for fit in &further {
        let run = runs.entry(fit.instance).or_insert(1);
        *run += 1;
        joined.push(one(fit, *run));
    }
    joined.sort_by_key(|one| (one.session, one.place, one.run));
    joined
}

#[cfg(test)]
mod tests {
    use rusqlite::types::{FromSql, ValueRef};

    use super::*;

    fn stream(number: i64) -> StreamId {
        FromSql::column_result(ValueRef::Integer(number)).unwrap()
    }

    fn instance(place: u32, folder: &str, start: i64, end: Option<i64>) -> Instance {
        Instance {
            session: stream(1),
            place,
            number: i64::from(place) + 1,
            folder: folder.to_owned(),
            branch: Some(format!("comp/{}", place + 1)),
            runtime: Some("claude".to_owned()),
            start: start * 1_000_000,
            end: end.map(|end| end * 1_000_000),
            workspace: "none".to_owned(),
        }
    }

    fn transcript(number: i64, folder: &str, branch: &str, start: i64) -> Transcript {
        Transcript {
            stream: stream(number),
            tool: "claude".to_owned(),
            folder: folder.to_owned(),
            branch: (!branch.is_empty()).then(|| branch.to_owned()),
            start: start * 1_000_000,
        }
    }

    fn runs(instances: &[Instance], transcripts: &[Transcript]) -> Vec<(i64, i64, u32)> {
        let joined = assign(instances, transcripts, &mut Folders::default());
        joined.iter().map(|one| (one.instance, one.transcript.get(), one.run)).collect()
    }

    const HERE: &str = "/nowhere/atlas/src-tauri/.worktrees/comp-1";

    #[test]
    fn a_run_begins_where_and_when_its_instance_does() {
        let one = [instance(0, HERE, 1000, Some(1600))];
        let below = format!("{HERE}/crates/net");
        let beside = format!("{HERE}0");
        for (folder, start, is_joined) in [
            (HERE, 1001, true),
            (below.as_str(), 1001, true),
            (beside.as_str(), 1001, false),
            ("/nowhere/atlas", 1001, false),
            (HERE, 940, true),
            (HERE, 939, false),
            (HERE, 1600, true),
            (HERE, 1601, false),
        ] {
            let found = runs(&one, &[transcript(9, folder, "comp/1", start)]);
            assert_eq!(found.len() == 1, is_joined, "{folder} {start}");
        }
    }

    #[test]
    fn of_several_the_branch_decides_and_then_the_time_and_the_others_are_further_runs() {
        let one = [instance(0, HERE, 1000, Some(1600))];
        let found = runs(
            &one,
            &[
                transcript(5, HERE, "", 1000),
                transcript(6, HERE, "comp/1", 1200),
                transcript(7, HERE, "comp/1", 1300),
            ],
        );
        assert_eq!(found, [(1, 6, 1), (1, 5, 2), (1, 7, 3)]);
    }

    #[test]
    fn a_transcript_belongs_to_one_instance_at_most() {
        let two = [instance(0, HERE, 1000, Some(1600)), instance(1, HERE, 1010, Some(1600))];
        let found = runs(&two, &[transcript(5, HERE, "comp/2", 1005), transcript(6, HERE, "", 1300)]);
        assert_eq!(found, [(1, 6, 1), (2, 5, 1)]);
    }

    #[test]
    fn an_instance_without_an_end_ends_where_the_next_begins() {
        let two = [instance(0, HERE, 1000, None), instance(1, HERE, 2000, None)];
        let found = runs(&two, &[transcript(5, HERE, "", 1500), transcript(6, HERE, "", 2500)]);
        assert_eq!(found, [(1, 5, 1), (2, 6, 1)]);
    }

    #[test]
    fn what_ran_in_the_workspace_itself_is_a_persons_own_and_an_invented_folder_is_nobodys() {
        let invented = "/tmp/worktree-comp-c25d432f-b81f-5f0e-8321-ab80a408bbb8-5";
        let mut own = instance(0, "/nowhere/atlas", 1000, Some(1600));
        own.workspace = workspace_key("/nowhere/atlas");
        let two = [own, instance(1, invented, 1000, Some(1600))];
        assert_eq!(runs(&two, &[transcript(5, "/nowhere/atlas", "", 1000)]), []);
        assert_eq!(runs(&two, &[transcript(5, invented, "", 1000)]), []);
    }
}
