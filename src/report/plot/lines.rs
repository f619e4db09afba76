//! The lines of the timeline: one per arm and pool, with price, utilisation, minimum price and interruptions over time.

use std::collections::{BTreeMap, BTreeSet};

use super::palette::{LineStyle, POOLS_MAX};
use crate::experiment::results::SeriesPoint;

/// Points per line beyond which neighbours are averaged: the plot is about twice as many units wide.
const POINTS_MAX: usize = 600;

/// Lines beyond which a legend is no help any more.
pub(super) const LINES_MAX: usize = 14;

/// Lines beyond which each has a frame of its own: there are no more colours.
const TOGETHER_MAX: usize = 7;

/// Stands for the arm of a line that all arms share.
const ALL_ARMS: &str = "all arms";

/// A quantity at an instant over the replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) time_h: f64,
    pub(super) mean: f64,
    /// Standard deviation over the replications.
    pub(super) deviation: f64,
}

/// A quantity over time.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve<'a> {
    /// Unit of the quantity.
    pub(super) unit: &'a str,
    /// Samples in the order of time.
    pub(super) samples: Vec<Sample>,
    /// How many instants a sample is the average of.
    pub(super) averaged: usize,
}

impl Curve<'_> {
    /// Whether the quantity changes over time.
    pub(super) fn varies(&self) -> bool {
        let means = || self.samples.iter().map(|sample| sample.mean).filter(|mean| mean.is_finite());
        means().fold(f64::NEG_INFINITY, f64::max) > means().fold(f64::INFINITY, f64::min)
    }

    /// Whether the spread over the replications is ever more than nothing.
    pub(super) fn has_spread(&self) -> bool {
        self.samples.iter().any(|sample| sample.deviation > 0.0)
    }

    fn push(&mut self, point: &SeriesPoint<'_>) {
        let deviation = point.variance.max(0.0).sqrt();
        self.samples.push(Sample { time_h: point.time_h, mean: point.mean, deviation });
    }

    /// Averages neighbours until the curve is short enough to draw.
    fn thin(&mut self) {
        self.averaged = self.samples.len().div_ceil(POINTS_MAX).max(1);
        if self.averaged > 1 {
            self.samples = self.samples.chunks(self.averaged).map(average).collect();
        }
    }
}

/// One arm and pool.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) arm: &'a str,
    /// Scope of the pool, `pool:NAME`.
    pub(super) scope: &'a str,
    pub(super) style: LineStyle,
    pub(super) price: Curve<'a>,
    pub(super) utilisation: Curve<'a>,
    /// Nothing where the pool never has any.
    pub(super) minimum: Curve<'a>,
    /// Since the instant before; nothing where the pool is not asked.
    pub(super) interruptions: Curve<'a>,
}

impl<'a> Line<'a> {
    fn new(arm: &'a str, scope: &'a str) -> Self {
        let [price, utilisation, minimum, interruptions] = [(); 4].map(|()| Curve::default());
        Self { arm, scope, style: LineStyle::of(0, 0), price, utilisation, minimum, interruptions }
    }

    /// The curve of a metric, if it is drawn.
    fn curve_mut(&mut self, metric: &str) -> Option<&mut Curve<'a>> {
        match metric {
            "price" => Some(&mut self.price),
            "utilisation" => Some(&mut self.utilisation),
            "minimum_price" => Some(&mut self.minimum),
            "interruptions" => Some(&mut self.interruptions),
            _ => None,
        }
    }

    fn curves(&self) -> [&Curve<'a>; 4] {
        [&self.price, &self.utilisation, &self.minimum, &self.interruptions]
    }

    fn equals(&self, other: &Self) -> bool {
        self.curves().iter().zip(other.curves()).all(|(mine, others)| mine.samples == others.samples)
    }

    /// Whether a band around it would be seen.
    pub(super) fn has_spread(&self) -> bool {
        self.price.has_spread() || self.utilisation.has_spread()
    }
}

/// The lines of a figure, and how many there would have been.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines<'a> {
    pub(super) shown: Vec<Line<'a>>,
    pub(super) recorded: usize,
    /// Fewest and most replications behind a point.
    pub(super) replications: Option<(u64, u64)>,
}

impl<'a> Lines<'a> {
    /// Whether all lines are drawn in one frame.
    pub(super) fn are_together(&self) -> bool {
        self.shown.len() <= TOGETHER_MAX
    }

    /// Gathers the curves, and picks the lines to show.
    ///
    /// A pool is shown in all arms or, if there are too many arms, in the first of them. Pools whose price
    /// varies come before those with a steady one.
    pub(super) fn new(points: impl IntoIterator<Item = SeriesPoint<'a>>) -> Self {
        let (mut all, replications) = gather(points);
        let names = distinct(all.iter().map(|line| line.arm));
        let arms = names.len();
        share(&mut all, arms);
        let recorded = all.len();
        let mut pools = distinct(all.iter().map(|line| line.scope));
        let lively: BTreeSet<&str> = all.iter().filter(|line| line.price.varies()).map(|line| line.scope).collect();
        pools.sort_by_key(|pool| !lively.contains(pool));
        let mut apart = distinct(all.iter().filter(|line| line.arm != ALL_ARMS).map(|line| line.scope));
        let places: BTreeMap<&str, usize> = pools.iter().copied().zip(0..).collect();
        apart.sort_by_key(|pool| places.get(pool));
        if arms > 1 {
            let too_many: BTreeSet<&str> = apart.iter().copied().skip(POOLS_MAX).collect();
            pools.retain(|pool| !too_many.contains(pool));
        }
        pools.truncate((LINES_MAX / arms.max(1)).max(1));
        let shared: Vec<&str> = pools.iter().copied().filter(|pool| !apart.contains(pool)).collect();
        all.retain(|line| pools.contains(&line.scope));
        all.sort_by_key(|line| pools.iter().position(|pool| *pool == line.scope));
        all.truncate(LINES_MAX);
        for line in &mut all {
            let place = |pools: &[&str]| pools.iter().position(|pool| *pool == line.scope).unwrap_or(0);
            line.style = match names.iter().position(|arm| *arm == line.arm) {
                // The only arm needs no colour of its own.
                Some(_) if arms == 1 => LineStyle::of(place(&pools), 0),
                Some(arm) => LineStyle::of(arm, place(&apart)),
                None => LineStyle::shared(arms, place(&shared)),
            };
            for curve in [&mut line.price, &mut line.utilisation, &mut line.minimum, &mut line.interruptions] {
                curve.thin();
            }
        }
        Self { shown: all, recorded, replications }
    }
}

