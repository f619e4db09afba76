//! `timeseries.parquet`: quantities at exact instants, over the replications, one to a row.

use std::path::Path;

use super::ReportError;
use super::cells::Cells;
use super::parquet::{Kind, ParquetFile, ROW_GROUP};
use crate::experiment::results::SeriesPoint;

/// Writes the points in their order to the file `path`: arm, scope, metric, unit, time_h, mean, variance,
/// n.
///
/// # Errors
/// [`ReportError::Io`] or [`ReportError::Parquet`] if the file cannot be written.
pub fn write<'a>(path: &Path, points: impl IntoIterator<Item = SeriesPoint<'a>>) -> Result<(), ReportError> {
    let columns = [
        ("arm", Kind::Text),
        ("scope", Kind::Text),
        ("metric", Kind::Text),
        ("unit", Kind::Text),
        ("time_h", Kind::Number),
        ("mean", Kind::Number),
        ("variance", Kind::Number),
        ("n", Kind::Natural),
    ];
    let mut file = ParquetFile::create(path, &columns)?;
    let mut points = points.into_iter();
    loop {
        let group: Vec<SeriesPoint<'_>> = points.by_ref().take(ROW_GROUP).collect();
        if group.is_empty() {
            return file.finish();
        }
        file.write(row_group(&group))?;
    }
}

fn row_group<'a>(points: &[SeriesPoint<'a>]) -> [Cells<'static>; 8] {
    let text = |pick: fn(&SeriesPoint<'a>) -> &'a str| Cells::texts(points.iter().map(pick).map(Some));
    let number = |pick: fn(&SeriesPoint<'a>) -> f64| {
        Cells::numbers(points.iter().map(|point| Some(pick(point)).filter(|value| value.is_finite())))
    };
    [
        text(|point| point.arm),
        text(|point| &point.id.scope),
        text(|point| &point.id.metric),
        text(|point| &point.id.unit),
        number(|point| point.time_h),
        number(|point| point.mean),
        number(|point| point.variance),
        Cells::naturals(points.iter().map(|point| point.n)),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::fixture::series;
    use crate::report::read_back::ReadBack;

    #[test]
    fn points_read_back_in_their_order() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("timeseries.parquet");
        let mut points = series(2, 1, 3, 20);
        points[1].variance = f64::NAN;
        write(&path, points.iter().copied()).expect("folder is writable");
        let file = ReadBack::of(&path);
        assert_eq!(file.names(), ["arm", "scope", "metric", "unit", "time_h", "mean", "variance", "n"]);
        assert_eq!(file.numbers("mean"), points.iter().map(|point| Some(point.mean)).collect::<Vec<_>>());
        assert_eq!(file.numbers("variance")[..3], [Some(0.0001), None, Some(0.0001)]);
        assert_eq!(file.texts("arm"), points.iter().map(|point| Some(point.arm.to_owned())).collect::<Vec<_>>());
        assert!(file.naturals("n").iter().all(|n| *n == Some(20)));
    }

    #[test]
    fn repeated_writing_gives_the_same_bytes() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            write(&path, series(3, 2, 500, 5)).expect("folder is writable");
            fs::read(path).expect("file exists")
        };
        assert!(bytes("a.parquet") == bytes("b.parquet"));
    }

    #[test]
    fn no_points_make_an_empty_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("timeseries.parquet");
        write(&path, []).expect("folder is writable");
        assert_eq!(ReadBack::of(&path).height(), 0);
    }
}
