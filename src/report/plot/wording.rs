//! The words of the timeline: what its lines are called and what a reader must know about them.

use super::lines::{Line, Lines, distinct};

/// Bands of more lines than this would cover each other.
const BANDS_MAX: usize = 4;
/// Panels of prices; prices in different units have different panels.
const PRICE_UNITS_MAX: usize = 2;

/// The words that go with some lines.
pub(super) struct Wording<'a> {
    lines: &'a Lines<'a>,
    arms: Vec<&'a str>,
    pools: Vec<&'a str>,
}

impl<'a> Wording<'a> {
    /// Words for these lines.
    pub(super) fn new(lines: &'a Lines<'a>) -> Self {
        let arms = distinct(lines.shown.iter().map(|line| line.arm));
        let pools = distinct(lines.shown.iter().map(|line| line.scope));
        Self { lines, arms, pools }
    }

    /// Whether a minimum price moves: then it is drawn, with the interruptions that it may lead to.
    pub(super) fn with_minimum(&self) -> bool {
        self.lines.shown.iter().any(|line| line.minimum.varies())
    }

    /// What the figure shows.
    pub(super) fn title(&self) -> &'static str {
        match self.with_minimum() {
            true => "Minimum price, price, utilisation and interruptions over time",
            false => "Price and utilisation over time",
        }
    }

    /// What all lines have in common.
    pub(super) fn subtitle(&self) -> String {
        match (self.arms.as_slice(), self.pools.as_slice()) {
            ([], _) => "no prices or utilisations were recorded".to_owned(),
            ([arm], [pool]) => format!("{pool}, arm {arm}"),
            ([arm], _) => format!("arm {arm}"),
            (_, [pool]) => format!("{pool}, a line per arm"),
            _ => "a line per pool and arm".to_owned(),
        }
    }

    /// What sets a line apart from the others.
    pub(super) fn entry(&self, line: &Line<'_>) -> String {
        match (self.arms.len(), self.pools.len()) {
            (0 | 1, _) => line.scope.to_owned(),
            (_, 1) => line.arm.to_owned(),
            _ => format!("{}, {}", line.scope, line.arm),
        }
    }

    /// Whether bands can be drawn: there is a spread, and they would not hide each other.
    pub(super) fn with_bands(&self) -> bool {
        let spread = self.lines.shown.iter().filter(|line| line.has_spread()).count();
        self.replicated() && (spread <= BANDS_MAX || !self.lines.are_together())
    }

    /// The units in which prices are drawn.
    pub(super) fn price_units(&self) -> Vec<&'a str> {
        let mut units = self.all_price_units();
        units.truncate(PRICE_UNITS_MAX);
        units
    }

    /// What the lines and bands mean, and what is not drawn.
    pub(super) fn caption(&self) -> String {
        let notes = [self.note_on_lines(), self.note_on_bands(), self.note_on_points(), self.note_on_omissions()];
        notes.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn note_on_lines(&self) -> Option<String> {
        Some(match self.lines.replications? {
            (1, 1) => "Lines: a single replication.".to_owned(),
            (few, many) if few == many => format!("Lines: mean over {few} replications."),
            (few, many) => format!("Lines: mean over {few} to {many} replications."),
        })
    }

    fn note_on_bands(&self) -> Option<String> {
        let note = if self.with_bands() {
            "Bands: mean ± 1 standard deviation over the replications, the spread of single runs (not a confidence \
             interval)."
        } else {
            "No bands, as there are too many lines in one frame."
        };
        self.replicated().then(|| note.to_owned())
    }

    fn note_on_points(&self) -> Option<String> {
        let averaged = self.lines.shown.iter().map(|line| line.price.averaged.max(line.utilisation.averaged));
        let averaged = averaged.max().filter(|averaged| *averaged > 1)?;
        Some(format!("Each point is the average of {averaged} neighbouring instants."))
    }

    fn note_on_omissions(&self) -> Option<String> {
        let (shown, recorded) = (self.lines.shown.len(), self.lines.recorded);
        let lines = (shown < recorded).then(|| {
            format!("{shown} of {recorded} lines are shown, pools with a varying price first; all are in the data.")
        });
        let units = self.all_price_units().split_off(self.price_units().len());
        let units = (!units.is_empty()).then(|| format!("Prices in {} are not shown.", units.join(", ")));
        let notes: Vec<String> = lines.into_iter().chain(units).collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }

    fn replicated(&self) -> bool {
        !self.lines.shown.is_empty() && self.lines.replications.is_some_and(|(_, most)| most > 1)
    }

    fn all_price_units(&self) -> Vec<&'a str> {
        let priced = self.lines.shown.iter().filter(|line| !line.price.samples.is_empty());
        distinct(priced.map(|line| line.price.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::MetricId;
    use crate::report::fixture::{lasting, series};

    #[test]
    fn lines_are_named_by_what_sets_them_apart() {
        let cases = [
            (1, 1, "pool:p0, arm base", "pool:p0"),
            (1, 2, "arm base", "pool:p0"),
            (2, 1, "pool:p0, a line per arm", "base"),
            (2, 2, "a line per pool and arm", "pool:p0, base"),
        ];
        for (arms, pools, subtitle, entry) in cases {
            let points = series(arms, pools, 3, 20);
            let lines = Lines::new(points.iter().copied());
            let wording = Wording::new(&lines);
            assert_eq!((wording.subtitle().as_str(), wording.entry(&lines.shown[0]).as_str()), (subtitle, entry));
        }
    }

    #[test]
    fn the_caption_tells_what_is_drawn_and_what_is_not() {
        let caption = |arms, pools, instants, n| {
            let points = series(arms, pools, instants, n);
            Wording::new(&Lines::new(points.iter().copied())).caption()
        };
        assert_eq!(caption(1, 1, 3, 1), "Lines: a single replication.");
        assert_eq!(
            caption(2, 2, 3, 20),
            "Lines: mean over 20 replications. Bands: mean ± 1 standard deviation over the replications, the spread \
             of single runs (not a confidence interval)."
        );
        assert_eq!(
            caption(5, 1, 3, 20),
            "Lines: mean over 20 replications. No bands, as there are too many lines in one frame."
        );
        assert_eq!(
            caption(12, 26, 700, 20),
            "Lines: mean over 20 replications. Bands: mean ± 1 standard deviation over the replications, the spread \
             of single runs (not a confidence interval). Each point is the average of 2 neighbouring instants. 12 of 312 lines are shown, pools with a varying price first; all are in the data."
        );
        assert_eq!(caption(0, 0, 0, 20), "");
    }

    #[test]
    fn prices_in_a_third_unit_are_named_as_missing() {
        let mut points = series(1, 3, 3, 1);
        for (pool, unit) in [("pool:p1", "credits/h"), ("pool:p2", "cycles/h")] {
            for point in points.iter_mut().filter(|point| point.id.metric == "price" && point.id.scope == pool) {
                point.id = lasting(MetricId { unit: unit.into(), ..point.id.clone() });
            }
        }
        let lines = Lines::new(points.iter().copied());
        let wording = Wording::new(&lines);
        assert_eq!(wording.price_units(), ["USD/h", "credits/h"]);
        assert!(wording.caption().ends_with("Prices in cycles/h are not shown."));
    }
}
