//! The summary as one JSON object: what `--json` prints.

use crate::experiment::results::Summary;

/// The whole summary, indented, with a newline at the end. Numbers that are not finite become `null`.
pub fn json(summary: &Summary) -> String {
    // The types of a summary have string keys and no fallible `Serialize`, so this cannot fail.
    serde_json::to_string_pretty(summary).expect("a summary is always expressible in JSON") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::summary;

    #[test]
    fn keys_stand_in_the_documented_order() {
        let mut summary = summary(2);
        summary.estimates.drain(1..4);
        summary.estimates.truncate(1);
        summary.estimates[0].interval.mean = f64::NAN;
        summary.differences.drain(..1);
        summary.differences.truncate(1);
        summary.differences[0].interval.mean = 0.25;
        let expected = r#"{
  "experiment": "demo",
  "scenario_digest": "00ff",
  "seed": 7,
  "replications": 20,
  "estimates": [
    {
      "arm": "base",
      "scope": "provider",
      "metric": "arrivals",
      "unit": "requests",
      "n": 20,
      "mean": null,
      "half_width": null,
      "confidence": 0.95
    }
  ],
  "differences": [
    {
      "arm": "low",
      "baseline": "base",
      "scope": "pool:gpu",
      "metric": "utilisation",
      "unit": "1",
      "n": 20,
      "mean": 0.25,
      "half_width": 0.00615,
      "vrf": 12.34
    }
  ]
}
"#;
        assert_eq!(json(&summary), expected);
    }
}
