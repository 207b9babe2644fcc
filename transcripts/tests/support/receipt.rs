//! What a person is told of an import, folded from facts and from nothing else: a second opinion on what the log makes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use retold_transcripts::{Fact, Interpreter, Outcome, Relation, Role, SourceRole, Tokens, What, Why, format};
use serde_json::{Map, Value, json};

use super::Home;

/// A session, as facts tell it.
#[derive(Default)]
struct Session {
    link: Option<(Relation, String, Option<String>)>,
    title: Option<String>,
    first_prompt: Option<String>,
    cwds: Vec<String>,
    branches: Vec<String>,
    worktree: Option<String>,
    times: Option<(i64, i64)>,
    status: Option<&'static str>,
    prompts: BTreeSet<String>,
    responses: BTreeSet<String>,
    calls: BTreeSet<String>,
    returns: BTreeMap<String, Outcome>,
    compactions: usize,
    rewinds: usize,
    models: Vec<String>,
    versions: Vec<String>,
    unknown: BTreeMap<String, usize>,
    files: Vec<String>,
    /// Agents inside the session that said or did something.
    agents: BTreeSet<String>,
    also: Map<String, Value>,
}

/// What was used under a key.
struct Use {
    session: String,
    model: String,
    tokens: Tokens,
    cost: Option<i64>,
}

fn add(list: &mut Vec<String>, one: &str) {
    if !list.iter().any(|known| known == one) {
        list.push(one.to_owned());
    }
}

/// Returns the receipt of all that was found.
pub fn receipt(home: &Home, interpreter: &dyn Interpreter, facts: &[(usize, Fact)]) -> Value {
    let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
    let mut used: HashMap<String, Use> = HashMap::new();
    for (source, fact) in facts {
        if let What::Used { key, model, tokens, cost, .. } = &fact.what {
            let (session, model) = (fact.session.clone(), model.clone());
            used.insert(key.clone(), Use { session, model, tokens: *tokens, cost: *cost });
        }
        sessions.entry(fact.session.clone()).or_default().fold(&home.sources[*source].name, fact);
    }
    for session in sessions.values_mut() {
        session.files.dedup();
    }
    // A file without a message makes no session.
    sessions.retain(|_, session| !session.prompts.is_empty() || !session.responses.is_empty());

    let listed: Vec<Value> = sessions
        .iter()
        .map(|(id, session)| session.listed(id, interpreter, used.values().filter(|one| one.session == *id)))
        .collect();
    let sources = sources(home);
    let totals = totals(&listed, &sources, used.values().filter(|one| sessions.contains_key(&one.session)));
    json!({"tool": home.tool.word(), "totals": totals, "sessions": listed, "sources": sources})
}

impl Session {
    fn fold(&mut self, file: &str, fact: &Fact) {
        if let Some(at) = fact.at {
            let (first, last) = self.times.unwrap_or((at, at));
            self.times = Some((first.min(at), last.max(at)));
        }
        if let Some(agent) = &fact.agent {
            if matches!(fact.what, What::Spoke { .. } | What::Responded { .. } | What::Called { .. }) {
                self.agents.insert(agent.clone());
            }
            return;
        }
        match &fact.what {
            What::Began => self.files.push(file.to_owned()),
            What::Titled(title) => self.title = Some(title.clone()),
            What::Moved { cwd, branch } => {
                cwd.iter().for_each(|cwd| add(&mut self.cwds, cwd));
                branch.iter().for_each(|branch| add(&mut self.branches, branch));
            }
            What::InWorktree(path) => self.worktree = Some(path.clone()),
            What::Versioned(version) => add(&mut self.versions, version),
            What::Linked { relation, parent, spawned_by } => {
                self.link = Some((*relation, parent.clone(), spawned_by.clone()));
            }
            What::Spoke { id, role: Role::User, text, .. } => {
                self.prompts.insert(id.clone());
                if self.first_prompt.is_none() && !text.trim().is_empty() {
                    self.first_prompt = Some(text.clone());
                }
            }
            What::Spoke { id, role: Role::Assistant, model, .. } | What::Responded { id, model } => {
                self.responses.insert(id.clone());
                model.iter().for_each(|model| add(&mut self.models, model));
            }
            What::Called { id, message, .. } => {
                self.calls.insert(id.clone());
                self.responses.extend(message.clone());
            }
            What::Returned { id, outcome, .. } => {
                self.returns.insert(id.clone(), *outcome);
            }
            What::Compacted { .. } => self.compactions += 1,
            What::Rewound { .. } => self.rewinds += 1,
            What::HasStatus(status) => self.status = Some(status.word()),
            What::Unknown(kind) => *self.unknown.entry(kind.clone()).or_default() += 1,
            What::Also { name, value } => {
                self.also.insert((*name).to_owned(), value.clone());
            }
            What::Spoke { .. } | What::Revised { .. } | What::Used { .. } => {}
        }
    }

