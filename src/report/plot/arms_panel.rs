//! One panel of the comparison: a metric, with a dot and its interval for each arm.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Drawn;
use super::canvas::{Canvas, Stroke, Type};
use super::font::fitted;
use super::frame::{Frame, LABEL_SIZE, label_room};
use super::palette::{ACCENT, GREY, INK};
use super::ticks::{axis_range, ticks};
use crate::analysis::Interval;
use crate::report::grid::{Grid, Row, excludes_zero, heading};

/// Height of a panel without the names of the arms.
pub(super) const PANEL: f64 = 262.0;
/// The most room that an upright name may take.
pub(super) const NAME_MAX: f64 = 120.0;
/// Space above a frame, for the names of the metric and its scope.
const PANEL_HEAD: f64 = 58.0;

/// What all panels have in common.
pub(super) struct ArmsPanel<'a> {
    /// Arms and comparisons.
    pub(super) grid: &'a Grid<'a>,
    /// The arms to show: the first ones of the grid.
    pub(super) names: &'a [&'a str],
    /// Whether the names of the arms stand upright.
    pub(super) upright: bool,
    /// Width of a panel.
    pub(super) width: f64,
}

impl<'a> ArmsPanel<'a> {
    /// Draws the row below and to the right of a place.
    pub(super) fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, row: &Row<'_>, at: (f64, f64)) -> Drawn<DB> {
        let ((x, y), width) = (at, self.width);
        canvas.text(&fitted(&heading(row.id), 19.0, width), Type::new(19.0, INK), (x, y + 14.0))?;
        canvas.text(&fitted(&row.id.scope, 16.0, width), Type::new(16.0, GREY), (x, y + 36.0))?;
        let (low, high) = extent(row.estimates[..self.names.len()].iter().copied().flatten());
        let range = axis_range(low, high);
        let marks = ticks(range.0, range.1, 4);
        // Half a slot of air on both sides of the dots.
        let slots = (-0.5, self.names.len() as f64 - 0.5);
        let (left, right) = (x + label_room(&marks), x + width);
        let frame = Frame { left, right, top: y + PANEL_HEAD, bottom: y + PANEL, x: slots, y: range };
        frame.draw_y_axis(canvas, &marks)?;
        frame.draw_edges(canvas)?;
        self.draw_baseline(canvas, row, &frame)?;
        for (index, name) in self.names.iter().enumerate() {
            self.draw_name(canvas, name, frame.place(index as f64, range.0))?;
            if let Some(interval) = row.estimates[index].filter(|interval| interval.mean.is_finite()) {
                self.draw_estimate(canvas, row, index, interval, &frame)?;
            }
        }
        Ok(())
    }

    fn draw_baseline<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, row: &Row<'_>, frame: &Frame) -> Drawn<DB> {
        let index = self.names.iter().position(|name| Some(*name) == self.baseline());
        match index.and_then(|index| row.estimates[index]).filter(|interval| interval.mean.is_finite()) {
            None => Ok(()),
            Some(interval) => {
                let (_, y) = frame.place(0.0, interval.mean);
                canvas.line(&[(frame.left, y), (frame.right, y)], Stroke::new(GREY, 1.0).dashed(true))
            }
        }
    }

    fn draw_name<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, name: &str, (x, y): (f64, f64)) -> Drawn<DB> {
        let kind = Type::new(LABEL_SIZE, GREY);
        if self.upright {
            let name = fitted(name, LABEL_SIZE, NAME_MAX);
            return canvas.text(&name, kind.aligned(HPos::Right).upwards(), (x, y + 7.0));
        }
        canvas.text(name, kind.aligned(HPos::Center), (x, y + 16.0))
    }

    fn draw_estimate<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        row: &Row<'_>,
        index: usize,
        interval: &Interval,
        frame: &Frame,
    ) -> Drawn<DB> {
        let (arm, slot) = (self.grid.arms[index], index as f64);
        let is_compared = self.baseline().is_some_and(|baseline| baseline != arm);
        let color = if is_compared { ACCENT } else { INK };
        if let Some(width) = interval.half_width.filter(|width| width.is_finite()) {
            let (foot, head) = (frame.place(slot, interval.mean - width), frame.place(slot, interval.mean + width));
            canvas.line(&[foot, head], Stroke::new(color, 2.0))?;
            for (x, y) in [foot, head] {
                canvas.line(&[(x - 5.0, y), (x + 5.0, y)], Stroke::new(color, 2.0))?;
            }
        }
        let comparison = self.grid.comparisons.iter().position(|comparison| comparison.arm == arm);
        let difference = comparison.and_then(|comparison| row.differences[comparison]);
        let certain = difference.is_some_and(|difference| excludes_zero(&difference.interval));
        canvas.dot(frame.place(slot, interval.mean), 5.0, color, certain || !is_compared)
    }

    fn baseline(&self) -> Option<&'a str> {
        self.grid.comparisons.first().map(|comparison| comparison.baseline)
    }
}

/// The lowest and the highest value of any interval.
fn extent<'a>(intervals: impl Iterator<Item = &'a Interval>) -> (f64, f64) {
    let finite = intervals.filter(|interval| interval.mean.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), interval| {
        let width = interval.half_width.filter(|width| width.is_finite()).unwrap_or(0.0);
        (low.min(interval.mean - width), high.max(interval.mean + width))
    })
}
