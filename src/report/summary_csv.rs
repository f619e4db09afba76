//! `summary.csv`: every estimate, then every difference, a line each.
//!
//! Numbers are printed in the shortest form that reads back as the same number. Fields that do not apply
//! or are not known are empty.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::{AtomicFile, ReportError};
use crate::analysis::Interval;
use crate::experiment::results::{Difference, Estimate, MetricId, Summary};

/// The names of the columns.
const HEADER: [&str; 11] =
    ["kind", "arm", "baseline", "scope", "metric", "unit", "n", "mean", "half_width", "confidence", "vrf"];

/// The summary as CSV text: what `--format csv` prints and `summary.csv` holds.
pub fn csv(summary: &Summary) -> String {
    let mut bytes = Vec::new();
    write_rows(summary, &mut bytes).expect("memory takes any record of the same length");
    String::from_utf8(bytes).expect("all fields are text")
}

/// Writes the summary to the file `path`, row by row.
///
/// # Errors
/// [`ReportError::Io`] if the file cannot be written.
pub fn write(path: &Path, summary: &Summary) -> Result<(), ReportError> {
    let file = AtomicFile::new(path);
    let written = File::create(file.partial()).and_then(|sink| write_rows(summary, sink));
    written.map_err(ReportError::io(path))?;
    file.commit()
}

fn write_rows(summary: &Summary, sink: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_record(HEADER)?;
    for Estimate { arm, id, interval } in &summary.estimates {
        write_row(&mut writer, ["estimate", arm, ""], id, interval, None)?;
    }
    for Difference { arm, baseline, id, interval, vrf } in &summary.differences {
        write_row(&mut writer, ["difference", arm, baseline], id, interval, *vrf)?;
    }
    writer.flush()
}

fn write_row(
    writer: &mut csv::Writer<impl Write>,
    names: [&str; 3],
    id: &MetricId,
    interval: &Interval,
    vrf: Option<f64>,
) -> csv::Result<()> {
    let texts = names.into_iter().chain([id.scope.as_str(), &id.metric, &id.unit]);
    texts.map(str::as_bytes).try_for_each(|text| writer.write_field(text))?;
    writer.write_field(interval.n.to_string())?;
    let numbers = [Some(interval.mean), interval.half_width, Some(interval.confidence), vrf];
    numbers.into_iter().try_for_each(|value| writer.write_field(number(value)))?;
    writer.write_record(None::<&[u8]>)
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::summary;

    #[test]
    fn estimates_come_first_and_numbers_read_back_exactly() {
        let mut summary = summary(2);
        summary.estimates.truncate(2);
        summary.estimates[0].arm = "base, \"old\"".into();
        summary.estimates[1].interval.mean = 0.1 + 0.2;
        summary.differences.truncate(2);
        summary.differences[0].interval.mean = f64::NAN;
        summary.differences[1].interval.mean = -1e-7;
        let expected = "\
kind,arm,baseline,scope,metric,unit,n,mean,half_width,confidence,vrf
estimate,\"base, \"\"old\"\"\",,provider,arrivals,requests,20,1000,,0.95,
estimate,base,,pool:gpu,utilisation,1,20,0.30000000000000004,0.0123,0.95,
difference,low,base,provider,arrivals,requests,20,,,0.95,
difference,low,base,pool:gpu,utilisation,1,20,-0.0000001,0.00615,0.95,12.34
";
        assert_eq!(csv(&summary), expected);
    }

    #[test]
    fn the_file_holds_the_text() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("summary.csv");
        write(&path, &summary(3)).expect("folder is writable");
        assert_eq!(std::fs::read_to_string(path).expect("file exists"), csv(&summary(3)));
    }
}