/// A pool on which the arms make no difference needs one line, not one per arm on top of each other.
fn share(lines: &mut Vec<Line<'_>>, arms: usize) {
    if arms < 2 {
        return;
    }
    let mut of_pools: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        of_pools.entry(line.scope).or_default().push(place);
    }
    let mut is_needed = vec![true; lines.len()];
    for of_pool in of_pools.values() {
        let (first, others) = (of_pool[0], &of_pool[1..]);
        if of_pool.len() == arms && others.iter().all(|other| lines[*other].equals(&lines[first])) {
            lines[first].arm = ALL_ARMS;
            others.iter().for_each(|other| is_needed[*other] = false);
        }
    }
    let mut is_needed = is_needed.into_iter();
    lines.retain(|_| is_needed.next() == Some(true));
}

/// The curves of all lines, and the fewest and most replications behind a point.
fn gather<'a>(points: impl IntoIterator<Item = SeriesPoint<'a>>) -> (Vec<Line<'a>>, Option<(u64, u64)>) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut index = BTreeMap::new();
    let mut replications: Option<(u64, u64)> = None;
    for point in points {
        let (fewest, most) = replications.unwrap_or((point.n, point.n));
        replications = Some((fewest.min(point.n), most.max(point.n)));
        let (arm, scope) = (point.arm, point.id.scope.as_str());
        if Line::new(arm, scope).curve_mut(&point.id.metric).is_none() {
            continue;
        }
        let at = *index.entry((arm, scope)).or_insert_with(|| {
            lines.push(Line::new(arm, scope));
            lines.len() - 1
        });
        if let Some(curve) = lines[at].curve_mut(&point.id.metric) {
            curve.unit = &point.id.unit;
            curve.push(&point);
        }
    }
    (lines, replications)
}

/// The names in the order of their first appearance.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

/// The average of neighbouring samples; those without a value do not count.
fn average(samples: &[Sample]) -> Sample {
    let mean = |pick: fn(&Sample) -> f64| {
        let values: Vec<f64> = samples.iter().map(pick).filter(|value| value.is_finite()).collect();
        // Of nothing this is NaN: a gap in the line.
        values.iter().sum::<f64>() / values.len() as f64
    };
    Sample {
        time_h: mean(|sample| sample.time_h),
        mean: mean(|sample| sample.mean),
        deviation: mean(|sample| sample.deviation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::series;

    #[test]
    fn few_lines_are_all_shown() {
        let points = series(2, 3, 5, 20);
        let lines = Lines::new(points.iter().copied());
        assert_eq!((lines.shown.len(), lines.recorded, lines.replications), (6, 6, Some((20, 20))));
        assert_eq!((lines.shown[0].scope, lines.shown[1].scope), ("pool:p0", "pool:p0"));
        assert_eq!((lines.shown[0].arm, lines.shown[1].arm), ("base", "low"));
        assert_eq!(lines.shown[0].price.unit, "USD/h");
        assert_eq!(lines.shown[0].utilisation.samples.len(), 5);
    }

    #[test]
    fn too_many_lines_keep_whole_pools_with_a_lively_price() {
        let mut points = series(3, 26, 4, 20);
        for point in points.iter_mut().filter(|point| point.id.scope == "pool:p0" && point.id.metric == "price") {
            point.mean = 1.0;
        }
        let lines = Lines::new(points.iter().copied());
        assert_eq!((lines.shown.len(), lines.recorded), (12, 78));
        assert_eq!(distinct(lines.shown.iter().map(|line| line.scope)), ["pool:p1", "pool:p2", "pool:p3", "pool:p4"]);
        let points = series(40, 2, 4, 20);
        assert_eq!(Lines::new(points.iter().copied()).shown.len(), LINES_MAX);
    }

    #[test]
    fn an_arm_has_one_colour_and_a_pool_one_kind_of_line() {
        let points = series(2, 3, 4, 20);
        let styles: Vec<LineStyle> = Lines::new(points.iter().copied()).shown.iter().map(|line| line.style).collect();
        let expected = [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)].map(|(arm, pool)| LineStyle::of(arm, pool));
        assert_eq!(styles, expected);
        assert!(styles.iter().enumerate().all(|(index, style)| !styles[..index].contains(style)), "{styles:?}");
    }

    #[test]
    fn long_curves_are_averaged() {
        let points = series(1, 1, 1500, 20);
        let curve = &Lines::new(points.iter().copied()).shown[0].price;
        assert_eq!((curve.averaged, curve.samples.len()), (3, 500));
        assert!((curve.samples[0].time_h - 1.0).abs() < 1e-12);
        assert!((curve.samples[0].deviation - 0.01).abs() < 1e-12);
    }

    #[test]
    fn no_points_are_no_lines() {
        let lines = Lines::new([]);
        assert!(lines.shown.is_empty() && lines.replications.is_none());
    }
}
