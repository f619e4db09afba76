//! Figure 1: prices and utilisations over time, in panels above each other.

use std::path::Path;

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Place, Stroke, Type};
use super::frame::{Frame, label_room};
use super::legend::draw_legend;
use super::lines::{Curve, Lines, Sample};
use super::palette::{INK, line_style};
use super::panels::{MARGIN, WIDTH, caption_height, draw_caption, draw_title};
use super::ticks::{Ticks, axis_range, hour_ticks, ticks};
use super::wording::Wording;
use super::{Drawn, Figure};
use crate::experiment::results::SeriesPoint;
use crate::report::ReportError;

const HEIGHT: f64 = 800.0;
/// Up to this span the time axis is in hours, beyond in days.
const HOURS_MAX: f64 = 72.0;
/// Space above a panel, for its name.
const PANEL_HEAD: f64 = 36.0;
/// Space below the panels, for the time axis.
const TIME_AXIS: f64 = 56.0;

/// Draws `price` and `utilisation` of every pool and arm, as far as a legend can name them, to two files.
/// A band shows the mean ± 1 standard deviation over the replications.
///
/// # Errors
/// [`ReportError`] if a file cannot be drawn or written.
pub fn render(points: &[SeriesPoint], svg: &Path, png: &Path) -> Result<(), ReportError> {
    super::render(&Timeline::new(points), svg, png)
}

/// The figure's data.
pub(super) struct Timeline<'a> {
    lines: Lines<'a>,
}

/// One quantity of all lines.
struct Panel<'a> {
    title: String,
    /// The curves of the lines, in their order; `None` where a line has none of this unit.
    curves: Vec<Option<&'a Curve<'a>>>,
    /// From the recorded unit to that of the panel.
    factor: f64,
    /// What the quantity cannot exceed, in the unit of the panel: no band reaches beyond it.
    ceiling: f64,
    y: (f64, f64),
    marks: Ticks,
}

/// The time axis of all panels.
struct TimeAxis {
    range: (f64, f64),
    ticks: Ticks,
    title: &'static str,
    /// Hours per unit of the axis.
    unit_h: f64,
}

impl<'a> Timeline<'a> {
    /// Chooses and thins the lines.
    pub(super) fn new(points: &'a [SeriesPoint]) -> Self {
        Self { lines: Lines::new(points) }
    }

    fn panels(&self, wording: &Wording<'_>) -> Vec<Panel<'_>> {
        let mut panels: Vec<Panel<'_>> = Vec::new();
        for unit in wording.price_units() {
            let curves = self.lines.shown.iter().map(|line| Some(&line.price).filter(|curve| curve.unit == unit));
            let curves: Vec<_> = curves.collect();
            let (low, high) = extent(curves.iter().flatten().flat_map(|curve| &curve.samples));
            let (title, y) = (format!("price ({unit})"), axis_range(low, high));
            let marks = ticks(y.0, y.1, 5);
            panels.push(Panel { title, curves, factor: 1.0, ceiling: f64::INFINITY, y, marks });
        }
        let curves = self.lines.shown.iter().map(|line| Some(&line.utilisation)).collect();
        // A little air above 100 % keeps a full pool off the edge.
        let (title, marks) = ("utilisation (%)".to_owned(), ticks(0.0, 100.0, 5));
        panels.push(Panel { title, curves, factor: 100.0, ceiling: 100.0, y: (0.0, 103.0), marks });
        panels
    }

    fn time_axis(&self) -> TimeAxis {
        let curves = self.lines.shown.iter().flat_map(|line| [&line.price, &line.utilisation]);
        let times = || curves.clone().flat_map(|curve| &curve.samples).map(|sample| sample.time_h);
        let first = times().fold(f64::INFINITY, f64::min);
        let last = times().fold(f64::NEG_INFINITY, f64::max);
        let (first, last) = if first < last { (first, last) } else { axis_range(first, last) };
        // An axis that begins just after 0 would lack the number everybody looks for.
        let first = if first > 0.0 && first < 0.05 * last { 0.0 } else { first };
        if last - first <= HOURS_MAX {
            let title = "time since the start (hours)";
            return TimeAxis { range: (first, last), ticks: hour_ticks(first, last, 12), title, unit_h: 1.0 };
        }
        let range = (first / 24.0, last / 24.0);
        TimeAxis { range, ticks: ticks(range.0, range.1, 12), title: "time since the start (days)", unit_h: 24.0 }
    }
}

impl Figure for Timeline<'_> {
    fn size(&self) -> (u32, u32) {
        (WIDTH as u32, HEIGHT as u32)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB> {
        let wording = Wording::new(&self.lines);
        let (caption, panels, axis) = (wording.caption(), self.panels(&wording), self.time_axis());
        let top = draw_title(canvas, "Price and utilisation over time", &wording.subtitle())?;
        let names: Vec<String> = self.lines.shown.iter().map(|line| wording.entry(line)).collect();
        let top = if names.len() > 1 { draw_legend(canvas, &names, top)? } else { top };
        draw_caption(canvas, &caption, HEIGHT)?;
        let bottom = HEIGHT - caption_height(&caption) - TIME_AXIS;
        let (height, last) = ((bottom - top) / panels.len() as f64, panels.len() - 1);
        let left = MARGIN + panels.iter().map(|panel| label_room(&panel.marks)).fold(0.0, f64::max);
        for (index, panel) in panels.iter().enumerate() {
            let head = top + index as f64 * height;
            let (top, bottom) = (head + PANEL_HEAD, head + height);
            let frame = Frame { left, right: WIDTH - MARGIN, top, bottom, x: axis.range, y: panel.y };
            canvas.text(&panel.title, Type::new(18.0, INK), (MARGIN, head + PANEL_HEAD / 2.0 + 2.0))?;
            frame.draw_x_axis(canvas, &axis.ticks, index == last)?;
            frame.draw_y_axis(canvas, &panel.marks)?;
            draw_curves(canvas, &frame, panel, axis.unit_h, wording.with_bands())?;
            frame.draw_edges(canvas)?;
        }
        let middle = (left + WIDTH - MARGIN) / 2.0;
        canvas.text(axis.title, Type::new(17.0, INK).aligned(HPos::Center), (middle, bottom + 42.0))
    }
}

fn draw_curves<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    frame: &Frame,
    panel: &Panel<'_>,
    unit_h: f64,
    with_bands: bool,
) -> Drawn<DB> {
    let curves = || panel.curves.iter().enumerate().filter_map(|(index, curve)| curve.map(|curve| (index, curve)));
    let place = |sample: &Sample, shift: f64| {
        let value = (sample.mean + shift * sample.deviation) * panel.factor;
        frame.place(sample.time_h / unit_h, value.clamp(0.0, panel.ceiling))
    };
    for (index, curve) in curves().filter(|_| with_bands) {
        for run in runs(&curve.samples) {
            let upper = run.iter().map(|sample| place(sample, 1.0));
            let outline: Vec<Place> = upper.chain(run.iter().rev().map(|sample| place(sample, -1.0))).collect();
            canvas.band(&outline, line_style(index).0)?;
        }
    }
    for (index, curve) in curves() {
        let (color, dashed) = line_style(index);
        // A posted price is no more than a level to read the others against.
        let width = if curve.varies() { 2.0 } else { 1.2 };
        for run in runs(&curve.samples) {
            let places: Vec<Place> = run.iter().map(|sample| place(sample, 0.0)).collect();
            canvas.line(&places, Stroke::new(color, width).dashed(dashed))?;
            if let [only] = places.as_slice() {
                canvas.dot(*only, 3.0, color, true)?;
            }
        }
    }
    Ok(())
}

