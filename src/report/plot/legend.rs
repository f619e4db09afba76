//! The key of the timeline: a stroke and a name for each line, in as many columns as fit.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;

use super::canvas::{Canvas, Stroke, Type};
use super::font::{fitted, text_width};
use super::palette::{GREY, LineStyle};
use super::panels::{MARGIN, WIDTH};

const SIZE: f64 = 16.0;
/// Height of a row.
const ROW: f64 = 22.0;
/// Length of the stroke before a name.
const SWATCH: f64 = 34.0;
const SWATCH_GAP: f64 = 8.0;
/// Space between columns.
const GAP: f64 = 30.0;
/// Longer names are shortened: three columns must fit.
const NAME_MAX: f64 = 300.0;

/// Draws the key in rows below the title and returns where the space below begins.
pub(super) fn draw_legend<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    entries: &[(String, LineStyle)],
    top: f64,
) -> Result<f64, DrawingAreaErrorKind<DB::ErrorType>> {
    let widest = entries.iter().map(|(name, _)| text_width(name, SIZE)).fold(0.0, f64::max).min(NAME_MAX);
    let pitch = SWATCH + SWATCH_GAP + widest + GAP;
    let columns = ((WIDTH - 2.0 * MARGIN + GAP) / pitch).floor().max(1.0) as usize;
    for (index, (name, style)) in entries.iter().enumerate() {
        let x = MARGIN + (index % columns) as f64 * pitch;
        let y = top + (index / columns) as f64 * ROW + ROW / 2.0;
        canvas.line(&[(x, y), (x + SWATCH, y)], Stroke::new(style.color, 3.0).dashed(style.dash))?;
        canvas.text(&fitted(name, SIZE, widest), Type::new(SIZE, GREY), (x + SWATCH + SWATCH_GAP, y))?;
    }
    Ok(top + entries.len().div_ceil(columns) as f64 * ROW + 4.0)
}
