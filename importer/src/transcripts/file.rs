//! A file of another program: its bytes, what tells whether it has changed, and up to where the log has it.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::Path;

use blake3::Hasher;
use retold_core::SpanKind;
use retold_transcripts::{Form, Format, Record, Source, Span, Why};

use super::known::KnownSource;

/// What a file holds is read in steps of this many bytes.
const STEP: usize = 1 << 18;

/// Hands over the bytes of a source that are kept: those of the file, or of a database its rows.
pub(super) fn contents(
    format: &dyn Format,
    source: &Source,
    each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    if source.form == Form::Database {
        return format.read(source, &mut |span| match span {
            Span::Record(Record { bytes, .. }) | Span::Skipped { bytes, .. } => each(bytes),
        });
    }
    let mut file = std::fs::File::open(&source.path)?;
    let mut bytes = vec![0; STEP];
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&bytes[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Files beside transcripts that are interpreted, and looked through for what is excluded, are no longer: lists, titles,
/// metadata. Of a database it is its rows that count, as they are kept.
pub(super) const SMALL: u64 = 64 << 20;

/// Returns what a source holds, unless that is much.
pub(super) fn small(format: &dyn Format, source: &Source) -> io::Result<Option<Vec<u8>>> {
    up_to(format, source, SMALL)
}

fn up_to(format: &dyn Format, source: &Source, most: u64) -> io::Result<Option<Vec<u8>>> {
    if source.form != Form::Database && std::fs::metadata(&source.path)?.len() > most {
        return Ok(None);
    }
    let (mut whole, mut is_long) = (Vec::new(), false);
    let outcome = contents(format, source, &mut |bytes| {
        is_long = (whole.len() + bytes.len()) as u64 > most;
        if is_long {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        whole.extend_from_slice(bytes);
        Ok(())
    });
    match is_long {
        true => Ok(None),
        false => outcome.map(|()| Some(whole)),
    }
}

/// Returns by what the file system tells whether a source has changed.
pub(super) fn stamp(source: &Source) -> Option<String> {
    let of = |metadata: &Metadata| {
        let modified = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{}:{}:{}", metadata.len(), modified.as_nanos(), identity(metadata)))
    };
    let own = of(&std::fs::metadata(&source.path).ok()?)?;
    if source.form != Form::Database {
        return Some(own);
    }
    let mut wal = source.path.as_os_str().to_owned();
    wal.push("-wal");
    let wal = std::fs::metadata(Path::new(&wal)).ok().and_then(|metadata| of(&metadata));
    Some(format!("{own}+{}", wal.unwrap_or_default()))
}

/// What tells a file from another one of its name, and one whose times were set from one whose were not.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    format!("{}:{}:{}.{}", metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> String {
    String::new()
}

/// Returns what a span is that is skipped for this reason.
pub(super) const fn kind(why: Why) -> SpanKind {
    match why {
        Why::TornBefore => SpanKind::TornBefore,
        Why::TornTail => SpanKind::TornTail,
        Why::Nul => SpanKind::Nul,
        Why::ByteOrderMark => SpanKind::ByteOrderMark,
        Why::Blank => SpanKind::Blank,
        Why::NotAnObject => SpanKind::NotAnObject,
        Why::TooLong => SpanKind::TooLong,
    }
}

/// Returns up to where the log has the source as it is now.
pub(super) fn resume(format: &dyn Format, source: &Source, known: &KnownSource) -> io::Result<(u64, Hasher)> {
    if known.pieces.is_empty() {
        return Ok((0, Hasher::new()));
    }
    let mut wanted: Vec<(u64, [u8; 32])> = known.boundaries().collect();
    wanted.extend(known.end());
    wanted.sort_unstable();
    wanted.dedup();
    let end = known.end();
    let (mut hasher, mut at, mut found) = (Hasher::new(), 0_u64, (0, Hasher::new()));
    let mut next = wanted.iter().peekable();
    let mut length = 0_u64;
    contents(format, source, &mut |mut bytes| {
        length += bytes.len() as u64;
        while let Some((boundary, through)) = next.peek() {
            let Ok(ahead) = usize::try_from(boundary - at) else { break };
            if ahead > bytes.len() {
                break;
            }
            hasher.update(&bytes[..ahead]);
            (bytes, at) = (&bytes[ahead..], *boundary);
            if hasher.finalize().as_bytes() == through {
                found = (*boundary, hasher.clone());
            }
            next.next();
        }
        hasher.update(bytes);
        at += bytes.len() as u64;
        Ok(())
    })?;
    // The end of a file that was being written counts as kept as long as it is the end.
    if let Some((kept, _)) = end
        && found.0 == kept
        && length > kept
        && known.pieces.last().is_some_and(|last| last.is_tail)
    {
        let last = known.pieces.last().map_or(0, |last| last.offset);
        return hashed_to(format, source, last);
    }
    Ok(found)
}

fn hashed_to(format: &dyn Format, source: &Source, end: u64) -> io::Result<(u64, Hasher)> {
    let (mut hasher, mut left) = (Hasher::new(), end);
    contents(format, source, &mut |bytes| {
        let part = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        hasher.update(&bytes[..part]);
        left -= part as u64;
        Ok(())
    })?;
    Ok((end, hasher))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use retold_transcripts::{Places, Tool, format};

    use super::*;

    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let from = entry.unwrap().path();
            let to = to.join(from.file_name().unwrap());
            match from.is_dir() {
                true => copy(&from, &to),
                false => drop(std::fs::copy(&from, &to).unwrap()),
            }
        }
    }

    #[test]
    fn what_is_small_is_so_by_the_bytes_that_are_kept_of_it() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts");
        let mut databases = 0;
        for tool in Tool::ALL {
            let home = tempfile::tempdir().unwrap();
            copy(&fixtures.join(tool.word()).join("home"), home.path());
            let format = format(*tool);
            for source in format.discover(&Places::of(home.path()), &mut |_, _| {}) {
                let mut length = 0;
                contents(format, &source, &mut |bytes| {
                    length += bytes.len() as u64;
                    Ok(())
                })
                .unwrap();
                let held = up_to(format, &source, length).unwrap();
                assert_eq!(held.map(|held| held.len() as u64), Some(length), "{}", source.name);
                if let Some(less) = length.checked_sub(1) {
                    assert_eq!(up_to(format, &source, less).unwrap(), None, "{}", source.name);
                }
                databases += u64::from(source.form == Form::Database);
            }
        }
        assert!(databases > 0);
    }
}