    fn listed<'a>(
        &self,
        id: &str,
        interpreter: &dyn Interpreter,
        uses: impl Iterator<Item = &'a Use>,
    ) -> Value {
        let settled = interpreter.settled(id);
        let (relation, parent, spawned_by) = match &self.link {
            Some((relation, parent, spawned_by)) => {
                (Some(relation.word()), Some(parent), spawned_by.as_ref())
            }
            None => (None, None, None),
        };
        let (status, is_inferred) = match settled.status {
            Some((status, is_inferred)) => (Some(status.word()), is_inferred),
            None => (self.status, false),
        };
        let errors = self
            .returns
            .values()
            .filter(|outcome| matches!(outcome, Outcome::Error | Outcome::Denied))
            .count();
        let uses: Vec<&Use> = uses.collect();
        let mut listed = json!({
            "id": id,
            "relation": relation,
            "parent": parent,
            "spawned_by": spawned_by,
            "title": self.title.as_ref().or(self.first_prompt.as_ref()),
            "cwd": self.cwds.first(),
            "cwds": self.cwds,
            "branch": self.branches.first(),
            "branches": self.branches,
            "worktree": self.worktree,
            "started_at": self.times.map(|(first, _)| time(first)),
            "ended_at": self.times.map(|(_, last)| time(last)),
            "status": status,
            "status_inferred": is_inferred,
            "messages": {"user": self.prompts.len(), "assistant": self.responses.len()},
            "tool_calls": self.calls.len(),
            "tool_results": self.returns.len(),
            "tool_errors": errors,
            "usage": usage(uses.iter().copied()),
            "usage_partial": settled.is_usage_partial,
            "inline_sidechains": self.agents.len(),
            "compactions": self.compactions,
            "rewinds": self.rewinds,
            "models": self.models,
            "versions": self.versions,
            "unknown": self.unknown,
            "files": self.files,
        });
        let more = listed.as_object_mut().unwrap();
        more.extend(self.also.clone());
        more.extend(settled.also.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let costs: Vec<i64> = uses.iter().filter_map(|one| one.cost).collect();
        if !costs.is_empty() {
            more.insert("cost".to_owned(), json!(costs.iter().sum::<i64>() as f64 / 1e6));
        }
        listed
    }
}

