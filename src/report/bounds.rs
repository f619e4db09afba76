//! What Parquet says of the cells of a page, so that readers can skip it: the least and the greatest, and how many there
//! are not.

use polars_parquet::parquet::statistics::ParquetStatistics;

use super::cells::{Cells, Content};

/// Of one page. The orders are those of the format: Apache Parquet, `parquet.thrift`, *ColumnOrder*.
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

#[cfg(test)]
mod tests {
    use std::fs::File;

    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;
    use crate::report::parquet::{Kind, ParquetFile};
    use crate::report::values::Values;

    type Told = (Option<Vec<u8>>, Option<Vec<u8>>, Option<u64>);

    /// The least, the greatest and the number of missing cells, as another library reads them.
    fn told(kind: Kind, cells: Cells<'static>) -> Told {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("bounds.parquet");
        let mut file = ParquetFile::create(&path, &[("cells", kind)]).expect("folder is writable");
        file.write([cells]).expect("folder is writable");
        file.finish().expect("folder is writable");
        let reader = SerializedFileReader::new(File::open(path).expect("the file exists")).expect("it is Parquet");
        let column = reader.metadata().row_group(0).column(0);
        let told = column.statistics().expect("something is told");
        let bytes = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        (bytes(told.min_bytes_opt()), bytes(told.max_bytes_opt()), told.null_count_opt())
    }

    fn between<const N: usize>(least: [u8; N], greatest: [u8; N], missing: u64) -> Told {
        (Some(least.to_vec()), Some(greatest.to_vec()), Some(missing))
    }

    /// A bound too narrow would make readers pass over rows that they look for.
    #[test]
    fn bounds_are_the_least_and_the_greatest_that_are_there() {
        let wholes = Values::from_iter([Some(3_i64), None, Some(-7), Some(5), None]).into_cells();
        assert_eq!(told(Kind::Whole, wholes), between((-7_i64).to_le_bytes(), 5_i64.to_le_bytes(), 2));
        // Beyond what has a sign.
        let naturals = Cells::naturals([2, u64::MAX, 9]);
        assert_eq!(told(Kind::Natural, naturals), between(2_u64.to_le_bytes(), u64::MAX.to_le_bytes(), 0));
        let numbers = Cells::numbers([Some(2.5), Some(-1.0), None, Some(9.0)]);
        assert_eq!(told(Kind::Number, numbers), between((-1.0_f64).to_le_bytes(), 9.0_f64.to_le_bytes(), 1));
        let flags = Cells::flags([Some(false), None, Some(true), Some(false)]);
        assert_eq!(told(Kind::Flag, flags), between([0], [1], 1));
        let numbered = Cells::texts([Some("b"), Some("c"), None, Some("b"), Some("a")]);
        assert_eq!(told(Kind::Text, numbered), between(*b"a", *b"c", 1));
        let different = Cells::texts((0..5_000).rev().map(|row| Some(format!("{row:04}"))));
        assert_eq!(told(Kind::Text, different), between(*b"0000", *b"4999", 0));
    }

    #[test]
    fn nothing_is_told_of_what_has_no_order() {
        let not_a_number = Cells::numbers([Some(1.0), Some(f64::NAN), Some(2.0)]);
        assert_eq!(told(Kind::Number, not_a_number), (None, None, Some(0)));
        assert_eq!(told(Kind::Number, Cells::numbers([None; 3])), (None, None, Some(3)));
        // Either zero may stand for the other.
        for zero in [0.0, -0.0] {
            let zeros = Cells::numbers([Some(zero); 2]);
            assert_eq!(told(Kind::Number, zeros), between((-0.0_f64).to_le_bytes(), 0.0_f64.to_le_bytes(), 0));
        }
    }
}
