//! Compression of pages.

use std::io;
use std::mem;

use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

/// More would cost time and save no bytes: texts are there by number, and numbers by their differences.
const LEVEL: i32 = 1;

/// So much of a page is tried.
const SAMPLE: usize = 16 * 1024;

/// Compresses the pages of a file by Zstandard, with one context and one room for all of them.
pub(super) struct Press {
    context: Compressor<'static>,
    page: Vec<u8>,
    pressed: Vec<u8>,
}

impl Press {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { context: Compressor::new(LEVEL)?, page: Vec::new(), pressed: Vec::new() })
    }

    /// An empty page to be filled.
    pub(super) fn page(&mut self) -> Vec<u8> {
        let mut page = mem::take(&mut self.page);
        page.clear();
        page
    }

    /// How a column with this page is to be compressed: not at all where that would hardly make it smaller, as with the
    /// differences between instants, and with most prices.
    pub(super) fn compression(&mut self, page: &[u8]) -> io::Result<Compression> {
        let sample = &page[..page.len().min(SAMPLE)];
        self.press(sample)?;
        let is_worth_it = self.pressed.len() < sample.len() - sample.len() / 8;
        Ok(if is_worth_it { Compression::Zstd } else { Compression::Uncompressed })
    }

    /// The page as it stands in the file, in this room.
    pub(super) fn pressed(&mut self, page: Vec<u8>, how: Compression, mut room: Vec<u8>) -> io::Result<CowBuffer> {
        room.clear();
        if how == Compression::Uncompressed {
            room.extend_from_slice(&page);
        } else {
            self.press(&page)?;
            room.extend_from_slice(&self.pressed);
        }
        self.page = page;
        Ok(CowBuffer::Owned(room))
    }

    fn press(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pressed.clear();
        self.pressed.reserve(compress_bound(bytes.len()));
        self.context.compress_to_buffer(bytes, &mut self.pressed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;

    /// A page that compression makes smaller, and one that it does not; after each other, with what is left of the other in
    /// the rooms that they share.
    #[test]
    fn a_page_is_compressed_where_that_is_of_use() {
        let mut press = Press::new().expect("a context");
        let next = |number: &u64| {
            let number = number ^ number << 13;
            let number = number ^ number >> 7;
            Some(number ^ number << 17)
        };
        let different = iter::successors(Some(1), next).map(|number| number as u8);
        let (same, different) = (vec![7; 100_000], different.take(100_000).collect::<Vec<u8>>());
        for _ in 0..2 {
            for (bytes, how) in [(&same, Compression::Zstd), (&different, Compression::Uncompressed)] {
                let mut page = press.page();
                assert!(page.is_empty());
                page.extend_from_slice(bytes);
                assert_eq!(press.compression(&page).expect("room"), how);
                let pressed = press.pressed(page, how, vec![1; 3]).expect("room");
                let read = match how {
                    Compression::Zstd => zstd::bulk::decompress(&pressed, bytes.len()).expect("what was compressed"),
                    _ => pressed.to_vec(),
                };
                assert!(read == *bytes && (how == Compression::Uncompressed || pressed.len() < 100));
            }
        }
    }
}
