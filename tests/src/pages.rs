//! The rows of a store's pages, found by walking over the bytes: written from <https://sqlite.org/fileformat2.html>, and
//! knowing nothing of the program's own reader.

use std::collections::{BTreeMap, HashMap, HashSet};

use retold_core::{StreamName, hash};
use rusqlite::types::Value;

/// The size of a page.
pub const PAGE: usize = 4096;

/// Rows of tables, as far as bytes tell: each with its number.
#[derive(Debug, Default)]
pub struct Scan {
    rows: Vec<(i64, Vec<Value>)>,
}

impl Scan {
    /// Takes in the bytes of a store's file.
    pub fn file(&mut self, file: &[u8]) {
        let pages: Vec<Vec<u8>> =
            file.chunks(PAGE).map(|page| [page, &vec![0; PAGE - page.len()]].concat()).collect();
        for (at, page) in pages.iter().enumerate() {
            self.page(page, if at == 0 { 100 } else { 0 }, &pages);
        }
    }

    /// Takes in the bytes of a write-ahead log; long rows go on in the file and in it.
    pub fn wal(&mut self, file: &[u8], wal: &[u8]) {
        let mut pages: Vec<Vec<u8>> =
            file.chunks(PAGE).map(|page| [page, &vec![0; PAGE - page.len()]].concat()).collect();
        let frames: Vec<&[u8]> = wal.get(32..).unwrap_or_default().chunks_exact(24 + PAGE).collect();
        for frame in &frames {
            let number = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
            if (1..10_000).contains(&number) {
                pages.resize(pages.len().max(number), vec![0; PAGE]);
                pages[number - 1] = frame[24..].to_vec();
            }
        }
        for frame in frames {
            // What says which page it is may be damaged while the page is whole.
            [0, 100].into_iter().for_each(|begin| self.page(&frame[24..], begin, &pages));
        }
    }

    fn page(&mut self, page: &[u8], begin: usize, pages: &[Vec<u8>]) {
        if page[begin] != 13 {
            return;
        }
        let count = usize::from(page[begin + 3]) * 256 + usize::from(page[begin + 4]);
        for cell in 0..count {
            let at = begin + 8 + 2 * cell;
            if at + 2 > PAGE {
                return;
            }
            let at = usize::from(page[at]) * 256 + usize::from(page[at + 1]);
            self.rows.extend(row(page, at, pages));
        }
    }

    /// Returns the positions that verify, of streams that have no gap before.
    pub fn verified(&self, logs: &[[u8; 16]], dictionary: &[u8]) -> Vec<u64> {
        let mut workspaces: HashMap<i64, HashSet<&str>> = HashMap::new();
        let mut blobs: HashSet<[u8; 32]> = HashSet::new();
        for (number, row) in &self.rows {
            match &row[..] {
                [_, Value::Text(key)] => drop(workspaces.entry(*number).or_default().insert(key)),
                [_, Value::Blob(hash), Value::Integer(codec), Value::Integer(size), Value::Blob(bytes)] => {
                    let plain = unpack(*codec, bytes, dictionary)
                        .filter(|plain| i64::try_from(plain.len()) == Ok(*size));
                    blobs.extend(
                        plain
                            .map(|plain| *blake3::hash(&plain).as_bytes())
                            .filter(|found| found[..] == hash[..]),
                    );
                }
                _ => {}
            }
        }
        let mut keys: HashMap<i64, Vec<[u8; 32]>> = HashMap::new();
        for (number, row) in &self.rows {
            if let [_, Value::Integer(workspace), Value::Text(id), Value::Integer(ordinal)] = &row[..] {
                for key in workspaces.get(workspace).into_iter().flatten() {
                    let (workspace, session_id) = ((*key).to_owned(), id.clone());
                    let Ok(ordinal) = u32::try_from(*ordinal) else { continue };
                    keys.entry(*number).or_default().push(hash::stream_key(&StreamName {
                        workspace,
                        session_id,
                        ordinal,
                    }));
                }
            }
        }
        let mut events: BTreeMap<i64, Vec<&[Value]>> = BTreeMap::new();
        for (number, row) in self.rows.iter().filter(|(number, row)| *number > 0 && row.len() == 13) {
            events.entry(*number).or_default().push(row);
        }
        let (mut saved, mut ends) = (Vec::new(), HashMap::<i64, (i64, Vec<u8>)>::new());
        let mut previous = Some((0, vec![vec![0; 32]]));
        for (position, rows) in events {
            let before = previous
                .take()
                .filter(|(at, _)| at + 1 == position)
                .map_or_else(Vec::new, |(_, hashes)| hashes);
            let verified = rows.iter().find_map(|row| {
                let [Value::Integer(stream), Value::Integer(revision)] = row[1..3] else { return None };
                let end = match ends.get(&stream) {
                    None if revision == 1 => vec![0; 32],
                    Some((end, hash)) if end + 1 == revision => hash.clone(),
                    _ => return None,
                };
                let keys = keys.get(&stream)?;
                let is_one = before.iter().any(|before| {
                    keys.iter().any(|key| {
                        logs.iter()
                            .any(|log| is_event(position, row, log, key, before, &end, (dictionary, &blobs)))
                    })
                });
                let Value::Blob(hash) = &row[8] else { return None };
                is_one.then(|| (stream, revision, hash.clone()))
            });
            let hashes = rows
                .iter()
                .filter_map(|row| if let Value::Blob(hash) = &row[8] { Some(hash.clone()) } else { None });
            match verified {
                Some((stream, revision, hash)) => {
                    previous = Some((position, vec![hash.clone()]));
                    ends.insert(stream, (revision, hash));
                    saved.push(position.unsigned_abs());
                }
                // What follows in its stream names another event before it, and does not verify.
                None => previous = Some((position, hashes.collect())),
            }
        }
        saved
    }
}

