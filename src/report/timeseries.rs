//! `timeseries.parquet`: quantities at exact instants, over the replications, one to a row.

use std::path::Path;

use polars::prelude::{Column, DataType};

use super::ReportError;
use super::parquet::{ParquetFile, ROW_GROUP};
use crate::experiment::results::SeriesPoint;

/// Writes the points in their order to the file `path`: arm, scope, metric, unit, time_h, mean, variance,
/// n.
///
/// # Errors
/// [`ReportError::Io`] or [`ReportError::Parquet`] if the file cannot be written.
pub fn write(path: &Path, points: &[SeriesPoint]) -> Result<(), ReportError> {
    let columns = [
        ("arm", DataType::String),
        ("scope", DataType::String),
        ("metric", DataType::String),
        ("unit", DataType::String),
        ("time_h", DataType::Float64),
        ("mean", DataType::Float64),
        ("variance", DataType::Float64),
        ("n", DataType::UInt64),
    ];
    let mut file = ParquetFile::create(path, &columns)?;
    for group in points.chunks(ROW_GROUP) {
        file.write(row_group(group))?;
    }
    file.finish()
}

fn row_group(points: &[SeriesPoint]) -> Vec<Column> {
    let text = |name: &str, pick: fn(&SeriesPoint) -> &str| {
        Column::new(name.into(), points.iter().map(pick).collect::<Vec<&str>>())
    };
    let number = |name: &str, pick: fn(&SeriesPoint) -> f64| {
        let values = points.iter().map(|point| Some(pick(point)).filter(|value| value.is_finite()));
        Column::new(name.into(), values.collect::<Vec<Option<f64>>>())
    };
    vec![
        text("arm", |point| &point.arm),
        text("scope", |point| &point.id.scope),
        text("metric", |point| &point.id.metric),
        text("unit", |point| &point.id.unit),
        number("time_h", |point| point.time_h),
        number("mean", |point| point.mean),
        number("variance", |point| point.variance),
        Column::new("n".into(), points.iter().map(|point| point.n).collect::<Vec<u64>>()),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::report::fixture::series;

    #[test]
    fn points_read_back_in_their_order() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("timeseries.parquet");
        let mut points = series(2, 1, 3, 20);
        points[1].variance = f64::NAN;
        write(&path, &points).expect("folder is writable");
        let file = File::open(&path).expect("file exists");
        let frame = ParquetReader::new(file).finish().expect("file is parquet");
        assert_eq!(frame.get_column_names(), ["arm", "scope", "metric", "unit", "time_h", "mean", "variance", "n"]);
        let means = frame.column("mean").expect("column exists").f64().expect("column of numbers");
        assert!(means.iter().eq(points.iter().map(|point| Some(point.mean))));
        let variances = frame.column("variance").expect("column exists").f64().expect("column of numbers");
        assert_eq!(variances.iter().take(3).collect::<Vec<_>>(), [Some(0.0001), None, Some(0.0001)]);
        let arms = frame.column("arm").expect("column exists").str().expect("column of text");
        assert!(arms.iter().eq(points.iter().map(|point| Some(point.arm.as_str()))));
    }

    #[test]
    fn repeated_writing_gives_the_same_bytes() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            write(&path, &series(3, 2, 500, 5)).expect("folder is writable");
            fs::read(path).expect("file exists")
        };
        assert!(bytes("a.parquet") == bytes("b.parquet"));
    }

    #[test]
    fn no_points_make_an_empty_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("timeseries.parquet");
        write(&path, &[]).expect("folder is writable");
        let file = File::open(&path).expect("file exists");
        assert_eq!(ParquetReader::new(file).finish().expect("file is parquet").height(), 0);
    }
}