/// Stretches of samples that have a value; between them the line has a gap.
fn runs(samples: &[Sample]) -> impl Iterator<Item = &[Sample]> {
    samples.split(|sample| !(sample.mean + sample.deviation + sample.time_h).is_finite()).filter(|run| !run.is_empty())
}

/// The lowest and the highest value of lines and bands; bands do not pull an axis below 0.
fn extent<'a>(samples: impl Iterator<Item = &'a Sample>) -> (f64, f64) {
    samples.filter(|sample| (sample.mean + sample.deviation).is_finite()).fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(low, high), sample| {
            let foot = sample.mean - sample.deviation;
            let foot = if sample.mean >= 0.0 { foot.max(0.0) } else { foot };
            (low.min(foot), high.max(sample.mean + sample.deviation))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::series;
    use crate::report::plot::tests::rendered;

    #[test]
    fn a_figure_names_its_axes_and_lines() {
        let svg = rendered("timeline", &Timeline::new(&series(2, 2, 168, 20)));
        for text in ["Price and utilisation over time", "price (USD/h)", "utilisation (%)", "(days)", "pool:p1, low"] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn every_amount_of_data_can_be_drawn() {
        let cases = [
            ("empty", series(0, 0, 0, 0)),
            ("one-instant", series(1, 1, 1, 20)),
            ("one-replication", series(1, 3, 48, 1)),
            ("many-arms", series(12, 1, 720, 50)),
            ("many-pools", series(2, 26, 2000, 50)),
        ];
        for (name, points) in cases {
            rendered(&format!("timeline-{name}"), &Timeline::new(&points));
        }
    }

    #[test]
    fn odd_values_can_be_drawn() {
        let mut points = series(2, 2, 96, 20);
        for (index, point) in points.iter_mut().enumerate() {
            match index % 400 {
                0..90 if point.id.metric == "price" => (point.mean, point.variance) = (0.07, 0.0),
                210..230 => point.mean = f64::NAN,
                330..340 => point.variance = f64::INFINITY,
                _ if point.id.scope == "pool:p1" && point.id.metric == "price" => {
                    (point.mean, point.variance) = (point.mean * 400.0, point.variance * 16e4);
                    point.id.unit = "credits/h".to_owned();
                }
                _ => {}
            }
        }
        let svg = rendered("timeline-odd", &Timeline::new(&points));
        assert!(svg.contains("price (credits/h)") && svg.contains("price (USD/h)"));
    }
}
