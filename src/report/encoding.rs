//! The encodings in which a page of Parquet says which cells there are, and what stands in them.
//!
//! Source: Apache Parquet, *Encodings* (`Encodings.md` of `parquet-format`).

use polars_arrow::bitmap::Bitmap;
use polars_parquet::parquet::encoding::{bitpacked, uleb128, zigzag_leb128};

use super::texts::Texts;

/// Which of the cells in so many rows are there: all of them, none of them, or those that have a bit (`RLE`, and before it
/// how long that is).
pub(super) fn levels(rows: usize, is_there: Option<&Bitmap>, page: &mut Vec<u8>) {
    let begin = page.len();
    page.extend_from_slice(&[0; 4]);
    match is_there {
        Some(is_there) if is_there.set_bits() > 0 => {
            let (bits, _, _) = is_there.as_slice();
            push_natural(page, groups(rows));
            page.extend_from_slice(&bits[..rows.div_ceil(8)]);
        }
        all_or_none => {
            push_natural(page, run(rows));
            page.push(all_or_none.is_none().into());
        }
    }
    let length = (page.len() - begin - 4) as u32;
    page[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
}

/// What stands before a value that is there so often, in `RLE`.
fn run(values: usize) -> u64 {
    (values as u64) << 1
}

/// What stands before so many values, in groups of eight, in `RLE`.
fn groups(values: usize) -> u64 {
    (values.div_ceil(8) as u64) << 1 | 1
}

/// One after the other (`PLAIN`).
pub(super) fn plain(numbers: &[f64], page: &mut Vec<u8>) {
    const WIDTH: usize = size_of::<f64>();
    let begin = page.len();
    page.resize(begin + WIDTH * numbers.len(), 0);
    for (place, number) in page[begin..].chunks_exact_mut(WIDTH).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// Texts one after the other (`PLAIN`), as they are kept.
pub(super) fn plain_texts(texts: &Texts, page: &mut Vec<u8>) {
    page.extend_from_slice(texts.bytes());
}

/// A bit each (`PLAIN`).
pub(super) fn bits(flags: &[bool], page: &mut Vec<u8>) {
    let byte = |flags: &[bool]| flags.iter().rev().fold(0, |byte, flag| byte << 1 | u8::from(*flag));
    page.extend(flags.chunks(8).map(byte));
}

/// Whole numbers by how much they differ from the one before (`DELTA_BINARY_PACKED`): blocks of differences, each as the
/// least of them and by how much the others are more, in as many bits as the most takes.
pub(super) fn differences(numbers: &[i64], page: &mut Vec<u8>) {
    const BLOCK: usize = 256;
    const PARTS_OF_A_BLOCK: u64 = 1;
    push_natural(page, BLOCK as u64);
    push_natural(page, PARTS_OF_A_BLOCK);
    push_natural(page, numbers.len() as u64);
    push_whole(page, numbers.first().copied().unwrap_or_default());
    let later = numbers.get(1..).unwrap_or_default();
    for (block, before) in later.chunks(BLOCK).zip(numbers.chunks(BLOCK)) {
        let mut more = [0; BLOCK];
        let mut least = i64::MAX;
        for ((more, number), before) in more.iter_mut().zip(block).zip(before) {
            let difference = number.wrapping_sub(*before);
            least = least.min(difference);
            *more = difference.cast_unsigned();
        }
        let mut bits = 0;
        for more in &mut more[..block.len()] {
            *more = more.wrapping_sub(least.cast_unsigned());
            bits |= *more;
        }
        let width = u64::BITS - bits.leading_zeros();
        push_whole(page, least);
        page.push(width as u8);
        push_packed(page, &more, width as usize);
    }
}

/// Numbers below `end` (`RLE_DICTIONARY`), in as many bits as the last takes. They are not looked through for runs: where
/// there are any, compression finds them.
pub(super) fn numbers_below(end: usize, numbers: &[u32], page: &mut Vec<u8>) {
    let width = (usize::BITS - end.saturating_sub(1).leading_zeros()) as usize;
    page.push(width as u8);
    match numbers.len() {
        0 => {}
        all if width == 0 => push_natural(page, run(all)),
        all => {
            push_natural(page, groups(all));
            let begin = page.len();
            push_packed(page, numbers, width);
            page.truncate(begin + all.div_ceil(8) * width);
        }
    }
}

/// In so many bits each, and nothing behind them until a pack of as many as [`bitpacked`] takes at a time is full.
fn push_packed<T: bitpacked::Unpackable>(page: &mut Vec<u8>, numbers: &[T], width: usize) {
    if width > 0 {
        let pack = 8 * size_of::<T>();
        let begin = page.len();
        page.resize(begin + numbers.len().div_ceil(pack) * pack / 8 * width, 0);
        bitpacked::encode(numbers, width, &mut page[begin..]);
    }
}

fn push_natural(page: &mut Vec<u8>, number: u64) {
    let mut room = [0; 10];
    let bytes = uleb128::encode(number, &mut room);
    page.extend_from_slice(&room[..bytes]);
}

fn push_whole(page: &mut Vec<u8>, number: i64) {
    let (room, bytes) = zigzag_leb128::encode(number);
    page.extend_from_slice(&room[..bytes]);
}
