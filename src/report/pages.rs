//! The pages of a column: its cells, encoded, compressed and with what Parquet wants to know of them.

use std::mem;
use std::slice;

use polars_error::{PolarsError, PolarsResult};
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::{
    CompressedDataPage, CompressedDictPage, CompressedPage, DataPageHeader, DataPageHeaderV1,
};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::write::{DynStreamingIterator, Encoding, FallibleStreamingIterator};

use super::bounds::statistics;
use super::cells::{Cells, Content, Only};
use super::encoding::{bits, differences, levels, numbers_below, plain, plain_texts};
use super::press::Press;

/// The pages of a column in one row group: one page of cells, and before it one of texts, if it has them by their numbers.
#[derive(Default)]
pub(super) struct Pages {
    pages: Vec<CompressedPage>,
    rows: usize,
    /// What all cells are, if they are one and the same.
    only: Option<Only>,
}

impl Pages {
    /// Makes the pages of these cells. Cells that are all the same often are in the next row group, too: such pages serve
    /// again.
    pub(super) fn make(&mut self, cells: &Cells<'_>, kind: &PrimitiveType, press: &mut Press) -> PolarsResult<()> {
        if cells.only.is_none() || cells.only != self.only || cells.rows != self.rows {
            let room = self.pages.pop().map(room_of).unwrap_or_default();
            self.pages = pages(cells, kind, press, room)?;
            (self.rows, self.only) = (cells.rows, cells.only.clone());
        }
        Ok(())
    }

    /// One after the other.
    pub(super) fn stream(&self) -> DynStreamingIterator<'_, CompressedPage, PolarsError> {
        DynStreamingIterator::new(Stream { pages: self.pages.iter(), page: None })
    }
}

/// The room of a page of cells, to serve again.
fn room_of(page: CompressedPage) -> Vec<u8> {
    match page {
        CompressedPage::Data(mut page) => mem::take(page.slice_mut().to_mut()),
        CompressedPage::Dict(_) => Vec::new(),
    }
}

fn pages(
    cells: &Cells<'_>,
    kind: &PrimitiveType,
    press: &mut Press,
    room: Vec<u8>,
) -> PolarsResult<Vec<CompressedPage>> {
    let mut page = press.page();
    levels(cells.rows, cells.is_there.as_ref(), &mut page);
    let encoding = encode(&cells.content, &mut page);
    let compression = press.compression(&page)?;
    let (size, bytes) = (page.len(), press.pressed(page, compression, room)?);
    let header = DataPageHeaderV1 {
        num_values: cells.rows as i32,
        encoding: encoding.into(),
        definition_level_encoding: Encoding::Rle.into(),
        repetition_level_encoding: Encoding::Rle.into(),
        statistics: Some(statistics(cells)),
    };
    let of = Descriptor { primitive_type: kind.clone(), max_def_level: 0, max_rep_level: 0 };
    let data = CompressedDataPage::new(DataPageHeader::V1(header), bytes, compression, size, of, cells.rows);
    let texts = dictionary(cells, press, compression)?.map(CompressedPage::Dict);
    Ok(texts.into_iter().chain([CompressedPage::Data(data)]).collect())
}

/// Writes what stands in cells.
fn encode(content: &Content<'_>, page: &mut Vec<u8>) -> Encoding {
    match content {
        // Instants, times and numbers that are counted on differ less than they are large.
        Content::Wholes(wholes) => {
            differences(wholes, page);
            Encoding::DeltaBinaryPacked
        }
        Content::Naturals(naturals) => {
            let wholes: Vec<i64> = naturals.iter().map(|natural| natural.cast_signed()).collect();
            differences(&wholes, page);
            Encoding::DeltaBinaryPacked
        }
        Content::Numbered(numbers, texts) => {
            numbers_below(texts.len(), numbers, page);
            Encoding::RleDictionary
        }
        Content::Numbers(numbers) => {
            plain(numbers, page);
            Encoding::Plain
        }
        Content::Flags(flags) => {
            bits(flags, page);
            Encoding::Plain
        }
        Content::Texts(texts) => {
            plain_texts(texts, page);
            Encoding::Plain
        }
    }
}

/// The texts that cells name by their numbers.
fn dictionary(
    cells: &Cells<'_>,
    press: &mut Press,
    compression: Compression,
) -> PolarsResult<Option<CompressedDictPage>> {
    let Content::Numbered(_, texts) = &cells.content else { return Ok(None) };
    let mut page = press.page();
    plain_texts(texts, &mut page);
    let (size, bytes) = (page.len(), press.pressed(page, compression, Vec::new())?);
    Ok(Some(CompressedDictPage::new(bytes, compression, size, texts.len(), false)))
}

struct Stream<'p> {
    pages: slice::Iter<'p, CompressedPage>,
    page: Option<&'p CompressedPage>,
}

impl FallibleStreamingIterator for Stream<'_> {
    type Item = CompressedPage;
    type Error = PolarsError;

    fn advance(&mut self) -> PolarsResult<()> {
        self.page = self.pages.next();
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.page
    }
}
