//! Colours that readers with any common colour vision can tell apart.
//!
//! The values are those of M. Okabe and K. Ito, *Color Universal Design* (2008), without yellow, which is
//! too pale for a thin line on white.

use plotters::style::RGBColor;

/// Colours of lines, the easiest to tell apart first.
const LINES: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Text and marks.
pub(super) const INK: RGBColor = RGBColor(20, 20, 20);
/// Secondary text and frames.
pub(super) const GREY: RGBColor = RGBColor(75, 75, 75);
/// Grid lines.
pub(super) const PALE: RGBColor = RGBColor(222, 222, 222);
/// What is compared with the baseline.
pub(super) const ACCENT: RGBColor = LINES[0];

/// How the line of an index is drawn: its colour, and whether it is dashed because the colours ran out.
pub(super) fn line_style(index: usize) -> (RGBColor, bool) {
    (LINES[index % LINES.len()], index / LINES.len() % 2 == 1)
}
