//! Compressed transcripts: kept as they are, but where a secret is masked in them.

use std::io::{self, Write};

use blake3::Hasher;
use retold_transcripts::Source;

use super::{Reading, Run};
use crate::transcripts::file::contents;
use crate::transcripts::pieces::Pieces;
use crate::transcripts::secrets::{self, Counts, Found, Masked};

/// As the tools compress.
const LEVEL: i32 = 3;
/// The rule that a compressed file is named by in which something was masked.
const RULE: &str = "compressed";

/// The records of a compressed file, compressed again without their secrets.
pub(super) struct Packed {
    /// Where nothing is masked, secrets are only counted.
    encoder: Option<zstd::Encoder<'static, Vec<u8>>>,
    pub(super) counts: Counts,
}

impl Packed {
    pub(super) fn new(masks: bool) -> io::Result<Self> {
        let encoder = masks.then(|| zstd::Encoder::new(Vec::new(), LEVEL)).transpose()?;
        Ok(Self { encoder, counts: Counts::new() })
    }

    /// Adds bytes of the file, decompressed, in which this was found.
    pub(super) fn add(&mut self, bytes: &[u8], found: &[Found]) -> Result<(), crate::Error> {
        secrets::count(found, &mut self.counts);
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let written = match found {
            [] => encoder.write_all(bytes),
            found => encoder.write_all(&secrets::masked(bytes, found).bytes),
        };
        written.map_err(|source| crate::Error::Io { act: "compress", path: Default::default(), source })
    }
}

impl Run<'_, '_> {
    /// Keeps a compressed file in which there are secrets: as it is, or compressed again without them.
    pub(super) fn packed(
        &mut self,
        source: &Source,
        reading: &mut Reading,
        spans: &[(u64, u8)],
        packed: Packed,
    ) -> io::Result<()> {
        match packed.encoder {
            None => self.whole(source, reading, spans)?,
            Some(encoder) => {
                let bytes = encoder.finish()?;
                let (mut hasher, mut length) = (Hasher::new(), 0_u64);
                contents(self.format, source, &mut |part| {
                    hasher.update(part);
                    length += part.len() as u64;
                    Ok(())
                })?;
                // What was kept of it before is no longer part of it.
                let shown = bytes.len();
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let masked = Masked { bytes, masks: vec![(0, length, shown, RULE)] };
                reading.pieces = Pieces::at(reading.pieces.source(), 0, Hasher::new(), false);
                reading.pieces.add_hashed(length as u64, hasher, &masked, spans);
                self.report.bytes += length as u64;
                reading.read = length as u64;
            }
        }
        self.has_secrets(&packed.counts, reading);
        self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
    }
}