fn is_event(
    position: i64,
    row: &[Value],
    log: &[u8; 16],
    key: &[u8; 32],
    previous: &[u8],
    before: &[u8],
    (dictionary, blobs): (&[u8], &HashSet<[u8; 32]>),
) -> bool {
    let mut numbers = [0; 7];
    for (number, value) in numbers.iter_mut().zip(&row[1..8]) {
        let Value::Integer(value) = value else { return false };
        *number = *value;
    }
    let [_, revision, kind, version, first, recorded, occurred] = numbers;
    let (Value::Blob(hash), Value::Integer(codec)) = (&row[8], &row[10]) else { return false };
    let (Value::Blob(salt), Value::Blob(body)) = (&row[11], &row[12]) else { return false };
    let Some(plain) = unpack(*codec, body, dictionary) else { return false };
    let meta = if let Value::Blob(meta) = &row[9] { Some(&meta[..]) } else { None };
    // A text outside of the body: `bin 8` of 40 bytes, of which the first 32 are its hash.
    for at in 0..plain.len().saturating_sub(41) {
        if plain[at..at + 2] == [0xc4, 40] {
            let named: [u8; 32] = plain[at + 2..at + 34].try_into().expect("32 bytes");
            if !blobs.contains(&named) {
                return false;
            }
        }
    }
    let Ok(salt) = <[u8; 16]>::try_from(&salt[..]) else { return false };
    let (Ok(kind), Ok(version)) = (u16::try_from(kind), u16::try_from(version)) else { return false };
    let mut header = Vec::with_capacity(220);
    header.extend(log);
    header.extend(position.to_be_bytes());
    header.extend(key);
    header.extend(revision.to_be_bytes());
    header.extend(kind.to_be_bytes());
    header.extend(version.to_be_bytes());
    header.extend(first.to_be_bytes());
    header.extend(recorded.to_be_bytes());
    header.extend(occurred.to_be_bytes());
    header.extend(hash::meta_digest(meta));
    header.extend(hash::body_commit(&salt, &plain));
    header.extend(previous);
    header.extend(before);
    blake3::Hasher::new_derive_key("retold v1 event").update(&header).finalize().as_bytes()[..] == hash[..]
}

fn unpack(codec: i64, bytes: &[u8], dictionary: &[u8]) -> Option<Vec<u8>> {
    match codec {
        0 => Some(bytes.to_vec()),
        1 => zstd::bulk::decompress(bytes, 1 << 24).ok(),
        _ => zstd::bulk::Decompressor::with_dictionary(dictionary).ok()?.decompress(bytes, 1 << 24).ok(),
    }
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut number = 0_i64;
    for nth in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if nth == 8 {
            return Some((number << 8) | i64::from(byte));
        }
        number = (number << 7) | i64::from(byte & 127);
        if byte < 128 {
            break;
        }
    }
    Some(number)
}

fn row(page: &[u8], mut at: usize, pages: &[Vec<u8>]) -> Option<(i64, Vec<Value>)> {
    let length = usize::try_from(varint(page, &mut at)?).ok().filter(|length| *length < 1 << 24)?;
    let number = varint(page, &mut at)?;
    let least = (PAGE - 12) * 32 / 255 - 23;
    let local = match length {
        0..=4061 => length,
        _ => Some(least + (length - least) % (PAGE - 4)).filter(|local| *local <= PAGE - 35).unwrap_or(least),
    };
    let mut bytes = page.get(at..at + local)?.to_vec();
    let mut next = page.get(at + local..at + local + 4);
    while bytes.len() < length {
        let number = u32::from_be_bytes(next?.try_into().ok()?) as usize;
        let page = pages.get(number.checked_sub(1)?)?;
        bytes.extend(&page[4..(4 + length - bytes.len()).min(PAGE)]);
        next = page.get(..4);
    }
    let mut at = 0;
    let header = usize::try_from(varint(&bytes, &mut at)?).ok()?;
    let mut types = Vec::new();
    while at < header {
        types.push(varint(&bytes, &mut at)?);
    }
    let mut rest = bytes.get(header..)?;
    let mut values = Vec::new();
    for kind in types {
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            12.. => (kind - 12) / 2,
            _ => return None,
        };
        let (value, behind) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        rest = behind;
        values.push(match kind {
            0 => Value::Null,
            8 | 9 => Value::Integer(kind - 8),
            1..=6 => {
                let sign = if value[0] > 127 { -1 } else { 0 };
                Value::Integer(value.iter().fold(sign, |number, byte| (number << 8) | i64::from(*byte)))
            }
            7 => Value::Real(f64::from_be_bytes(value.try_into().ok()?)),
            _ if kind % 2 == 0 => Value::Blob(value.to_vec()),
            _ => Value::Text(String::from_utf8(value.to_vec()).ok()?),
        });
    }
    Some((number, values))
}
