//! One panel of the comparison: a metric, with a dot and its interval for each arm, one arm to a row.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Drawn;
use super::canvas::{Canvas, Stroke, Type};
use super::font::{fitted, text_width};
use super::frame::{Frame, LABEL_SIZE};
use super::palette::{Dash, GREY, INK, LineStyle, PALE};
use super::ticks::{Ticks, axis_range, ticks};
use crate::analysis::Interval;
use crate::report::grid::{Grid, Row, excludes_zero, heading};

/// The most room that the name of an arm may take.
pub(super) const NAME_MAX: f64 = 190.0;
/// Space above a frame, for the names of the metric and its scope.
const HEAD: f64 = 54.0;
/// Space below a frame, for the numbers along its axis.
const FOOT: f64 = 26.0;
/// Height of an arm.
const ROW: f64 = 22.0;
/// Half the length of the bar at the end of an interval.
const CAP: f64 = 4.0;

/// What all panels have in common.
pub(super) struct ArmsPanel<'a> {
    /// Arms and comparisons.
    pub(super) grid: &'a Grid<'a>,
    /// The arms to show: the first ones of the grid.
    pub(super) names: &'a [&'a str],
    /// Width of a panel.
    pub(super) width: f64,
}

/// Height of a panel of so many arms.
pub(super) fn height(arms: usize) -> f64 {
    HEAD + arms.max(1) as f64 * ROW + FOOT
}

impl<'a> ArmsPanel<'a> {
    /// Draws the row below and to the right of a place.
    pub(super) fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, row: &Row<'_>, at: (f64, f64)) -> Drawn<DB> {
        let ((x, y), width) = (at, self.width);
        canvas.text(&fitted(&heading(row.id), 18.0, width), Type::new(18.0, INK), (x, y + 12.0))?;
        canvas.text(&fitted(&row.id.scope, 15.0, width), Type::new(15.0, GREY), (x, y + 33.0))?;
        let (low, high) = extent(row.estimates[..self.names.len()].iter().copied().flatten());
        let range = axis_range(low, high);
        let frame = Frame { x: range, ..self.frame(at) };
        for index in 0..self.names.len() {
            let (_, y) = frame.place(range.0, index as f64);
            canvas.line(&[(frame.left, y), (frame.right, y)], Stroke::new(PALE, 1.0))?;
        }
        frame.draw_x_axis(canvas, &self.marks(range), true)?;
        frame.draw_edges(canvas)?;
        self.draw_baseline(canvas, row, &frame)?;
        for index in 0..self.names.len() {
            if let Some(interval) = row.estimates[index].filter(|interval| interval.mean.is_finite()) {
                self.draw_estimate(canvas, row, index, interval, &frame)?;
            }
        }
        Ok(())
    }

    /// Draws the names of the arms to the left of a panel at this place.
    pub(super) fn draw_names<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, at: (f64, f64)) -> Drawn<DB> {
        let frame = self.frame(at);
        for (index, name) in self.names.iter().enumerate() {
            let (x, y) = frame.place(0.0, index as f64);
            let color = if self.baseline() == Some(name) { INK } else { GREY };
            let name = fitted(&self.label(name), LABEL_SIZE, NAME_MAX);
            canvas.text(&name, Type::new(LABEL_SIZE, color).aligned(HPos::Right), (x - 10.0, y))?;
        }
        Ok(())
    }

    /// The room that the names take.
    pub(super) fn name_room(&self) -> f64 {
        let widths = self.names.iter().map(|name| text_width(&self.label(name), LABEL_SIZE));
        widths.fold(0.0, f64::max).min(NAME_MAX) + 10.0
    }

    fn label(&self, name: &str) -> String {
        if self.baseline() == Some(name) { format!("{name} (baseline)") } else { name.to_owned() }
    }

    /// The frame of a panel at this place, with the first arm on top.
    fn frame(&self, (x, y): (f64, f64)) -> Frame {
        let (top, bottom) = (y + HEAD, y + height(self.names.len()) - FOOT);
        Frame { left: x, right: x + self.width, top, bottom, x: (0.0, 1.0), y: (self.names.len() as f64 - 0.5, -0.5) }
    }

    /// As many numbers as stand side by side without touching.
    fn marks(&self, range: (f64, f64)) -> Ticks {
        let fits = |marks: &Ticks| {
            let widest = marks.iter().map(|(_, label)| text_width(label, LABEL_SIZE)).fold(0.0, f64::max);
            marks.len() as f64 * (widest + 12.0) <= self.width
        };
        let choices = [5, 4, 3, 2].map(|target| ticks(range.0, range.1, target));
        choices.into_iter().find(fits).unwrap_or_else(|| ticks(range.0, range.1, 1))
    }

    fn draw_baseline<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, row: &Row<'_>, frame: &Frame) -> Drawn<DB> {
        let index = self.names.iter().position(|name| Some(*name) == self.baseline());
        match index.and_then(|index| row.estimates[index]).filter(|interval| interval.mean.is_finite()) {
            None => Ok(()),
            Some(interval) => {
                let (x, _) = frame.place(interval.mean, 0.0);
                canvas.line(&[(x, frame.top), (x, frame.bottom)], Stroke::new(GREY, 1.0).dashed(Dash::Dashed))
            }
        }
    }

    fn draw_estimate<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        row: &Row<'_>,
        index: usize,
        interval: &Interval,
        frame: &Frame,
    ) -> Drawn<DB> {
        let (arm, slot, color) = (self.grid.arms[index], index as f64, LineStyle::of(index, 0).color);
        if let Some(width) = interval.half_width.filter(|width| width.is_finite()) {
            let (foot, head) = (frame.place(interval.mean - width, slot), frame.place(interval.mean + width, slot));
            canvas.line(&[foot, head], Stroke::new(color, 2.0))?;
            for (x, y) in [foot, head] {
                canvas.line(&[(x, y - CAP), (x, y + CAP)], Stroke::new(color, 2.0))?;
            }
        }
        let comparison = self.grid.comparisons.iter().position(|comparison| comparison.arm == arm);
        let difference = comparison.and_then(|comparison| row.differences[comparison]);
        let certain = difference.is_some_and(|difference| excludes_zero(&difference.interval));
        let is_compared = self.baseline().is_some_and(|baseline| baseline != arm);
        canvas.dot(frame.place(interval.mean, slot), 5.0, color, certain || !is_compared)
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
