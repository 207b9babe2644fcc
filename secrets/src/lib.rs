//! Keys and tokens, found by what their issuers publish of them.

mod keys;
mod spelled;
mod unescaped;
mod windows;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};
use serde::Deserialize;

pub use spelled::Spelled;

/// The rules that retold brings.
const PUBLISHED: &str = include_str!("../rules.toml");

/// A set of rules for what keys and tokens look like.
#[derive(Debug)]
pub struct Secrets {
    rules: Vec<Rule>,
    keywords: AhoCorasick,
    /// Which rule each keyword belongs to.
    rule_of_keyword: Vec<usize>,
}

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret<'a> {
    /// The rule that found it.
    pub rule: &'a str,
    /// Where it is in the text, in bytes.
    pub range: Range<usize>,
}

/// A text without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked<'t> {
    /// The text, with `[masked: RULE]` in place of each secret.
    pub text: Cow<'t, str>,
    /// How many secrets were masked.
    pub count: usize,
}

#[derive(Debug)]
struct Rule {
    id: String,
    regex: Regex,
    group: usize,
    entropy_min: Option<f64>,
    /// Whether every match begins with a keyword: it is tried there, and nowhere else.
    is_led: bool,
}

#[derive(Deserialize)]
struct Listed {
    rule: Vec<ListedRule>,
}

#[derive(Deserialize)]
struct ListedRule {
    id: String,
    keywords: Vec<String>,
    regex: String,
    #[serde(default)]
    group: usize,
    entropy: Option<f64>,
    #[serde(default)]
    led: bool,
}

impl Secrets {
    /// Returns the rules that retold brings; `secrets/rules.toml` holds them with their sources.
    ///
    /// ```
    /// let secrets = retold_secrets::Secrets::published();
    /// let text = "export GITHUB_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345";
    /// let found = secrets.find(text);
    /// assert_eq!((found[0].rule, &text[found[0].range.clone()]), ("github-token", &text[20..]));
    /// assert!(secrets.find("the token bucket has a secret: none").is_empty());
    /// ```
    pub fn published() -> &'static Self {
        static RULES: LazyLock<Secrets> = LazyLock::new(|| {
            let listed: Listed =
                toml::from_str(PUBLISHED).expect("the rules are well formed: a test reads them");
            Secrets::new(listed)
        });
        &RULES
    }

    fn new(listed: Listed) -> Self {
        let (mut rules, mut keywords, mut rule_of_keyword) = (Vec::new(), Vec::new(), Vec::new());
        for rule in listed.rule {
            rule_of_keyword.extend(rule.keywords.iter().map(|_| rules.len()));
            keywords.extend(rule.keywords);
            let regex = Regex::new(&rule.regex).expect("the rules are well formed: a test reads them");
            let (group, entropy_min, is_led) = (rule.group, rule.entropy, rule.led);
            rules.push(Rule { id: rule.id, regex, group, entropy_min, is_led });
        }
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&keywords);
        Self { rules, keywords: keywords.expect("a few hundred bytes of keywords"), rule_of_keyword }
    }

    /// Finds the secrets in a text, in the order of their beginnings; of two that overlap, the first rule's.
    ///
    /// O(length), and once more for each rule whose keyword is in the text but not at the begin of its secrets.
    pub fn find(&self, text: &str) -> Vec<Secret<'_>> {
        self.wanted(text).map_or_else(Vec::new, |wanted| self.find_wanted(text, &wanted))
    }

    /// Returns where the keywords of each rule are; `None` where there is none.
    fn wanted(&self, text: &str) -> Option<Vec<Vec<usize>>> {
        let mut wanted: Option<Vec<Vec<usize>>> = None;
        for keyword in self.keywords.find_overlapping_iter(text) {
            let wanted = wanted.get_or_insert_with(|| vec![Vec::new(); self.rules.len()]);
            let rule = self.rule_of_keyword[keyword.pattern().as_usize()];
            let is_first = wanted[rule].is_empty();
            if is_first || self.rules[rule].is_led {
                wanted[rule].push(keyword.start());
            }
        }
        wanted
    }

    fn find_wanted(&self, text: &str, wanted: &[Vec<usize>]) -> Vec<Secret<'_>> {
        let mut found: Vec<Secret<'_>> = Vec::new();
        for (rule, places) in self.rules.iter().zip(wanted).filter(|(_, places)| !places.is_empty()) {
            rule.each(text, places, &mut |range| {
                let secret = &text[range.clone()];
                let dense = rule.entropy_min.is_none_or(|least| entropy(secret) >= least);
                let overlaps =
                    |other: &Secret<'_>| other.range.start < range.end && range.start < other.range.end;
                if dense && !is_sample(secret) && !found.iter().any(overlaps) {
                    found.push(Secret { rule: &rule.id, range });
                }
            });
        }
        found.sort_by_key(|secret| secret.range.start);
        found
    }
}

