//! `summary.csv`: every estimate, then every difference, a line each.
//!
//! Numbers are printed in the shortest form that reads back as the same number. Fields that do not apply
//! or are not known are empty.

use std::path::Path;

use super::{ReportError, write_atomically};
use crate::analysis::Interval;
use crate::experiment::results::{MetricId, Summary};

/// The names of the columns.
const HEADER: [&str; 11] =
    ["kind", "arm", "baseline", "scope", "metric", "unit", "n", "mean", "half_width", "confidence", "vrf"];

/// The summary as CSV text: what `--format csv` prints and `summary.csv` holds.
pub fn csv(summary: &Summary) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write =
        |record: [String; 11]| writer.write_record(record).expect("memory takes any record of the same length");
    write(HEADER.map(str::to_owned));
    for estimate in &summary.estimates {
        write(record("estimate", [&estimate.arm, ""], &estimate.id, &estimate.interval, None));
    }
    for difference in &summary.differences {
        let arms = [difference.arm.as_str(), difference.baseline.as_str()];
        write(record("difference", arms, &difference.id, &difference.interval, difference.vrf));
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("all fields are text")
}

/// Writes the summary to the file `path`.
///
/// # Errors
/// [`ReportError::Io`] if the file cannot be written.
pub fn write(path: &Path, summary: &Summary) -> Result<(), ReportError> {
    write_atomically(path, csv(summary).as_bytes())
}

fn record(kind: &str, arms: [&str; 2], id: &MetricId, interval: &Interval, vrf: Option<f64>) -> [String; 11] {
    let names = [kind, arms[0], arms[1], &id.scope, &id.metric, &id.unit].map(str::to_owned);
    let [kind, arm, baseline, scope, metric, unit] = names;
    let numbers = [Some(interval.mean), interval.half_width, Some(interval.confidence), vrf].map(number);
    let [mean, half_width, confidence, vrf] = numbers;
    [kind, arm, baseline, scope, metric, unit, interval.n.to_string(), mean, half_width, confidence, vrf]
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
        summary.estimates[0].arm = "base, \"old\"".to_owned();
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
