//! What the index should have of sessions, and what a slow reading of it finds.

/// Some words are frequent, some begin as others do, some are of characters without spaces.
pub(crate) const WORDS: [&str; 12] =
    ["the", "the", "the", "of", "of", "door", "doors", "hinge", "認証", "エラー", "扉", "mend"];

/// A text as it should be in the index.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) position: u64,
    pub(crate) session: usize,
    pub(crate) role: Option<&'static str>,
    pub(crate) what: &'static str,
    /// Its words; those before `begin` are of the pieces before.
    pub(crate) words: Vec<String>,
    pub(crate) begin: usize,
}

impl Said {
    /// Whether the index has its words alone, each once.
    pub(crate) fn is_bag(&self) -> bool {
        matches!(self.what, "call" | "result")
    }

    /// How many words it has.
    pub(crate) fn length(&self) -> f64 {
        let own = &self.words[self.begin..];
        let distinct: std::collections::BTreeSet<&String> = own.iter().collect();
        if self.is_bag() { distinct.len() as f64 } else { own.len() as f64 }
    }
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) texts: Vec<Said>,
    /// Of each session the positions of its messages, and all that its output says with its positions.
    pub(crate) messages: Vec<Vec<u64>>,
    pub(crate) output: Vec<String>,
    /// Of each session its calls, with what they returned last.
    pub(crate) calls: Vec<Vec<(u64, Option<u64>)>>,
    pub(crate) is_deleted: Vec<bool>,
    pub(crate) position: u64,
}

pub(crate) fn text(words: &[usize]) -> String {
    words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ")
}

/// Cuts a text as the documentation says.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        if word.is_ascii() {
            found.push(word.to_owned());
            continue;
        }
        let chars: Vec<char> = word.chars().collect();
        found.extend(chars.windows(2).map(|two| two.iter().collect::<String>()));
        found.extend(chars.last().map(char::to_string));
    }
    found
}

impl Model {
    pub(crate) fn of(sessions: usize) -> Self {
        Self {
            messages: vec![Vec::new(); sessions],
            output: vec![String::new(); sessions],
            calls: vec![Vec::new(); sessions],
            is_deleted: vec![false; sessions],
            ..Self::default()
        }
    }

    pub(crate) fn take(&mut self, position: u64) -> Option<Said> {
        let at = self.texts.iter().position(|text| text.position == position)?;
        Some(self.texts.remove(at))
    }

    pub(crate) fn say(&mut self, session: usize, text: &str, position: u64, role: Option<&'static str>) {
        let what = if role.is_some() { "message" } else { "output" };
        self.texts.push(Said { position, session, role, what, words: words(text), begin: 0 });
    }

    pub(crate) fn add(&mut self, session: usize, what: &'static str, text: &str) {
        let words = words(text);
        // A text without a word is nowhere, and so is a call that names no file.
        self.texts.push(Said { position: self.position, session, role: None, what, words, begin: 0 });
    }

    /// Forgets what a call or a result said.
    pub(crate) fn withdraw(&mut self, position: u64) {
        self.texts.retain(|said| said.position != position);
    }

    pub(crate) fn write(&mut self, session: usize, piece: &str) {
        let before = self.output[session].clone();
        let whole = format!("{before}{piece}");
        // Pieces end between words here: that words go on is told elsewhere.
        let (all, begin) = (words(&whole), words(&before).len());
        let from = begin.saturating_sub(8);
        self.texts.push(Said {
            position: self.position,
            session,
            role: None,
            what: "output",
            words: all[from..].to_vec(),
            begin: begin - from,
        });
        self.output[session] = whole;
    }
}

/// How often a text has a term, of which the last word may be the beginning of one.
pub(crate) fn times(said: &Said, term: &[String], is_begin: bool) -> u32 {
    let fits = |at: usize, word: &String, is_last: bool| {
        said.words
            .get(at)
            .is_some_and(|found| if is_last && is_begin { found.starts_with(word) } else { found == word })
    };
    let last = term.len() - 1;
    let begins = (0..said.words.len()).filter(|begin| {
        begin + last >= said.begin
            && begin + last < said.words.len()
            && term.iter().enumerate().all(|(nth, word)| fits(begin + nth, word, nth == last))
    });
    let begins: Vec<usize> = begins.collect();
    let times = match (said.is_bag(), term) {
        (false, _) => begins.len(),
        // Of all that begin so each word counts once.
        (true, [_]) => {
            begins.iter().map(|at| &said.words[*at]).collect::<std::collections::BTreeSet<_>>().len()
        }
        (true, _) => begins.len().min(1),
    };
    u32::try_from(times).unwrap()
}

/// Where a text is: an event brings at most one of each kind.
pub(crate) type At = (u64, String);

/// The finds with their ranks, the best first.
pub(crate) fn found(
    model: &Model,
    terms: &[(Vec<String>, bool, bool)],
    filter: &dyn Fn(&Said) -> bool,
) -> Vec<(At, f64)> {
    let with_words: Vec<&Said> = model.texts.iter().filter(|said| said.words.len() > said.begin).collect();
    let all = with_words.len() as f64;
    let length = Said::length;
    let average = (with_words.iter().map(|said| length(said)).sum::<f64>() / all.max(1.0)).max(1.0);
    let weight = |(term, is_begin, _): &(Vec<String>, bool, bool)| -> f64 {
        let of_word = |(nth, word): (usize, &String)| {
            let is_begin = *is_begin && nth + 1 == term.len();
            let have = with_words.iter().filter(|said| times(said, std::slice::from_ref(word), is_begin) > 0);
            let have = have.count() as f64;
            (1.0 + (all - have + 0.5) / (have + 0.5)).ln()
        };
        term.iter().enumerate().map(of_word).sum()
    };
    let with: Vec<_> = terms.iter().filter(|term| !term.2).map(|term| (term, weight(term))).collect();
    let mut found = Vec::new();
    for said in with_words.iter().filter(|said| filter(said)) {
        if terms.iter().any(|(term, is_begin, is_without)| *is_without == (times(said, term, *is_begin) > 0))
        {
            continue;
        }
        let rank = with.iter().map(|((term, is_begin, _), weight)| {
            let times = f64::from(times(said, term, *is_begin));
            weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length(said) / average))
        });
        found.push(((said.position, said.what.to_owned()), rank.sum::<f64>()));
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
    found
}
