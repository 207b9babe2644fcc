//! A row as SQLite stores it: a header of types, then the values.
//! <https://sqlite.org/fileformat2.html#record_format>

use rusqlite::types::Value;

/// What a value is, as the header of its record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    /// A number of this many bytes; 0 for the two that are the type itself.
    Integer(usize, i64),
    Real,
    Blob(usize),
    Text(usize),
}

impl Type {
    fn of(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Null,
            1..=4 => Self::Integer(usize::try_from(number).ok()?, 0),
            5 => Self::Integer(6, 0),
            6 => Self::Integer(8, 0),
            7 => Self::Real,
            8 | 9 => Self::Integer(0, number.cast_signed() - 8),
            // The file itself never has them.
            10 | 11 => return None,
            _ => {
                let bytes = usize::try_from((number - 12) / 2).ok()?;
                if number.is_multiple_of(2) { Self::Blob(bytes) } else { Self::Text(bytes) }
            }
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::Null => 0,
            Self::Integer(bytes, _) | Self::Blob(bytes) | Self::Text(bytes) => bytes,
            Self::Real => 8,
        }
    }
}

/// Reads a number of one to nine bytes; returns it and its length.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some(((number << 8) | u64::from(*byte), 9));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

/// Reads the header of a record: the types of its values, and where they begin. At most `columns_max` of them.
pub(super) fn types(record: &[u8], columns_max: usize) -> Option<(Vec<Type>, usize)> {
    let (length, mut at) = varint(record)?;
    let length = usize::try_from(length).ok()?;
    let header = record.get(..length)?;
    let mut types = Vec::new();
    while at < length {
        let (number, bytes) = varint(&header[at..])?;
        if types.len() == columns_max {
            return None;
        }
        types.push(Type::of(number)?);
        at += bytes;
    }
    (at == length).then_some((types, length))
}

/// Returns how long a record with these types is.
pub(super) fn length(types: &[Type], begin: usize) -> Option<usize> {
    types.iter().try_fold(begin, |sum, one| sum.checked_add(one.bytes()))
}

/// Reads the values of a whole record; `None` where one is not what its type says.
pub(super) fn values(record: &[u8], types: &[Type], begin: usize) -> Option<Vec<Value>> {
    let mut rest = record.get(begin..)?;
    types
        .iter()
        .map(|one| {
            let (bytes, behind) = rest.split_at_checked(one.bytes())?;
            rest = behind;
            Some(match one {
                Type::Null => Value::Null,
                Type::Integer(0, number) => Value::Integer(*number),
                Type::Integer(..) => Value::Integer(integer(bytes)),
                Type::Real => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
                Type::Blob(_) => Value::Blob(bytes.to_vec()),
                Type::Text(_) => Value::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            })
        })
        .collect()
}

fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |number, byte| (number << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_format_has_them() {
        assert_eq!(varint(&[0x07]), Some((7, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x81]), None);
        assert_eq!(
            [integer(&[0xff]), integer(&[0x7f, 0xff]), integer(&[0x80, 0, 0])],
            [-1, 32767, -8_388_608]
        );
    }

    #[test]
    fn a_record_that_says_more_than_it_holds_is_none() {
        let record = [3, 1, 15, 5, b'x'];
        let (types, begin) = types(&record, 10).unwrap();
        assert_eq!(types, [Type::Integer(1, 0), Type::Text(1)]);
        assert_eq!(
            values(&record, &types, begin),
            Some(vec![Value::Integer(5), Value::Text("x".to_owned())])
        );
        assert_eq!(values(&record[..4], &types, begin), None);
        assert_eq!(super::types(&[9, 1], 10), None);
        assert_eq!(super::types(&record, 1), None);
    }
}
