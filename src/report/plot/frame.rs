//! The frame of a panel: it turns values into places and draws the axes around them.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Drawn;
use super::canvas::{Canvas, Place, Stroke, Type};
use super::font::text_width;
use super::palette::{GREY, PALE};
use super::ticks::Ticks;

/// Size of the numbers along an axis.
pub(super) const LABEL_SIZE: f64 = 15.0;
/// Between a frame and the labels of its axis.
const GAP: f64 = 7.0;

/// A rectangle of the canvas in which values are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Values at the left and at the right edge.
    pub(super) x: (f64, f64),
    /// Values at the bottom and at the top edge.
    pub(super) y: (f64, f64),
}

impl Frame {
    /// The place of a pair of values; values outside lie on the edge.
    pub(super) fn place(&self, x: f64, y: f64) -> Place {
        (between(share(x, self.x), self.left, self.right), between(share(y, self.y), self.bottom, self.top))
    }

    /// Draws grid lines across, with their numbers at the left.
    pub(super) fn draw_y_axis<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, ticks: &Ticks) -> Drawn<DB> {
        self.draw_y_grid(canvas, ticks, true)
    }

    /// Draws grid lines across and, where asked, their numbers at the left.
    pub(super) fn draw_y_grid<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        ticks: &Ticks,
        with_labels: bool,
    ) -> Drawn<DB> {
        for (value, label) in ticks {
            let (_, y) = self.place(self.x.0, *value);
            canvas.line(&[(self.left, y), (self.right, y)], Stroke::new(PALE, 1.0))?;
            if with_labels {
                canvas.text(label, Type::new(LABEL_SIZE, GREY).aligned(HPos::Right), (self.left - GAP, y))?;
            }
        }
        Ok(())
    }

    /// Draws grid lines upright and, where asked, their numbers below.
    pub(super) fn draw_x_axis<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        ticks: &Ticks,
        with_labels: bool,
    ) -> Drawn<DB> {
        for (value, label) in ticks {
            let (x, _) = self.place(*value, self.y.0);
            canvas.line(&[(x, self.top), (x, self.bottom)], Stroke::new(PALE, 1.0))?;
            if with_labels {
                let kind = Type::new(LABEL_SIZE, GREY).aligned(HPos::Center);
                canvas.text(label, kind, (x, self.bottom + GAP + LABEL_SIZE / 2.0))?;
            }
        }
        Ok(())
    }

    /// Draws the left and the lower edge.
    pub(super) fn draw_edges<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB> {
        let corner = (self.left, self.bottom);
        canvas.line(&[(self.left, self.top), corner, (self.right, self.bottom)], Stroke::new(GREY, 1.0))
    }
}

/// The room that numbers beside an axis take.
pub(super) fn label_room(ticks: &Ticks) -> f64 {
    ticks.iter().map(|(_, label)| text_width(label, LABEL_SIZE)).fold(0.0, f64::max) + GAP
}

/// How far a value is along a range, from 0 to 1.
fn share(value: f64, (first, last): (f64, f64)) -> f64 {
    let share = (value - first) / (last - first);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
}

fn between(share: f64, from: f64, to: f64) -> f64 {
    from + share * (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_places_inside_the_frame() {
        let frame = Frame { left: 100.0, right: 300.0, top: 10.0, bottom: 110.0, x: (0.0, 10.0), y: (0.0, 1.0) };
        assert_eq!(frame.place(0.0, 0.0), (100.0, 110.0));
        assert_eq!(frame.place(5.0, 1.0), (200.0, 10.0));
        assert_eq!(frame.place(50.0, -7.0), (300.0, 110.0));
        let point = Frame { x: (3.0, 3.0), ..frame };
        assert_eq!(point.place(3.0, 0.5), (200.0, 60.0));
    }
}
