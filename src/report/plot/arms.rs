//! Figure 2: the arms side by side, a panel for each of the main metrics.

use std::path::Path;

use plotters::prelude::DrawingBackend;

use super::arms_panel::{ArmsPanel, height};
use super::canvas::Canvas;
use super::panels::{MARGIN, WIDTH, caption_height, draw_caption, draw_title};
use super::selection::choose;
use super::{Drawn, Figure};
use crate::experiment::results::Summary;
use crate::report::ReportError;
use crate::report::digits;
use crate::report::grid::Grid;

/// Panels of the figure.
const PANELS_MAX: usize = 12;
/// Arms beyond which a panel is longer than a page.
const ARMS_MAX: usize = 40;
/// Panels side by side.
const COLUMNS_MAX: usize = 4;
/// Space between panels: numbers along an axis may reach into it.
const GUTTER: f64 = 34.0;

/// Draws up to twelve headline metrics of all arms, each estimate with its interval, to two files.
///
/// # Errors
/// [`ReportError`] if a file cannot be drawn or written.
pub fn render(summary: &Summary, svg: &Path, png: &Path) -> Result<(), ReportError> {
    super::render(&Arms::new(summary), svg, png)
}

/// The figure's data and layout.
struct Arms<'a> {
    summary: &'a Summary,
    grid: Grid<'a>,
    candidates: usize,
    arms_shown: usize,
    columns: usize,
}

impl<'a> Arms<'a> {
    fn new(summary: &'a Summary) -> Self {
        let (grid, candidates) = choose(summary, PANELS_MAX);
        let arms_shown = grid.arms.len().min(ARMS_MAX);
        let columns = columns(grid.rows.len());
        Self { summary, grid, candidates, arms_shown, columns }
    }

    fn rows(&self) -> usize {
        self.grid.rows.len().div_ceil(self.columns).max(1)
    }

    /// The panels, beside the names of the arms.
    fn panel(&self) -> ArmsPanel<'_> {
        let names = &self.grid.arms[..self.arms_shown];
        let panel = ArmsPanel { grid: &self.grid, names, width: 0.0 };
        let columns = self.columns as f64;
        let width = (WIDTH - 2.0 * MARGIN - panel.name_room() - (columns - 1.0) * GUTTER) / columns;
        ArmsPanel { width, ..panel }
    }

    fn subtitle(&self) -> String {
        let confidence = self.summary.estimates.first().map(|estimate| estimate.interval.confidence);
        match confidence.filter(|_| !self.grid.rows.is_empty()) {
            None => "no headline metric was recorded".to_owned(),
            Some(_) if self.summary.replications == 1 => {
                format!("{}: one replication, so no intervals", self.summary.experiment)
            }
            Some(confidence) => format!(
                "{}: mean and {} % confidence interval over {} replications",
                self.summary.experiment,
                digits::plain(confidence * 100.0),
                self.summary.replications
            ),
        }
    }

    fn caption(&self) -> String {
        let mut notes = Vec::new();
        if let Some(baseline) = self.grid.comparisons.first().map(|comparison| comparison.baseline) {
            notes.push(format!(
                "Dashed line: the baseline arm {baseline}. Filled: the interval of the paired difference from it \
                 excludes 0, even where the bars shown overlap. Ring: it does not."
            ));
        }
        if self.grid.rows.len() < self.candidates {
            notes.push(format!("{} of {} headline metrics are shown.", self.grid.rows.len(), self.candidates));
        }
        if self.arms_shown < self.grid.arms.len() {
            notes.push(format!("The first {} of {} arms are shown.", self.arms_shown, self.grid.arms.len()));
        }
        notes.join(" ")
    }
}

impl Figure for Arms<'_> {
    fn size(&self) -> (u32, u32) {
        let panels = self.rows() as f64 * (height(self.arms_shown) + GUTTER);
        (WIDTH as u32, (92.0 + panels + caption_height(&self.caption())).ceil() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB> {
        let top = draw_title(canvas, "The arms compared", &self.subtitle())? + 14.0;
        let panel = self.panel();
        let (left, width) = (MARGIN + panel.name_room(), panel.width + GUTTER);
        for (index, row) in self.grid.rows.iter().enumerate() {
            let (column, line) = (index % self.columns, index / self.columns);
            let at = (left + column as f64 * width, top + line as f64 * (height(self.arms_shown) + GUTTER));
            if column == 0 {
                panel.draw_names(canvas, at)?;
            }
            panel.draw(canvas, row, at)?;
        }
        draw_caption(canvas, &self.caption(), f64::from(self.size().1))
    }
}

/// Panels side by side, so that no row is much emptier than the others.
fn columns(panels: usize) -> usize {
    panels.div_ceil(panels.div_ceil(COLUMNS_MAX).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::Name;
    use crate::report::fixture::{empty, headlines, series, summary};
    use crate::report::plot::lines::Lines;
    use crate::report::plot::palette::LineStyle;
    use crate::report::plot::tests::rendered;

    #[test]
    fn panels_are_titled_with_metric_unit_and_scope() {
        let svg = rendered("arms", &Arms::new(&headlines(4, 2)));
        for text in
            ["The arms compared", "price_mean (USD/h)", "pool:p1", "base (baseline)", "high", "baseline arm base"]
        {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn every_amount_of_data_can_be_drawn() {
        let cases = [
            ("empty", empty()),
            ("few", summary(2)),
            ("one-arm", headlines(1, 1)),
            ("many-arms", headlines(12, 26)),
            ("too-many-arms", headlines(40, 1)),
        ];
        for (name, summary) in &cases {
            rendered(&format!("arms-{name}"), &Arms::new(summary));
        }
    }

    #[test]
    fn long_names_and_odd_values_can_be_drawn() {
        let renamed = |name: &str| Name::from(format!("{name}: lowest price of the week & everything <else>"));
        let mut summary = headlines(6, 2);
        for (index, estimate) in summary.estimates.iter_mut().enumerate() {
            estimate.arm = renamed(&estimate.arm);
            match index % 7 {
                0 => estimate.interval.mean = f64::NAN,
                1 => estimate.interval.half_width = None,
                2 => estimate.interval.half_width = Some(f64::INFINITY),
                3 => estimate.interval.mean = 1e9,
                _ => {}
            }
        }
        for difference in &mut summary.differences {
            (difference.arm, difference.baseline) = (renamed(&difference.arm), renamed(&difference.baseline));
        }
        rendered("arms-odd", &Arms::new(&summary));
    }

    #[test]
    fn rows_of_panels_are_balanced() {
        for (panels, expected) in [(0, 1), (1, 1), (4, 4), (5, 3), (8, 4), (9, 3), (12, 4)] {
            assert_eq!(columns(panels), expected, "{panels} panels");
        }
    }

    #[test]
    fn an_arm_has_the_colour_that_it_has_over_time() {
        let summary = headlines(3, 1);
        let points = series(3, 1, 5, 20);
        let lines = Lines::new(points.iter().copied());
        for (index, arm) in Arms::new(&summary).grid.arms.iter().enumerate() {
            let line = lines.shown.iter().find(|line| line.arm == *arm).expect("every arm has a line");
            assert_eq!(line.style.color, LineStyle::of(index, 0).color);
        }
    }
}
