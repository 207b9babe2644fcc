//! The dirty part of the sample: one small file per hazard, and the table of what must be read
//! from each.

mod damage;
mod odd;
mod orchard;
mod siblings;
mod values;

use std::fmt::Write;

use super::SampleFile;

/// One file, what is wrong or strange about it, and what must come out of it.
struct Hazard {
    file: &'static str,
    bytes: Vec<u8>,
    hazard: &'static str,
    old_reader: OldReader,
    /// Sessions that must come out as they are.
    whole: usize,
    /// Records or stretches of bytes that must be set aside with their place and reason.
    quarantined: usize,
    note: &'static str,
}

/// What the old backend made of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OldReader {
    Reads,
    Refuses,
    /// Its name is not one of a session file.
    NeverOpens,
}

/// Returns every dirty file, and the README with their table.
pub(crate) fn files() -> Vec<SampleFile> {
    let hazards = hazards();
    let readme = readme(&hazards);
    let mut files: Vec<SampleFile> =
        hazards.into_iter().map(|hazard| (format!("dirty/{}", hazard.file), hazard.bytes)).collect();
    files.push(("dirty/README.md".to_owned(), readme.into_bytes()));
    files
}

fn hazards() -> Vec<Hazard> {
    [damage::hazards(), values::hazards(), odd::hazards(), siblings::hazards()]
        .into_iter()
        .flatten()
        .collect()
}

fn readme(hazards: &[Hazard]) -> String {
    let mut out = INTRODUCTION.to_owned();
    for Hazard { file, hazard, old_reader, whole, quarantined, note, .. } in hazards {
        let old_reader = match old_reader {
            OldReader::Reads => "reads",
            OldReader::Refuses => "refuses",
            OldReader::NeverOpens => "never opens",
        };
        writeln!(out, "| `{file}` | {hazard} | {old_reader} | {whole} | {quarantined} | {note} |")
            .expect("a string takes all");
    }
    out
}

const INTRODUCTION: &str = "\
# Dirty session files

One small file per way in which a legacy session file is broken or strange. Written, this table too, by
`cargo run -p retold-benches --bin sample`.

*Old reader*: what the legacy backend does with the file. *Whole*: sessions that a reader must get out of it as they
stand. *Quarantined*: records or stretches of bytes that it must set aside with their raw bytes, place and reason;
nothing is dropped without a trace.

| file | hazard | old reader | whole | quarantined | what a reader must still get |
|---|---|---|---:|---:|---|
";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use retold_benches::legacy::Session;

    use super::*;

    fn as_the_old_reader(bytes: &[u8]) -> Result<usize, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        if text.trim().is_empty() {
            return Ok(0);
        }
        serde_json::from_str::<Vec<Session>>(text).map(|all| all.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_table_says_what_the_old_reader_does() {
        for hazard in hazards() {
            let read = as_the_old_reader(&hazard.bytes);
            match hazard.old_reader {
                OldReader::Reads => {
                    assert_eq!(read, Ok(hazard.whole), "{}", hazard.file);
                    assert_eq!(hazard.quarantined, 0, "{}", hazard.file);
                }
                OldReader::Refuses => assert!(read.is_err(), "{} is read", hazard.file),
                OldReader::NeverOpens => assert!(!hazard.file.ends_with(".json"), "{}", hazard.file),
            }
        }
    }

    #[test]
    fn damage_leaves_as_many_whole_sessions_as_the_table_says() {
        for hazard in damage::hazards() {
            let left = (1..=orchard::SESSIONS)
                .filter(|number| {
                    let session = orchard::indented(*number).into_bytes();
                    hazard.bytes.windows(session.len()).any(|window| window == session)
                })
                .count();
            // A session with a text that is none is whole, and not to the letter what it was.
            let altered = usize::from(hazard.file == "invalid-utf8.json");
            assert_eq!(left + altered, hazard.whole, "{}", hazard.file);
        }
    }

    #[test]
    fn names_are_told_once_and_files_are_small() {
        let all = hazards();
        assert_eq!(all.iter().map(|hazard| hazard.file).collect::<HashSet<_>>().len(), all.len());
        for hazard in all {
            assert!(hazard.bytes.len() <= 16_384, "{} has {} bytes", hazard.file, hazard.bytes.len());
            assert!(!hazard.hazard.contains('|') && !hazard.note.contains('|'), "{}", hazard.file);
        }
    }
}
