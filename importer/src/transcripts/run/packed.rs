//! Compressed transcripts: kept as they are, but where a secret is masked in them.

use std::io::{self, Write};

use blake3::Hasher;
use retold_core::BODY_BYTES_MAX;
use retold_transcripts::Source;

use super::{Reading, Run};
use crate::transcripts::file::contents;
use crate::transcripts::pieces::Pieces;
use crate::transcripts::secrets::{self, Counts, Found, Masked};

/// As the tools compress.
const LEVEL: i32 = 3;
/// The rule that a compressed file is named by in which something was masked.
const RULE: &str = "compressed";
/// It is kept in one body, which holds a few bytes more.
const BYTES_MAX: usize = BODY_BYTES_MAX - 1024;

/// The records of a compressed file, compressed again without their secrets.
pub(super) struct Packed {
    /// Where nothing is masked, secrets are only counted.
    encoder: Option<zstd::Encoder<'static, Vec<u8>>>,
    /// Whether it is more than can be kept in one body; what was compressed is dropped then.
    is_too_long: bool,
    pub(super) counts: Counts,
}

impl Packed {
    pub(super) fn new(masks: bool) -> io::Result<Self> {
        let encoder = masks.then(|| zstd::Encoder::new(Vec::new(), LEVEL)).transpose()?;
        Ok(Self { encoder, is_too_long: false, counts: Counts::new() })
    }

    /// Adds bytes of the file, decompressed, in which this was found.
    pub(super) fn add(&mut self, bytes: &[u8], found: &[Found]) -> Result<(), crate::Error> {
        secrets::count(found, &mut self.counts);
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let written = match found {
            [] => encoder.write_all(bytes),
            found => encoder.write_all(&secrets::masked(bytes, found).bytes),
        };
        written.map_err(|source| crate::Error::Io { act: "compress", path: Default::default(), source })?;
        if encoder.get_ref().len() > BYTES_MAX {
            (self.encoder, self.is_too_long) = (None, true);
        }
        Ok(())
    }
}

impl Run<'_, '_> {
    /// Keeps a compressed file in which there are secrets: as it is, or compressed again without them.
    ///
    /// # Errors
    /// Where it cannot be read; and where it is more than one body holds without its secrets: then no byte of it is kept.
    pub(super) fn packed(
        &mut self,
        source: &Source,
        reading: &mut Reading,
        spans: &[(u64, u8)],
        packed: Packed,
    ) -> io::Result<()> {
        let too_long = || io::Error::other("without its secrets it is longer than 64 MiB: decompress it");
        if packed.is_too_long {
            return Err(too_long());
        }
        match packed.encoder {
            None => {
                self.has_secrets(&packed.counts, reading);
                self.whole(source, reading, spans)?;
            }
            Some(encoder) => {
                let bytes = encoder.finish()?;
                if bytes.len() > BYTES_MAX {
                    return Err(too_long());
                }
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
                self.has_secrets(&packed.counts, reading);
            }
        }
        self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
    }
}
