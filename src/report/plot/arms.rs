//! Figure 2: the arms side by side, a panel for each of the main metrics.

use std::path::Path;

use plotters::prelude::DrawingBackend;

use super::arms_panel::{ArmsPanel, NAME_MAX, PANEL};
use super::canvas::Canvas;
use super::font::text_width;
use super::frame::LABEL_SIZE;
use super::panels::{MARGIN, WIDTH, caption_height, draw_caption, draw_title};
use super::selection::choose;
use super::{Drawn, Figure};
use crate::experiment::results::Summary;
use crate::report::ReportError;
use crate::report::digits;
use crate::report::grid::Grid;

/// Panels of the figure.
const PANELS_MAX: usize = 8;
/// Arms beyond which their names no longer fit below a panel.
const ARMS_MAX: usize = 24;
/// Space between panels.
const GUTTER: f64 = 26.0;

/// Draws up to eight headline metrics of all arms, each estimate with its interval, to two files.
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
        let columns = columns(grid.rows.len(), arms_shown);
        Self { summary, grid, candidates, arms_shown, columns }
    }

    fn rows(&self) -> usize {
        self.grid.rows.len().div_ceil(self.columns).max(1)
    }

    fn panel_width(&self) -> f64 {
        let columns = self.columns as f64;
        (WIDTH - 2.0 * MARGIN - (columns - 1.0) * GUTTER) / columns
    }

    fn names(&self) -> &[&'a str] {
        &self.grid.arms[..self.arms_shown]
    }

    /// Whether the names of the arms have to stand upright: some do not fit side by side.
    fn upright(&self) -> bool {
        // Numbers beside the axis take a quarter of the narrowest panel at most.
        let slot = 0.75 * self.panel_width() / self.arms_shown.max(1) as f64;
        self.names().iter().any(|name| text_width(name, LABEL_SIZE) > slot - 8.0)
    }

    fn name_room(&self) -> f64 {
        let widest = self.names().iter().map(|name| text_width(name, LABEL_SIZE)).fold(0.0, f64::max);
        if self.upright() { widest.min(NAME_MAX) + 14.0 } else { 24.0 }
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
                "Black and the dashed line: the baseline arm {baseline}. Filled: the interval of the paired difference \
                 from the baseline excludes 0, even where the bars shown overlap. Ring: it does not."
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
        let panels = self.rows() as f64 * (PANEL + self.name_room() + GUTTER);
        (WIDTH as u32, (92.0 + panels + caption_height(&self.caption())).ceil() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB> {
        let top = draw_title(canvas, "The arms side by side", &self.subtitle())? + 14.0;
        let (width, height) = (self.panel_width() + GUTTER, PANEL + self.name_room() + GUTTER);
        let panel =
            ArmsPanel { grid: &self.grid, names: self.names(), upright: self.upright(), width: self.panel_width() };
        for (index, row) in self.grid.rows.iter().enumerate() {
            let (column, line) = ((index % self.columns) as f64, (index / self.columns) as f64);
            panel.draw(canvas, row, (MARGIN + column * width, top + line * height))?;
        }
        draw_caption(canvas, &self.caption(), f64::from(self.size().1))
    }
}

/// Panels side by side: fewer for more arms, and no row much emptier than the others.
fn columns(panels: usize, arms: usize) -> usize {
    let most = match arms {
        0..=6 => 4,
        7..=12 => 3,
        _ => 2,
    };
    panels.div_ceil(panels.div_ceil(most).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{empty, headlines, summary};
    use crate::report::plot::tests::rendered;

    #[test]
    fn panels_are_titled_with_metric_unit_and_scope() {
        let svg = rendered("arms", &Arms::new(&headlines(4, 2)));
        for text in ["The arms side by side", "price_mean (USD/h)", "pool:p1", "base", "high", "baseline arm base"] {
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
        let renamed = |name: &str| format!("{name}: lowest price of the week & everything <else>");
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
        let shapes = [(0, 1, 1), (1, 3, 1), (4, 3, 4), (5, 3, 3), (8, 3, 4), (8, 12, 3), (8, 24, 2)];
        for (panels, arms, expected) in shapes {
            assert_eq!(columns(panels, arms), expected, "{panels} panels, {arms} arms");
        }
    }
}
