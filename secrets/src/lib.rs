//! Keys and tokens, found by what their issuers publish of them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;
use serde::Deserialize;

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
            rules.push(Rule { id: rule.id, regex, group: rule.group, entropy_min: rule.entropy });
        }
        let keywords = AhoCorasick::builder().ascii_case_insensitive(true).build(&keywords);
        Self { rules, keywords: keywords.expect("a few hundred bytes of keywords"), rule_of_keyword }
    }

    /// Finds the secrets in a text, in the order of their beginnings; of two that overlap, the first rule's.
    ///
    /// O(length) for each rule whose keyword is in the text; as a rule none does.
    pub fn find(&self, text: &str) -> Vec<Secret<'_>> {
        let mut wanted = vec![false; self.rules.len()];
        for keyword in self.keywords.find_overlapping_iter(text) {
            wanted[self.rule_of_keyword[keyword.pattern().as_usize()]] = true;
        }
        let mut found: Vec<Secret<'_>> = Vec::new();
        for (rule, _) in self.rules.iter().zip(wanted).filter(|(_, wanted)| *wanted) {
            for captures in rule.regex.captures_iter(text) {
                let Some(secret) = captures.get(rule.group) else { continue };
                let dense = rule.entropy_min.is_none_or(|least| entropy(secret.as_str()) >= least);
                let range = secret.range();
                let overlaps =
                    |other: &Secret<'_>| other.range.start < range.end && range.start < other.range.end;
                if dense && !is_sample(secret.as_str()) && !found.iter().any(overlaps) {
                    found.push(Secret { rule: &rule.id, range });
                }
            }
        }
        found.sort_by_key(|secret| secret.range.start);
        found
    }
}

impl Secrets {
    /// Replaces the secrets in a text by `[masked: RULE]`. A private key whose end was cut off is masked from its first line on.
    ///
    /// ```
    /// let masked = retold_secrets::Secrets::published().mask("key ghp_0123456789abcdefghijABCDEFGHIJ012345");
    /// assert_eq!((&*masked.text, masked.count), ("key [masked: github-token]", 1));
    /// ```
    pub fn mask<'t>(&self, text: &'t str) -> Masked<'t> {
        let mut found: Vec<(Range<usize>, &str)> =
            self.find(text).into_iter().map(|secret| (secret.range, secret.rule)).collect();
        if let Some(begin) = text.rfind("-----BEGIN ")
            && text[begin..].lines().next().is_some_and(|line| line.contains("PRIVATE KEY"))
            && !found.iter().any(|(range, _)| range.contains(&begin))
        {
            found.retain(|(range, _)| range.end <= begin);
            found.push((begin..text.len(), "private-key"));
        }
        if found.is_empty() {
            return Masked { text: Cow::Borrowed(text), count: 0 };
        }
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for (range, rule) in &found {
            masked.push_str(&text[at..range.start]);
            masked.push_str(&format!("[masked: {rule}]"));
            at = range.end;
        }
        masked.push_str(&text[at..]);
        Masked { text: Cow::Owned(masked), count: found.len() }
    }
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
    fn samples() -> Vec<(&'static str, String)> {
        let mixed = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA7dF3hJ5kM9";
        let letters = |count: usize| mixed.chars().cycle().take(count).collect::<String>();
        vec![
            ("anthropic-key", format!("sk-{}-api03-{}", "ant", letters(90))),
            ("openai-key", format!("sk-{}-{}", "proj", letters(48))),
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
