//! Writes `examples/ait42`: a `~/.ait42` folder as people have it, and a folder `dirty` with one
//! small file per way in which such files are broken or strange.
//!
//! `cargo run -p retold-benches --bin sample [DIR]`. The same bytes on every run.

mod dirty;
mod home;
mod stories;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Parser;

/// A file of the sample: its path under the sample's folder, and its content.
type SampleFile = (String, Vec<u8>);

/// Writes the sample folder of a legacy history
#[derive(Debug, Parser)]
struct Arguments {
    /// Where it goes [default: examples/ait42]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

fn main() -> io::Result<()> {
    let sample = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42");
    let dir = Arguments::parse().dir.unwrap_or_else(sample);
    for (path, bytes) in home::files().into_iter().chain(dirty::files()) {
        let file = dir.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tree() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42")
    }

    #[test]
    fn the_tree_holds_what_this_program_writes_and_nothing_else() {
        let made: Vec<SampleFile> = home::files().into_iter().chain(dirty::files()).collect();
        for (path, bytes) in &made {
            assert!(fs::read(tree().join(path)).is_ok_and(|kept| kept == *bytes), "{path} differs");
        }
        let made: BTreeSet<String> = made.into_iter().map(|(path, _)| path).collect();
        for folder in ["sessions", "dirty"] {
            for entry in fs::read_dir(tree().join(folder)).unwrap() {
                let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
                assert!(made.contains(&name), "{name} is no part of the sample");
            }
        }
    }

    #[test]
    fn the_sample_stays_small() {
        let bytes: usize = home::files().iter().chain(&dirty::files()).map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 600_000, "the sample has {bytes} bytes");
    }
}
