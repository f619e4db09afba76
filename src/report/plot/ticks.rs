//! Where an axis begins and ends, and which round numbers stand along it.

use crate::report::digits;

/// Numbers along an axis, each with its label.
pub(super) type Ticks = Vec<(f64, String)>;

/// Steps that divide days and hours well, in hours.
const HOUR_STEPS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 6.0, 12.0, 24.0];

/// Round numbers from `low` to `high`, about `target` of them.
pub(super) fn ticks(low: f64, high: f64, target: u32) -> Ticks {
    let raw = (high - low) / f64::from(target.max(1));
    if !raw.is_finite() || raw <= 0.0 {
        return Vec::new();
    }
    let scale = digits::power_of_ten(digits::exponent(raw, 12));
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * scale).into_iter().find(|step| *step >= raw * 0.999);
    multiples(low, high, step.unwrap_or(raw))
}

/// Round numbers of hours from `low` to `high`, about `target` of them.
pub(super) fn hour_ticks(low: f64, high: f64, target: u32) -> Ticks {
    let raw = (high - low) / f64::from(target.max(1));
    match HOUR_STEPS.into_iter().find(|step| *step >= raw) {
        Some(step) if raw > HOUR_STEPS[0] / 2.0 => multiples(low, high, step),
        _ => ticks(low, high, target),
    }
}

/// The range of an axis that shows values from `low` to `high`, with air at both ends.
///
/// It begins at 0 where the values come near it, and never goes below 0 for values that do not. A single
/// value is put in the middle; without any value the axis goes from 0 to 1.
pub(super) fn axis_range(low: f64, high: f64) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return (0.0, 1.0);
    }
    let size = low.abs().max(high.abs());
    if size == 0.0 {
        return (0.0, 1.0);
    }
    // Differences beyond the tenth digit are rounding, and would make an axis of equal labels.
    let air = if high - low > size * 1e-9 { 0.08 * (high - low) } else { 0.1 * size };
    let (bottom, top) = (low - air, high + air);
    if low >= 0.0 && (bottom < 0.0 || low < 0.4 * high) { (0.0, top) } else { (bottom, top) }
}

fn multiples(low: f64, high: f64, step: f64) -> Ticks {
    let place = digits::exponent(step, 12);
    // 0.25 needs a decimal more than its exponent says.
    let place = if (step / digits::power_of_ten(place)).fract() > 1e-6 { place - 1 } else { place };
    let first = (low / step - 1e-6).ceil();
    let values = (0..50).map(|index| (first + f64::from(index)) * step);
    values.take_while(|value| *value <= high + step * 1e-6).map(|value| (value, label(value, place))).collect()
}

fn label(value: f64, place: i32) -> String {
    if value.abs() == 0.0 && !(-5..=6).contains(&place) {
        return "0".to_owned();
    }
    if place < -5 || value.abs() >= 1e7 { digits::short_scientific(value) } else { digits::fixed(value, place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> String {
        ticks.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let cases = [
            (0.0, 1.0, "0.0 0.2 0.4 0.6 0.8 1.0"),
            (3.0, 99.0, "20 40 60 80"),
            (-0.013, 0.012, "-0.010 -0.005 0.000 0.005 0.010"),
            (1.9e6, 4.1e6, "2000000 2500000 3000000 3500000 4000000"),
            (0.0, 3e-8, "0 1e-8 2e-8 3e-8"),
            (0.0, 1e9, "0 2e8 4e8 6e8 8e8 1e9"),
            (1.0, 1.0, ""),
            (f64::NAN, 1.0, ""),
        ];
        for (low, high, expected) in cases {
            assert_eq!(labels(&ticks(low, high, 5)), expected, "{low}..{high}");
        }
    }

    #[test]
    fn hours_are_divided_as_clocks_are() {
        assert_eq!(labels(&hour_ticks(0.0, 48.0, 10)), "0 6 12 18 24 30 36 42 48");
        assert_eq!(labels(&hour_ticks(0.0, 2.0, 10)), "0.00 0.25 0.50 0.75 1.00 1.25 1.50 1.75 2.00");
        assert_eq!(labels(&hour_ticks(0.0, 0.01, 5)), "0.000 0.002 0.004 0.006 0.008 0.010");
    }

    #[test]
    fn ranges_have_air_and_respect_zero() {
        let cases = [
            ((0.0, 0.0), (0.0, 1.0)),
            ((f64::INFINITY, f64::NEG_INFINITY), (0.0, 1.0)),
            ((5.0, 5.0), (4.5, 5.5)),
            ((-5.0, -5.0), (-5.5, -4.5)),
            ((0.0, 100.0), (0.0, 108.0)),
            ((90.0, 100.0), (89.2, 100.8)),
            ((-100.0, 0.0), (-108.0, 8.0)),
        ];
        for ((low, high), (bottom, top)) in cases {
            let range = axis_range(low, high);
            assert!((range.0 - bottom).abs() < 1e-9 && (range.1 - top).abs() < 1e-9, "{low}..{high}: {range:?}");
        }
    }
}
