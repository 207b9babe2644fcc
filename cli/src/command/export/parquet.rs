//! One Parquet file: <https://parquet.apache.org/docs/file-format/>.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::cell::Cell;
use super::column::{Column, Kind};
use super::file::NewFile;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// The most rows of a row group: readers skip and spread work by the group.
const GROUP_ROWS_MAX: usize = 128 * 1024;
/// Bytes that a row group holds in memory before it is written; the last row of it may be larger.
pub(super) const GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A file under way: whole row groups in it, the next one in memory.
pub(super) struct Table {
    writer: SerializedFileWriter<NewFile>,
    held: Vec<Held>,
    held_rows: usize,
    held_bytes: usize,
    rows: u64,
}

/// The values of a column, and for each row whether there is one.
struct Held {
    values: Values,
    /// 1 for a value, 0 for null: the definition levels of an optional column.
    levels: Vec<i16>,
}

enum Values {
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

impl Table {
    pub(super) fn begin(file: NewFile, columns: &[Column]) -> Result<Self, Failure> {
        let schema = schema(columns).map_err(refusal)?;
        let level = ZstdLevel::try_new(3).expect("zstd has a level 3");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by(concat!("retold ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(refusal)?;
        let held = columns.iter().map(|column| Held::new(column.kind)).collect();
        Ok(Self { writer, held, held_rows: 0, held_bytes: 0, rows: 0 })
    }

    /// Adds a row of values that fit their columns.
    pub(super) fn push(&mut self, row: Vec<Cell>) -> Result<(), Failure> {
        for (held, cell) in self.held.iter_mut().zip(row) {
            self.held_bytes += cell.bytes();
            held.push(cell);
        }
        self.held_rows += 1;
        self.rows += 1;
        if self.held_rows >= GROUP_ROWS_MAX || self.held_bytes >= GROUP_BYTES_MAX {
            self.write_group()?;
        }
        Ok(())
    }

    /// Returns how much memory the rows take that are not written yet.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Writes the rows that are held as a row group.
    pub(super) fn write_group(&mut self) -> Result<(), Failure> {
        if self.held_rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(refusal)?;
        for held in &mut self.held {
            let mut column = group
                .next_column()
                .map_err(refusal)?
                .expect("the schema has as many columns as rows have values");
            let levels = Some(held.levels.as_slice());
            match &held.values {
                Values::Integers(values) => column.typed::<Int64Type>().write_batch(values, levels, None),
                Values::Reals(values) => column.typed::<DoubleType>().write_batch(values, levels, None),
                Values::Bytes(values) => column.typed::<ByteArrayType>().write_batch(values, levels, None),
            }
            .and_then(|_| column.close())
            .map_err(refusal)?;
            held.clear();
        }
        group.close().map_err(refusal)?;
        (self.held_rows, self.held_bytes) = (0, 0);
        Ok(())
    }

    /// Ends the file and puts it into its place; returns its rows and its size in bytes.
    pub(super) fn finish(mut self) -> Result<(u64, u64), Failure> {
        self.write_group()?;
        let file = self.writer.into_inner().map_err(refusal)?;
        Ok((self.rows, file.keep()?))
    }
}

impl Held {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Integer | Kind::Instant => Values::Integers(Vec::new()),
            Kind::Real => Values::Reals(Vec::new()),
            Kind::Text | Kind::Bytes | Kind::Json => Values::Bytes(Vec::new()),
        };
        Self { values, levels: Vec::new() }
    }

    fn push(&mut self, cell: Cell) {
        self.levels.push(i16::from(cell != Cell::Null));
        match (&mut self.values, cell) {
            (_, Cell::Null) => {}
            (Values::Integers(values), Cell::Integer(number)) => values.push(number),
            (Values::Reals(values), Cell::Real(number)) => values.push(number),
            (Values::Bytes(values), Cell::Text(text)) => values.push(text.into_bytes().into()),
            (Values::Bytes(values), Cell::Bytes(bytes)) => values.push(bytes.into()),
            _ => unreachable!("a value that fits its column is of its type"),
        }
    }

    fn clear(&mut self) {
        self.levels.clear();
        match &mut self.values {
            Values::Integers(values) => values.clear(),
            Values::Reals(values) => values.clear(),
            Values::Bytes(values) => values.clear(),
        }
    }
}

/// Every column may be null: SQLite's answers do not say which ones never are.
fn schema(columns: &[Column]) -> Result<Arc<Type>, ParquetError> {
    let fields = columns.iter().map(|column| {
        let (physical, logical) = match column.kind {
            Kind::Integer => (Physical::INT64, None),
            Kind::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
            Kind::Bytes => (Physical::BYTE_ARRAY, None),
        };
        Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let fields = fields.collect::<Result<_, _>>()?;
    Type::group_type_builder("retold").with_fields(fields).build().map(Arc::new)
}

fn refusal(error: ParquetError) -> Failure {
    let words = match &error {
        ParquetError::External(source) => source.downcast_ref().map(io_words),
        _ => None,
    };
    let words = words.unwrap_or_else(|| format!("the format cannot hold it: {error}"));
    Failure::new(Exit::Io, format!("write Parquet: {words}"))
}
