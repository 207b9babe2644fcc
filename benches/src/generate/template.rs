//! Patterns of text with slots for words, names and numbers.

use std::fmt::{self, Write};

use super::random::Random;
use super::words;

/// Writes about one subject: the same few names come up again and again, as in a real session.
pub(super) struct Writer {
    pub(super) random: Random,
    snakes: Names,
    types: Names,
    variables: Names,
    rust_paths: Names,
    script_paths: Names,
    packages: Names,
}

type Names = [String; 5];

impl Writer {
    /// Chooses a subject's names by `random`, which goes on as the writer's own.
    pub(super) fn new(mut random: Random) -> Self {
        Self {
            snakes: names(&mut random, words::snake),
            types: names(&mut random, words::upper_camel),
            variables: names(&mut random, words::lower_camel),
            rust_paths: names(&mut random, words::rust_path),
            script_paths: names(&mut random, words::script_path),
            packages: names(&mut random, words::package),
            random,
        }
    }

    /// Appends one of `patterns` to `out` with each slot, `$` and a letter, drawn anew; `$$` is a
    /// `$`.
    pub(super) fn expand(&mut self, patterns: &[&str], out: &mut String) {
        let mut rest = self.random.pick(patterns);
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let slot = rest[at + 1..].chars().next().expect("a slot has a letter");
            self.fill(slot, out);
            rest = &rest[at + 1 + slot.len_utf8()..];
        }
        out.push_str(rest);
    }

    fn fill(&mut self, slot: char, out: &mut String) {
        let random = &mut self.random;
        match slot {
            'i' => name(random, &self.snakes, words::snake, out),
            'c' => name(random, &self.types, words::upper_camel, out),
            'y' => name(random, &self.variables, words::lower_camel, out),
            'f' => name(random, &self.rust_paths, words::rust_path, out),
            't' => name(random, &self.script_paths, words::script_path, out),
            'p' => name(random, &self.packages, words::package, out),
            _ => fill(random, slot, out),
        }
    }
}

fn names(random: &mut Random, make: fn(&mut Random, &mut String)) -> Names {
    std::array::from_fn(|_| {
        let mut name = String::new();
        make(random, &mut name);
        name
    })
}

/// Appends one of the subject's names, or now and then a new one.
fn name(random: &mut Random, names: &Names, make: fn(&mut Random, &mut String), out: &mut String) {
    if random.percent(80) {
        out.push_str(&names[random.below(names.len())]);
    } else {
        make(random, out);
    }
}

fn fill(random: &mut Random, slot: char, out: &mut String) {
    match slot {
        '$' => out.push('$'),
        'n' => out.push_str(random.pick(words::NOUNS)),
        'a' => out.push_str(random.pick(words::ADJECTIVES)),
        'b' => out.push_str(random.pick(words::ADVERBS)),
        'v' => out.push_str(random.pick(words::VERBS)),
        'd' => words::past(random.pick(words::VERBS), out),
        'g' => words::gerund(random.pick(words::VERBS), out),
        'r' => {
            let (major, minor, patch) = (random.below(5), random.below(20), random.below(31));
            append(out, format_args!("{major}.{minor}.{patch}"));
        }
        '1' => append(out, format_args!("{}", random.between(1, 9))),
        '2' => append(out, format_args!("{}", random.between(10, 99))),
        '3' => append(out, format_args!("{}", random.between(100, 999))),
        '4' => append(out, format_args!("{}", random.between(1_000, 49_999))),
        'l' => append(out, format_args!("{}:{}", random.between(1, 640), random.between(1, 96))),
        'm' if random.percent(50) => append(out, format_args!("{}ms", random.between(2, 980))),
        'm' => append(out, format_args!("{}.{:02}s", random.below(60), random.below(100))),
        'w' => {
            let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
            append(out, format_args!("{hour:02}:{minute:02}:{second:02}"));
        }
        'e' => append(out, format_args!("E{:04}", random.between(23, 790))),
        'h' => out.push_str(&random.hex(7)),
        'H' => out.push_str(&random.hex(40)),
        'x' => out.push_str(&random.hex(12)),
        'u' => out.push_str(&random.uuid()),
        'A' => out.push_str(words::agent(random).1),
        'k' => out.push_str(random.pick(words::EMOJI)),
        'j' => out.push_str(random.pick(words::NOUNS_JA)),
        _ => unreachable!("pattern with the unknown slot ${slot}"),
    }
}

fn append(out: &mut String, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_the_rest_is_kept() {
        let mut out = String::new();
        Writer::new(Random::new(1)).expand(&["日本 $$ $1 と $w"], &mut out);
        assert!(out.starts_with("日本 $ ") && out.contains(" と ") && out.len() > 20, "{out}");
    }
}
