//! Files that hold something else than UTF-8 JSON, known by how they begin.

/// What a file is instead, and how it becomes readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// What it is, in a word or two.
    pub(super) name: &'static str,
    command: &'static str,
}

/// How much of a file has to be seen.
pub(super) const BEGIN_BYTES: usize = 16;

impl Foreign {
    /// Looks at the beginning of a file; `None` where it may be UTF-8 JSON.
    pub(super) fn of(begin: &[u8]) -> Option<Self> {
        let begin = &begin[..begin.len().min(BEGIN_BYTES)];
        const MARKS: &[(&[u8], &str, &str)] = &[
            (b"\xff\xfe\0\0", "UTF-32 text", "iconv -f utf-32 -t utf-8"),
            (b"\0\0\xfe\xff", "UTF-32 text", "iconv -f utf-32 -t utf-8"),
            (b"\xff\xfe", "UTF-16 text", "iconv -f utf-16 -t utf-8"),
            (b"\xfe\xff", "UTF-16 text", "iconv -f utf-16 -t utf-8"),
            (b"\x1f\x8b", "gzip data", "gunzip -c"),
            (b"\x28\xb5\x2f\xfd", "zstd data", "zstd -dc"),
            (b"PK\x03\x04", "a zip archive", "unzip -p"),
            (b"\xfd7zXZ\0", "xz data", "xz -dc"),
            (b"BZh", "bzip2 data", "bzip2 -dc"),
        ];
        let marked = MARKS.iter().find(|(mark, ..)| begin.starts_with(mark));
        marked.map(|(_, name, command)| Self { name, command }).or_else(|| Self::of_units(begin))
    }

    /// Text in wider units without a mark: where the zeros are among the first characters, which are ASCII in any JSON.
    fn of_units(begin: &[u8]) -> Option<Self> {
        const UNITS: &[(usize, usize, &str, &str)] = &[
            (4, 0, "UTF-32 text", "iconv -f utf-32le -t utf-8"),
            (4, 3, "UTF-32 text", "iconv -f utf-32be -t utf-8"),
            (2, 0, "UTF-16 text", "iconv -f utf-16le -t utf-8"),
            (2, 1, "UTF-16 text", "iconv -f utf-16be -t utf-8"),
        ];
        let found = UNITS.iter().find(|(width, at, ..)| {
            let mut units = begin.chunks_exact(*width);
            let is_ascii = |unit: &[u8]| {
                unit.iter().enumerate().all(|(index, byte)| (index == *at) == (*byte != 0) && byte.is_ascii())
            };
            units.len() >= 2 && units.all(is_ascii)
        });
        found.map(|(_, _, name, command)| Self { name, command })
    }

    /// Says what the file is and how it is converted.
    pub(super) fn advice(self) -> String {
        format!("is {}; convert it with: {} FILE > NEW", self.name, self.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_other_units_is_known_with_a_mark_and_without() {
        let json = "[\n  {\n    \"id\"";
        let utf_16: Vec<u16> = json.encode_utf16().collect();
        let utf_32: Vec<u32> = json.chars().map(u32::from).collect();
        let texts: [(Vec<u8>, &str); 4] = [
            (utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect(), "UTF-16 text"),
            (utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect(), "UTF-16 text"),
            (utf_32.iter().flat_map(|unit| unit.to_le_bytes()).collect(), "UTF-32 text"),
            (utf_32.iter().flat_map(|unit| unit.to_be_bytes()).collect(), "UTF-32 text"),
        ];
        for (text, name) in texts {
            assert_eq!(Foreign::of(&text[..BEGIN_BYTES]).map(|found| found.name), Some(name));
        }
        let marked = Foreign::of(b"\xff\xfe[\0\n\0").map(|found| found.name);
        assert_eq!(marked, Some("UTF-16 text"));
    }

    #[test]
    fn json_and_damage_are_not_another_encoding() {
        let files: [&[u8]; 9] = [
            b"",
            b"[",
            b"[]",
            b"[\n  {\n",
            b"\xef\xbb\xbf[",
            b"[\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0",
            b"{\0",
            b"  [ { ",
        ];
        for file in files {
            assert_eq!(Foreign::of(file), None, "{file:?}");
        }
    }
}