impl Rule {
    /// Gives what matches, without overlaps.
    fn each(&self, text: &str, places: &[usize], each: &mut dyn FnMut(Range<usize>)) {
        let mut captures = self.regex.create_captures();
        let mut end = 0;
        let mut give = |captures: &regex_automata::util::captures::Captures| {
            let whole = captures.get_match()?;
            if let Some(secret) = captures.get_group(self.group) {
                each(secret.range());
            }
            Some(whole.end())
        };
        if !self.is_led {
            while end <= text.len() {
                self.regex.search_captures(&Input::new(text).range(end..), &mut captures);
                match give(&captures) {
                    Some(after) => end = after,
                    None => return,
                }
            }
            return;
        }
        let mut places = places.to_vec();
        places.sort_unstable();
        for place in places {
            if place >= end {
                let input = Input::new(text).range(place..).anchored(Anchored::Yes);
                self.regex.search_captures(&input, &mut captures);
                end = give(&captures).unwrap_or(end);
            }
        }
    }
}

impl Secrets {
    /// Finds what is masked in a text, in order and without overlaps: its secrets, and a private key whose end was cut off from its
    /// first line to the end of the text.
    ///
    /// ```
    /// let text = format!("it is -----BEGIN {} KEY-----\nMIIEpAIB", "PRIVATE");
    /// let found = retold_secrets::Secrets::published().ranges(&text);
    /// assert_eq!((found[0].rule, found[0].range.clone()), ("private-key", 6..text.len()));
    /// ```
    pub fn ranges(&self, text: &str) -> Vec<Secret<'_>> {
        let mut found = self.find(text);
        if let Some(begin) = keys::open(text)
            && !found.iter().any(|secret| secret.range.contains(&begin))
        {
            found.retain(|secret| secret.range.end <= begin);
            found.push(Secret { rule: "private-key", range: begin..text.len() });
        }
        found
    }

    /// Replaces the secrets in a text by `[masked: RULE]`. A private key whose end was cut off is masked from its first line on.
    ///
    /// ```
    /// let masked = retold_secrets::Secrets::published().mask("key ghp_0123456789abcdefghijABCDEFGHIJ012345");
    /// assert_eq!((&*masked.text, masked.count), ("key [masked: github-token]", 1));
    /// ```
    pub fn mask<'t>(&self, text: &'t str) -> Masked<'t> {
        let found = self.ranges(text);
        if found.is_empty() {
            return Masked { text: Cow::Borrowed(text), count: 0 };
        }
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for Secret { rule, range } in &found {
            masked.push_str(&text[at..range.start]);
            masked.push_str(&mask(rule));
            at = range.end;
        }
        masked.push_str(&text[at..]);
        Masked { text: Cow::Owned(masked), count: found.len() }
    }
}

/// Returns what stands in the place of a secret that a rule found.
pub fn mask(rule: &str) -> String {
    format!("[masked: {rule}]")
}

/// Whether it is what manuals write in the place of a secret: a word that says so, or one character again and again.
fn is_sample(text: &str) -> bool {
    const ENTROPY_MIN: f64 = 2.5;
    let lower = text.to_ascii_lowercase();
    ["example", "placeholder", "redacted"].iter().any(|word| lower.contains(word))
        || entropy(text) < ENTROPY_MIN
}

