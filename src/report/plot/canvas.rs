//! A drawing area in units of the figure, whatever the pixels of the backend.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::palette::Dash;
use super::{Drawn, font};

/// A place on the canvas: to the right and down from the upper left corner.
pub(super) type Place = (f64, f64);

/// How text is set: its size, its colour and where its place is in relation to it.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) color: RGBColor,
    pub(super) side: HPos,
}

impl Type {
    /// Horizontal text to the right of its place, vertically centred on it.
    pub(super) fn new(size: f64, color: RGBColor) -> Self {
        Self { size, color, side: HPos::Left }
    }

    /// The same text, on another side of its place.
    pub(super) fn aligned(self, side: HPos) -> Self {
        Self { side, ..self }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub(super) color: RGBColor,
    pub(super) width: f64,
    pub(super) dash: Dash,
}

impl Stroke {
    /// A solid line.
    pub(super) fn new(color: RGBColor, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }

    /// The same line, broken.
    pub(super) fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }
}

/// A surface to draw on.
pub(super) struct Canvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: f64,
    text_drop: f64,
}

impl<'a, DB: DrawingBackend> Canvas<'a, DB> {
    /// A canvas on an area of `scale` pixels per unit, whose backend sets centred text too high by the share
    /// `text_drop` of its size.
    pub(super) fn new(area: &'a DrawingArea<DB, Shift>, scale: f64, text_drop: f64) -> Self {
        Self { area, scale, text_drop }
    }

    /// Sets one line of text, vertically centred on its place.
    pub(super) fn text(&self, text: &str, kind: Type, (x, y): Place) -> Drawn<DB> {
        let drop = self.text_drop * kind.size;
        let font = (font::FAMILY, kind.size * self.scale).into_font();
        let style = TextStyle::from(font).color(&kind.color).pos(Pos::new(kind.side, VPos::Center));
        self.area.draw_text(text, &style, self.pixel((x, y + drop)))
    }

    /// Draws a line through the places.
    pub(super) fn line(&self, places: &[Place], stroke: Stroke) -> Drawn<DB> {
        let mut pixels: Vec<(i32, i32)> = places.iter().map(|place| self.pixel(*place)).collect();
        // The backend takes directions between neighbours, which equal places do not have.
        pixels.dedup();
        if pixels.len() < 2 {
            return Ok(());
        }
        let style = self.shape(stroke);
        let (dash, gap) = match stroke.dash {
            Dash::Solid => return self.area.draw(&PathElement::new(pixels, style)),
            Dash::Dashed => (7.0, 4.0),
            Dash::Dotted => (2.0, 4.0),
            Dash::Long => (16.0, 5.0),
        };
        self.area.draw(&DashedPathElement::new(pixels, self.length(dash), self.length(gap), style))
    }

    /// Fills the polygon with a translucent colour.
    pub(super) fn band(&self, places: &[Place], color: RGBColor) -> Drawn<DB> {
        let pixels: Vec<(i32, i32)> = places.iter().map(|place| self.pixel(*place)).collect();
        self.area.draw(&Polygon::new(pixels, color.mix(0.18)))
    }

    /// Draws a dot, filled or as a ring.
    pub(super) fn dot(&self, at: Place, radius: f64, color: RGBColor, filled: bool) -> Drawn<DB> {
        let (center, radius) = (self.pixel(at), self.length(radius));
        if filled {
            return self.area.draw(&Circle::new(center, radius, color.filled()));
        }
        self.area.draw(&Circle::new(center, radius, RGBColor(255, 255, 255).filled()))?;
        self.area.draw(&Circle::new(center, radius, self.shape(Stroke::new(color, 2.0))))
    }

    fn shape(&self, stroke: Stroke) -> ShapeStyle {
        stroke.color.stroke_width(self.length(stroke.width).unsigned_abs())
    }

    fn length(&self, units: f64) -> i32 {
        ((units * self.scale).round() as i32).max(1)
    }

    fn pixel(&self, (x, y): Place) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }
}
