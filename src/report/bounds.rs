//! What Parquet says of the cells of a page, so that readers can skip it: the least and the greatest, and how many there
//! are not.

use polars_parquet::parquet::statistics::ParquetStatistics;

use super::cells::{Cells, Content};

pub(super) fn statistics(cells: &Cells<'_>) -> ParquetStatistics {
    let missing = cells.is_there.as_ref().map_or(0, |is_there| is_there.unset_bits());
    let (min_value, max_value) = bounds(cells).unzip();
    ParquetStatistics {
        null_count: Some(missing as i64),
        distinct_count: None,
        min_value,
        max_value,
        min: None,
        max: None,
        is_max_value_exact: None,
        is_min_value_exact: None,
    }
}

/// The least and the greatest, as they would stand in a page; none where there are none.
fn bounds(cells: &Cells<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    match &cells.content {
        Content::Wholes(wholes) => {
            let (least, greatest) = ends(wholes.iter().copied())?;
            Some((least.to_le_bytes().to_vec(), greatest.to_le_bytes().to_vec()))
        }
        Content::Naturals(naturals) => {
            let (least, greatest) = ends(naturals.iter().copied())?;
            Some((least.to_le_bytes().to_vec(), greatest.to_le_bytes().to_vec()))
        }
        Content::Numbers(numbers) => {
            let (least, greatest) = range(numbers)?;
            Some((least.to_le_bytes().to_vec(), greatest.to_le_bytes().to_vec()))
        }
        Content::Flags(flags) => {
            let (least, greatest) = ends(flags.iter().copied())?;
            Some((vec![least.into()], vec![greatest.into()]))
        }
        // A row group has no texts but those of its cells.
        Content::Numbered(_, texts) => ends(texts.iter()).map(|(least, greatest)| (least.to_vec(), greatest.to_vec())),
        Content::Texts(texts) => ends(texts.iter()).map(|(least, greatest)| (least.to_vec(), greatest.to_vec())),
    }
}

fn ends<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(least, greatest), value| (least.min(value), greatest.max(value))))
}

/// Of numbers, none if one of them is not a number. Parquet wants the zeros that are furthest from each other.
fn range(numbers: &[f64]) -> Option<(f64, f64)> {
    let first = numbers.first()?;
    let is_told = !numbers.iter().any(|number| number.is_nan());
    let (least, greatest) = numbers.iter().fold((*first, *first), |(least, greatest), number| {
        (if *number < least { *number } else { least }, if *number > greatest { *number } else { greatest })
    });
    is_told.then(|| (if least == 0.0 { -0.0 } else { least }, if greatest == 0.0 { 0.0 } else { greatest }))
}