/// Returns tokens by model; what used nothing is not there.
fn usage<'a>(uses: impl Iterator<Item = &'a Use>) -> BTreeMap<String, Value> {
    let mut sums: BTreeMap<&str, Tokens> = BTreeMap::new();
    for one in uses {
        let sum = sums.entry(&one.model).or_default();
        sum.input += one.tokens.input;
        sum.cache_read += one.tokens.cache_read;
        sum.cache_write += one.tokens.cache_write;
        sum.output += one.tokens.output;
        sum.reasoning += one.tokens.reasoning;
    }
    sums.retain(|_, sum| *sum != Tokens::default());
    let shown = |sum: Tokens| {
        json!({
            "input": sum.input, "cache_read": sum.cache_read, "cache_write": sum.cache_write, "output": sum.output,
            "reasoning": sum.reasoning,
        })
    };
    sums.into_iter().map(|(model, sum)| (model.to_owned(), shown(sum))).collect()
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Returns the transcripts, by path. A mark of byte order and blank lines are kept, and are no fault to report.
fn sources(home: &Home) -> Vec<Value> {
    let mut sources: Vec<Value> = Vec::new();
    for (number, source) in home.sources.iter().enumerate() {
        if source.role == SourceRole::Companion {
            continue;
        }
        let skipped: Vec<Value> = home
            .skipped
            .iter()
            .filter(|span| span.source == number && !matches!(span.why, Why::ByteOrderMark | Why::Blank))
            .map(|span| json!({"offset": span.offset, "length": span.length, "why": span.why.word()}))
            .collect();
        let records = home.records.iter().filter(|record| record.source == number);
        let records: u64 = records.map(|record| format(home.tool).counted(source, &record.record())).sum();
        let bytes = std::fs::metadata(&source.path).unwrap().len();
        sources.push(json!({"path": source.name, "bytes": bytes, "records": records, "skipped": skipped}));
    }
    sources.sort_by(|one, other| one["path"].as_str().cmp(&other["path"].as_str()));
    sources
}

fn totals<'a>(sessions: &[Value], sources: &[Value], uses: impl Iterator<Item = &'a Use>) -> Value {
    let sum = |of: &[Value], pointer: &str| -> u64 {
        of.iter().map(|one| one.pointer(pointer).unwrap().as_u64().unwrap()).sum()
    };
    let mut by_relation: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for session in sessions {
        *by_relation.entry(session["relation"].as_str().unwrap_or("None")).or_default() += 1;
        for (kind, count) in session["unknown"].as_object().unwrap() {
            *unknown.entry(kind).or_default() += count.as_u64().unwrap();
        }
    }
    let skipped: Vec<Value> =
        sources.iter().flat_map(|source| source["skipped"].as_array().unwrap()).cloned().collect();
    json!({
        "sessions": sessions.len(),
        "by_relation": by_relation,
        "user": sum(sessions, "/messages/user"),
        "assistant": sum(sessions, "/messages/assistant"),
        "tool_calls": sum(sessions, "/tool_calls"),
        "tool_results": sum(sessions, "/tool_results"),
        "tool_errors": sum(sessions, "/tool_errors"),
        "compactions": sum(sessions, "/compactions"),
        "rewinds": sum(sessions, "/rewinds"),
        "usage": usage(uses),
        "sources": sources.len(),
        "bytes": sum(sources, "/bytes"),
        "records": sum(sources, "/records"),
        "skipped_spans": skipped.len(),
        "skipped_bytes": sum(&skipped, "/length"),
        "unknown": unknown,
    })
}

/// Says where a receipt is another one than it should be. Further keys are allowed, where keys are names of fields.
pub fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare("", expected, found, &mut all);
    all
}

fn compare(at: &str, expected: &Value, found: &Value, all: &mut Vec<String>) {
    const DATA: &[&str] = &["usage", "unknown", "by_relation"];
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let are_data = at.rsplit('/').next().is_some_and(|last| DATA.contains(&last));
            for (key, value) in expected {
                match found.get(key) {
                    Some(other) => compare(&format!("{at}/{key}"), value, other, all),
                    None => all.push(format!("{at}/{key}: {value} is missing")),
                }
            }
            for (key, value) in found.iter().filter(|(key, _)| are_data && !expected.contains_key(*key)) {
                all.push(format!("{at}/{key}: {value} is too much"));
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                all.push(format!("{at}: {} instead of {} elements", found.len(), expected.len()));
            }
            for (number, (one, other)) in expected.iter().zip(found).enumerate() {
                let name = one.get("id").or_else(|| one.get("path")).and_then(Value::as_str);
                let name = name.map_or_else(|| number.to_string(), str::to_owned);
                compare(&format!("{at}/{name}"), one, other, all);
            }
        }
        _ if expected == found => {}
        _ => all.push(format!("{at}: {found} instead of {expected}")),
    }
}
