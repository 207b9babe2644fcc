//! The write-ahead log: newer versions of pages. <https://sqlite.org/fileformat2.html#the_write_ahead_log>

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The number of a page of which nobody knows it. It is not the first one, which begins with the header of the file.
const UNKNOWN: u32 = 0;

/// Which versions of pages a write-ahead log has, by their place in it.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// The newest of each page that is followed by a commit.
    pub(super) current: HashMap<u32, u64>,
    /// The newest of each page, whatever their sums.
    pub(super) newest: HashMap<u32, u64>,
    /// The last of each page, whatever it belongs to.
    pub(super) last: HashMap<u32, u64>,
    /// All others, whatever their sums: the pages, and where they are. One whose frame is damaged is also there as `UNKNOWN`.
    pub(super) others: Vec<(u32, u64)>,
    /// Whether SQLite stops reading it before its end.
    pub(super) is_damaged: bool,
    /// Whether what was written last cannot be told from what was half written.
    pub(super) is_end_damaged: bool,
}

struct Frame {
    page: u32,
    at: u64,
    is_commit: bool,
    /// Its sum is right, given the one that the frame before it has.
    is_right: bool,
    /// What the header says of all that were written since the log was last begun again, and whether this is one of them.
    salt: (u32, u32),
    is_of_generation: bool,
    /// The same, where the header itself is right.
    is_of_header: bool,
}

/// Finds the frames that belong together. The header says which; where it is gone, they are the most.
fn mark_generation(frames: &mut [Frame]) {
    let mut counts: HashMap<(u32, u32), usize> = HashMap::new();
    for frame in frames.iter() {
        *counts.entry(frame.salt).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(salt, _)| salt);
    if frames.iter().any(|frame| frame.is_of_generation) {
        return;
    }
    for frame in frames {
        frame.is_of_generation = Some(frame.salt) == most;
    }
}

/// Reads which versions there are of pages of `size` bytes.
pub(super) fn read(file: &mut File, size: usize) -> Result<Versions> {
    let mut frames = frames(file, size)?;
    mark_generation(&mut frames);
    let of_generation = || frames.iter().filter(|frame| frame.is_of_generation);
    let mut versions = Versions::default();
    let is_current = |frame: &&Frame| frame.is_right && frame.is_of_generation;
    let last_commit =
        frames.iter().filter(is_current).filter(|frame| frame.is_commit).map(|frame| frame.at).max();
    // SQLite reads frames of the header's generation, up to the last commit before one that is not right.
    let stops =
        frames.iter().position(|frame| !frame.is_of_header || !frame.is_right).map(|at| frames[at].at);
    versions.is_damaged = of_generation().any(|frame| {
        stops.is_some_and(|stop| frame.at >= stop) || last_commit.is_none_or(|last| frame.at > last)
    });
    versions.is_end_damaged =
        of_generation().any(|frame| !frame.is_right && last_commit.is_none_or(|last| frame.at > last));
    for frame in frames.iter().filter(|frame| !frame.is_right || frame.page == 0) {
        // The number is as likely to be damaged as the page: what lies on the page may still be whole.
        versions.others.push((UNKNOWN, frame.at));
    }
    for frame in frames.iter().filter(|frame| frame.page > 0) {
        versions.last.insert(frame.page, frame.at);
        if frame.is_of_generation {
            versions.newest.insert(frame.page, frame.at);
        }
        let is_committed =
            frame.is_right && frame.is_of_generation && last_commit.is_some_and(|last| frame.at <= last);
        let other = match is_committed {
            true => versions.current.insert(frame.page, frame.at),
            false => Some(frame.at),
        };
        versions.others.extend(other.map(|at| (frame.page, at)));
    }
    // Where one is damaged, it may have been the newest of its page, and what is after the last commit one as well.
    let is_replaced = |frame: &Frame| versions.current.get(&frame.page).is_some_and(|at| *at > frame.at);
    versions.is_end_damaged |= versions.is_damaged
        && (frames.last().is_some_and(|frame| last_commit.is_none_or(|last| frame.at > last))
            || frames.iter().any(|frame| !frame.is_right && !is_replaced(frame)));
    Ok(versions)
}

fn frames(file: &mut File, size: usize) -> Result<Vec<Frame>> {
    let bytes = file.metadata()?.len();
    let mut header = [0; HEADER];
    file.seek(SeekFrom::Start(0))?;
    if bytes < HEADER as u64 || file.read_exact(&mut header).is_err() {
        return Ok(Vec::new());
    }
    let is_big = word(&header, 0) == 0x377f_0683;
    // Zeros have the sum of zeros.
    let is_header_right = word(&header, 0) >> 1 == 0x377f_0682 >> 1
        && sum((0, 0), &header[..24], is_big) == (word(&header, 24), word(&header, 28));
    let salt = is_header_right.then(|| (word(&header, 16), word(&header, 20)));
    let mut before = (word(&header, 24), word(&header, 28));
    let mut frames = Vec::new();
    let mut frame = vec![0; FRAME_HEADER + size];
    let mut at = HEADER as u64;
    while at + frame.len() as u64 <= bytes {
        file.read_exact(&mut frame)?;
        let (head, page) = frame.split_at(FRAME_HEADER);
        let found = (word(head, 16), word(head, 20));
        let of = (word(head, 8), word(head, 12));
        let is_right = [is_big, !is_big]
            .into_iter()
            .take(if is_header_right { 1 } else { 2 })
            .any(|is_big| sum(sum(before, &head[..8], is_big), page, is_big) == found);
        frames.push(Frame {
            page: word(head, 0),
            at: at + FRAME_HEADER as u64,
            is_commit: word(head, 4) != 0,
            is_right,
            salt: of,
            is_of_generation: Some(of) == salt,
            is_of_header: Some(of) == salt,
        });
        before = found;
        at += frame.len() as u64;
    }
    Ok(frames)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(word)
}

/// <https://sqlite.org/fileformat2.html#checksum_algorithm>
fn sum(before: (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let (words, _) = bytes.as_chunks::<4>();
    let number = |word: &[u8; 4]| if is_big { u32::from_be_bytes(*word) } else { u32::from_le_bytes(*word) };
    words.as_chunks::<2>().0.iter().fold(before, |(one, two), [first, second]| {
        let one = one.wrapping_add(number(first)).wrapping_add(two);
        (one, two.wrapping_add(number(second)).wrapping_add(one))
    })
}
