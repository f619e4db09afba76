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
/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Dashed,
    Dotted,
    Long,
}

/// Dashes in the order in which they are used up.
const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::Long];

/// Dashes that tell the pools of one arm apart.
pub(super) const POOLS_MAX: usize = DASHES.len();

/// How the line of an arm and a pool is drawn. The arm has the colour, so that it has the same one in every figure; a
/// second round of colours, and a second pool, are dashed otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineStyle {
    pub(super) color: RGBColor,
    pub(super) dash: Dash,
}

impl LineStyle {
    /// The style of an arm, by its number in the scenario, in a pool, by its number among those shown.
    pub(super) fn of(arm: usize, pool: usize) -> Self {
        Self { color: LINES[arm % LINES.len()], dash: DASHES[(arm / LINES.len() + pool) % DASHES.len()] }
    }

    /// The style of what all arms have in common in a pool, by its number among such pools: a colour that no arm has, as
    /// long as there is one.
    pub(super) fn shared(arms: usize, pool: usize) -> Self {
        match LINES.get(arms + pool) {
            Some(color) => Self { color: *color, dash: Dash::Solid },
            None => Self { color: GREY, dash: DASHES[pool % DASHES.len()] },
        }
    }
}