/// Shannon's entropy of a text's characters, in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = std::collections::HashMap::new();
    let mut length = 0_u32;
    for character in text.chars() {
        *counts.entry(character).or_insert(0_u32) += 1;
        length += 1;
    }
    let share = |count: u32| f64::from(count) / f64::from(length.max(1));
    counts.into_values().map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A secret for each rule, put together here so that no scanner takes this file for a leak.
    pub(crate) fn samples() -> Vec<(&'static str, String)> {
        let mixed = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA7dF3hJ5kM9";
        let letters = |count: usize| mixed.chars().cycle().take(count).collect::<String>();
        vec![
            ("anthropic-key", format!("sk-{}-api03-{}", "ant", letters(90))),
            ("openai-key", format!("sk-{}-{}", "proj", letters(48))),
            ("openai-key", format!("sk-{}{}{}", letters(20), "T3Blbk".to_owned() + "FJ", letters(20))),
            ("aws-access-key-id", format!("{}{}", "AKIA", "QWERTZUIOPASDFGH")),
            ("aws-secret-access-key", format!("aws_secret_access_key = {}", letters(40))),
            ("github-token", format!("{}_{}", "ghp", letters(36))),
            ("gitlab-token", format!("{}-{}", "glpat", letters(20))),
            ("google-api-key", format!("{}{}", "AIza", letters(35))),
            ("google-oauth-secret", format!("{}-{}", "GOCSPX", letters(28))),
            ("slack-token", format!("{}-{}", "xoxb", letters(40))),
            ("slack-webhook", format!("https://hooks.slack.{}/services/{}", "com", letters(44))),
            ("stripe-key", format!("sk_{}_{}", "live", letters(24))),
            ("npm-token", format!("{}_{}", "npm", letters(36))),
            ("pypi-token", format!("{}{}", "pypi-AgEIcHlwaS5vcmc", letters(60))),
            ("crates-io-token", format!("{}{}", "cio", letters(32))),
            ("hugging-face-token", format!("{}_{}", "hf", letters(34))),
            ("digitalocean-token", format!("{}_v1_{}", "dop", "0a1b2c3d".repeat(8))),
            ("sendgrid-key", format!("{}.{}.{}", "SG", letters(22), letters(43))),
            ("telegram-bot-token", format!("bot 123456789:{}{}", "AA", letters(33))),
            (
                "json-web-token",
                format!("{}.{}.{}", "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", letters(43)),
            ),
            (
                "private-key",
                format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----", "RSA PRIVATE", letters(64)),
            ),
            ("password-in-url", format!("postgres://ada:{}@db.local/atlas", "h4nt3r2-h4nt3r3")),
            ("authorization-header", format!("Authorization: Bearer {}", letters(30))),
            ("named-secret", format!("DB_PASSWORD=\"{}\"", letters(32))),
        ]
    }

    #[test]
    fn every_rule_finds_what_it_is_for() {
        let samples = samples();
        for (rule, text) in &samples {
            let text = format!("before {text} behind");
            let found = Secrets::published().find(&text);
            assert!(found.iter().any(|secret| secret.rule == *rule), "{rule}: {text}: {found:?}");
        }
        let rules: Vec<&str> = Secrets::published().rules.iter().map(|rule| rule.id.as_str()).collect();
        let tried: Vec<&str> = samples.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules, tried, "every rule has a sample");
    }

    /// Trying a rule at its keywords alone finds what trying it everywhere does.
    #[test]
    fn a_rule_that_is_led_by_its_keywords_finds_the_same_as_everywhere() {
        let secrets = Secrets::published();
        let everywhere = |rule: &Rule, text: &str| {
            let all: Vec<_> = rule.regex.find_iter(text).map(|found| found.range()).collect();
            all
        };
        let text =
            samples().into_iter().map(|(_, text)| format!("{text}\n{text};x{text} ")).collect::<String>();
        let wanted = secrets.wanted(&text).unwrap();
        for (rule, places) in secrets.rules.iter().zip(&wanted).filter(|(rule, _)| rule.is_led) {
            let all = everywhere(rule, &text);
            assert!(!all.is_empty(), "{}", rule.id);
            for found in all {
                assert!(places.contains(&found.start), "{}: {}", rule.id, &text[found]);
            }
        }
    }

    #[test]
    fn what_is_no_secret_is_left_alone() {
        for text in [
            "commit 9f3a2b1c4d5e6f708192a3b4c5d6e7f809182736",
            "the api_key is in the vault, the token expires",
            "token = os.environ[\"GITHUB_TOKEN\"]",
            "password: ${DB_PASSWORD}",
            "AKIAIOSFODNN7EXAMPLE",
            "sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "https://example.com:8080/path@here",
            "secret_token_for_tests: aaaaaaaaaaaaaaaaaaaaaaaa",
            "uuid 5f0c2a1e-0000-4000-8000-000000000001",
        ] {
            assert_eq!(Secrets::published().find(text), [], "{text}");
        }
    }
}
