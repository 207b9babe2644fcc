//! Numbers in few bits: `varint`s, and groups of 128 numbers that share a width.
//!
//! A group is a byte for its width, a byte for the number of its exceptions, its numbers at that width, and of each
//! exception its place and the bits that do not fit. Reading never panics: a file may hold anything.

#![allow(
    clippy::cast_possible_truncation,
    reason = "bytes are cut off numbers, and the rest of them follows"
)]

/// Returns a number of things that are in memory: never as many as would not fit.
pub(crate) fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

/// Numbers of a group.
pub(crate) const GROUP: usize = 128;

/// Appends a number, seven bits a byte.
pub(crate) fn put(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends numbers in groups.
pub(crate) fn pack(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.chunks(GROUP).for_each(|group| pack_group(out, group));
}

fn pack_group(out: &mut Vec<u8>, group: &[u32]) {
    let mut of_width = [0_usize; 33];
    group.iter().for_each(|number| of_width[bits(*number)] += 1);
    let (mut width, mut least, mut wider) = (32, usize::MAX, 0);
    for candidate in (0..=32).rev() {
        // Of an exception its place and, mostly, two bytes.
        let bytes = (group.len() * candidate).div_ceil(8) + wider * 3;
        if bytes < least {
            (width, least) = (candidate, bytes);
        }
        wider += of_width[candidate];
    }
    let exceptions: usize = of_width[width + 1..].iter().sum();
    out.extend([width as u8, exceptions as u8]);
    let (mut buffer, mut held) = (0_u64, 0);
    for number in group {
        let low = u64::from(*number) & mask(width);
        buffer |= low << held;
        held += width;
        while held >= 8 {
            out.push(buffer as u8);
            buffer >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(buffer as u8);
    }
    if exceptions > 0 {
        for (at, number) in group.iter().enumerate().filter(|(_, number)| bits(**number) > width) {
            out.push(at as u8);
            put(out, number >> width);
        }
    }
}

fn bits(number: u32) -> usize {
    (u32::BITS - number.leading_zeros()) as usize
}

fn mask(width: usize) -> u64 {
    (1_u64 << width) - 1
}

/// Reads bytes from their beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a number that [`put`] has written.
    pub(crate) fn get(&mut self) -> Option<u32> {
        let mut number = 0_u32;
        for shift in (0..35).step_by(7) {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            let part = u32::from(first & 0x7F);
            number |= part.checked_shl(shift)?;
            if first & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Takes some bytes.
    pub(crate) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes `count` numbers that [`pack`] has written, and appends them to `out`.
    pub(crate) fn unpack(&mut self, mut count: usize, out: &mut Vec<u32>) -> Option<()> {
        while count > 0 {
            let of_group = count.min(GROUP);
            self.unpack_group(of_group, out)?;
            count -= of_group;
        }
        Some(())
    }

    fn unpack_group(&mut self, count: usize, out: &mut Vec<u32>) -> Option<()> {
        let &[width, exceptions, ..] = self.0 else { return None };
        let width = usize::from(width);
        if width > 32 {
            return None;
        }
        self.0 = &self.0[2..];
        let before = self.0;
        let packed = self.take((count * width).div_ceil(8))?;
        let begin = out.len();
        // Eight bytes are read at once: mostly there are as many after the last number.
        if width == 0 {
            out.resize(begin + count, 0);
        } else if before.len() >= packed.len() + 8 {
            unpack_at(before, width, count, out);
        } else {
            let mut padded = [0_u8; GROUP * 4 + 8];
            padded[..packed.len()].copy_from_slice(packed);
            unpack_at(&padded, width, count, out);
        }
        for _ in 0..exceptions {
            let at = usize::from(*self.take(1)?.first()?);
            let high = self.get()?;
            let low = out.get_mut(begin + at)?;
            *low |= high.checked_shl(width as u32)?;
        }
        Some(())
    }
}

fn unpack_at(bytes: &[u8], width: usize, count: usize, out: &mut Vec<u32>) {
    let mask = mask(width);
    out.extend((0..count).map(|at| {
        let bit = at * width;
        let from = bit / 8;
        let eight = bytes.get(from..from + 8).and_then(|eight| eight.try_into().ok()).unwrap_or_default();
        ((u64::from_le_bytes(eight) >> (bit % 8)) & mask) as u32
    }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]
        #[test]
        fn what_is_packed_is_unpacked(
            numbers in prop::collection::vec(prop_oneof![0_u32..3, 0_u32..200, any::<u32>()], 0..400),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = Vec::new();
            pack(&mut bytes, &numbers);
            numbers.iter().for_each(|number| put(&mut bytes, *number));
            let (mut reader, mut read) = (Bytes(&bytes), Vec::new());
            reader.unpack(numbers.len(), &mut read).unwrap();
            prop_assert_eq!(&read, &numbers);
            for number in &numbers {
                prop_assert_eq!(reader.get(), Some(*number));
            }
            prop_assert!(reader.is_empty());
            // Part of it is read as less, and never panics.
            if !bytes.is_empty() {
                let _any = Bytes(&bytes[..cut.index(bytes.len())]).unpack(numbers.len(), &mut read);
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
            let mut out = Vec::new();
            let _any = Bytes(&bytes).unpack(300, &mut out);
            let _any = Bytes(&bytes).get();
        }
    }
}
