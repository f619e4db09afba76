//! What figures of several panels have in common: a title above, a caption below.

use plotters::prelude::DrawingBackend;

use super::Drawn;
use super::canvas::{Canvas, Type};
use super::font::{fitted, wrapped};
use super::palette::{GREY, INK};

/// Width of every figure.
pub(super) const WIDTH: f64 = 1200.0;
/// White space at the edge of a figure.
pub(super) const MARGIN: f64 = 28.0;

const TITLE_SIZE: f64 = 26.0;
const CAPTION_SIZE: f64 = 15.0;
const CAPTION_LINE: f64 = 19.0;
/// Caption lines end here even where a viewer's own font runs wider.
const CAPTION_WIDTH: f64 = (WIDTH - 2.0 * MARGIN) * 0.94;

/// Draws the title, with a line in smaller type below it, and returns where the space below begins.
pub(super) fn draw_title<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    title: &str,
    subtitle: &str,
) -> Result<f64, plotters::drawing::DrawingAreaErrorKind<DB::ErrorType>> {
    let width = WIDTH - 2.0 * MARGIN;
    canvas.text(&fitted(title, TITLE_SIZE, width), Type::new(TITLE_SIZE, INK), (MARGIN, 32.0))?;
    canvas.text(&fitted(subtitle, 17.0, width), Type::new(17.0, GREY), (MARGIN, 60.0))?;
    Ok(78.0)
}

/// The height that a caption takes at the foot of a figure.
pub(super) fn caption_height(caption: &str) -> f64 {
    wrapped(caption, CAPTION_SIZE, CAPTION_WIDTH).len() as f64 * CAPTION_LINE + MARGIN
}

/// Draws the caption at the foot of a figure of this height.
pub(super) fn draw_caption<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, caption: &str, height: f64) -> Drawn<DB> {
    let top = height - caption_height(caption) + CAPTION_LINE;
    for (index, line) in wrapped(caption, CAPTION_SIZE, CAPTION_WIDTH).iter().enumerate() {
        let y = top + index as f64 * CAPTION_LINE;
        canvas.text(line, Type::new(CAPTION_SIZE, GREY), (MARGIN, y))?;
    }
    Ok(())
}
