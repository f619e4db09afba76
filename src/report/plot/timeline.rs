//! Figure 1: prices and utilisations over time, in panels above each other, and where a minimum price moves that minimum
//! and the interruptions.

use std::path::Path;

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Place, Stroke, Type};
use super::font::fitted;
use super::frame::{Frame, LABEL_SIZE, label_room};
use super::legend::draw_legend;
use super::lines::{Curve, Line, Lines, Sample};
use super::palette::{Dash, GREY, INK};
use super::panels::{MARGIN, WIDTH, caption_height, draw_caption, draw_title};
use super::ticks::{Ticks, axis_range, hour_ticks, ticks};
use super::wording::Wording;
use super::{Drawn, Figure};
use crate::experiment::results::SeriesPoint;
use crate::report::{ReportError, digits};

/// Height of a figure of two panels, and what each further panel adds to it.
const HEIGHT: f64 = 800.0;
const HEIGHT_MORE: f64 = 210.0;
/// Up to this span the time axis is in hours, beyond in days.
const HOURS_MAX: f64 = 72.0;
/// Space above a panel, for its name.
const PANEL_HEAD: f64 = 36.0;
/// Frames side by side where each line has one of its own, the height of one, and the space above it for its name.
const CELLS: usize = 4;
const CELL: f64 = 74.0;
const CELL_HEAD: f64 = 26.0;
/// Space between frames.
const CELL_GAP: f64 = 18.0;
/// How much wider a line is drawn than the next one where lines often lie on each other.
const RIBBON: f64 = 1.3;
/// Space below the panels, for the time axis.
const TIME_AXIS: f64 = 56.0;

/// Draws `price` and `utilisation` of every pool and arm, as far as a legend can name them, to two files; and
/// `minimum_price` and `interruptions`, if the minimum of one of them moves. A band shows the mean ± 1 standard deviation
/// over the replications.
///
/// # Errors
/// [`ReportError`] if a file cannot be drawn or written.
pub fn render<'a>(
    points: impl IntoIterator<Item = SeriesPoint<'a>>,
    svg: &Path,
    png: &Path,
) -> Result<(), ReportError> {
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
    /// Whether a value stands until the next one.
    stepped: bool,
    /// Whether the spread over the replications is drawn, where there is room for it.
    with_bands: bool,
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
    pub(super) fn new(points: impl IntoIterator<Item = SeriesPoint<'a>>) -> Self {
        Self { lines: Lines::new(points) }
    }

    fn panels(&self, wording: &Wording<'_>) -> Vec<Panel<'_>> {
        let mut panels: Vec<Panel<'_>> = Vec::new();
        for unit in wording.price_units() {
            if wording.with_minimum() {
                let panel = self.panel(format!("minimum price ({unit})"), Some(unit), |line| &line.minimum);
                panels.push(Panel { stepped: true, with_bands: false, ..panel });
            }
            panels.push(self.panel(format!("price ({unit})"), Some(unit), |line| &line.price));
        }
        // A little air above 100 % keeps a full pool off the edge.
        panels.push(Panel {
            factor: 100.0,
            ceiling: 100.0,
            y: (0.0, 103.0),
            marks: ticks(0.0, 100.0, 5),
            ..self.panel("utilisation (%)".to_owned(), None, |line| &line.utilisation)
        });
        if wording.with_minimum() {
            let title = format!("interruptions ({})", self.step());
            panels.push(Panel { with_bands: false, ..self.panel(title, None, |line| &line.interruptions) });
        }
        panels
    }

    /// A panel of one curve of each line, in one unit if they have several.
    fn panel(&self, title: String, unit: Option<&str>, curve: for<'b> fn(&'b Line<'a>) -> &'b Curve<'a>) -> Panel<'_> {
        let curves = self.lines.shown.iter().map(curve);
        let curves: Vec<_> = curves.map(|curve| Some(curve).filter(|_| unit.is_none_or(|u| u == curve.unit))).collect();
        let (low, high) = extent(curves.iter().flatten().flat_map(|curve| &curve.samples));
        let y = axis_range(low, high);
        let marks = ticks(y.0, y.1, 5);
        Panel { title, curves, factor: 1.0, ceiling: f64::INFINITY, y, marks, stepped: false, with_bands: true }
    }

    /// The time between two instants, as what is counted is counted in.
    fn step(&self) -> String {
        let curves = self.lines.shown.iter().map(|line| &line.interruptions);
        let pairs = curves.filter_map(|curve| Some((curve.averaged.max(1), curve.samples.get(..2)?)));
        let steps = pairs.map(|(averaged, pair)| (pair[1].time_h - pair[0].time_h) / averaged as f64);
        match steps.fold(0.0, f64::max) {
            hours if hours > 0.0 && hours < 1.0 => format!("per {} min", digits::plain(hours * 60.0)),
            hours if hours > 1.0 => format!("per {} h", digits::plain(hours)),
            _ => "per h".to_owned(),
        }
    }

    fn time_axis(&self) -> TimeAxis {
        let curves = self.lines.shown.iter().flat_map(|line| [&line.price, &line.utilisation, &line.minimum]);
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
        (WIDTH as u32, self.height() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB> {
        let wording = Wording::new(&self.lines);
        let (caption, panels, axis) = (wording.caption(), self.panels(&wording), self.time_axis());
        let top = draw_title(canvas, wording.title(), &wording.subtitle())?;
        draw_caption(canvas, &caption, self.height())?;
        if self.lines.are_together() {
            let entries: Vec<_> = self.lines.shown.iter().map(|line| (wording.entry(line), line.style)).collect();
            let top = if entries.len() > 1 { draw_legend(canvas, &entries, top)? } else { top };
            self.draw_together(canvas, &panels, &axis, top, wording.with_bands())
        } else {
            self.draw_apart(canvas, &panels, &axis, top, &wording)
        }
    }
}

impl Timeline<'_> {
    fn height(&self) -> f64 {
        let wording = Wording::new(&self.lines);
        let panels = self.panels(&wording).len();
        if self.lines.are_together() {
            return HEIGHT + panels.saturating_sub(2) as f64 * HEIGHT_MORE;
        }
        let cells = self.lines.shown.len().div_ceil(CELLS) as f64 * (CELL_HEAD + CELL);
        78.0 + panels as f64 * (PANEL_HEAD + cells + CELL_GAP) + TIME_AXIS + caption_height(&wording.caption())
    }

    /// All lines in one frame, a frame for each quantity.
    fn draw_together<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        panels: &[Panel<'_>],
        axis: &TimeAxis,
        top: f64,
        with_bands: bool,
    ) -> Drawn<DB> {
        let bottom = self.height() - caption_height(&Wording::new(&self.lines).caption()) - TIME_AXIS;
        let (height, last) = ((bottom - top) / panels.len() as f64, panels.len() - 1);
        let left = MARGIN + panels.iter().map(|panel| label_room(&panel.marks)).fold(0.0, f64::max);
        for (index, panel) in panels.iter().enumerate() {
            let head = top + index as f64 * height;
            let (top, bottom) = (head + PANEL_HEAD, head + height);
            let frame = Frame { left, right: WIDTH - MARGIN, top, bottom, x: axis.range, y: panel.y };
            canvas.text(&panel.title, Type::new(18.0, INK), (MARGIN, head + PANEL_HEAD / 2.0 + 2.0))?;
            frame.draw_x_axis(canvas, &axis.ticks, index == last)?;
            frame.draw_y_axis(canvas, &panel.marks)?;
            for line in (0..self.lines.shown.len()).filter(|_| with_bands && panel.with_bands) {
                self.draw_band(canvas, &frame, panel, line, axis.unit_h)?;
            }
            for line in 0..self.lines.shown.len() {
                self.draw_curve(canvas, &frame, panel, line, axis.unit_h)?;
            }
            frame.draw_edges(canvas)?;
        }
        let middle = (left + WIDTH - MARGIN) / 2.0;
        canvas.text(axis.title, Type::new(17.0, INK).aligned(HPos::Center), (middle, bottom + 42.0))
    }

    /// A small frame for each line and quantity, those of a quantity all of one scale.
    fn draw_apart<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        panels: &[Panel<'_>],
        axis: &TimeAxis,
        top: f64,
        wording: &Wording<'_>,
    ) -> Drawn<DB> {
        let count = self.lines.shown.len();
        let few = |panel: &Panel<'_>| ticks(panel.y.0, panel.y.1, 2);
        let left = MARGIN + panels.iter().map(|panel| label_room(&few(panel))).fold(0.0, f64::max);
        let width = (WIDTH - MARGIN - left - (CELLS - 1) as f64 * CELL_GAP) / CELLS as f64;
        let times: Ticks = axis.ticks.iter().step_by(axis.ticks.len().div_ceil(6).max(1)).cloned().collect();
        let mut head = top;
        for panel in panels {
            canvas.text(&panel.title, Type::new(18.0, INK), (MARGIN, head + PANEL_HEAD / 2.0 + 2.0))?;
            for (index, line) in self.lines.shown.iter().enumerate() {
                let (column, row) = (index % CELLS, index / CELLS);
                let left = left + column as f64 * (width + CELL_GAP);
                let top = head + PANEL_HEAD + row as f64 * (CELL + CELL_HEAD) + CELL_HEAD;
                let frame = Frame { left, right: left + width, top, bottom: top + CELL, x: axis.range, y: panel.y };
                let name = fitted(&wording.entry(line), LABEL_SIZE, width);
                canvas.text(&name, Type::new(LABEL_SIZE, GREY), (left, top - 10.0))?;
                frame.draw_x_axis(canvas, &times, index + CELLS >= count)?;
                frame.draw_y_grid(canvas, &few(panel), column == 0)?;
                if wording.with_bands() && panel.with_bands {
                    self.draw_band(canvas, &frame, panel, index, axis.unit_h)?;
                }
                self.draw_curve(canvas, &frame, panel, index, axis.unit_h)?;
                frame.draw_edges(canvas)?;
            }
            head += PANEL_HEAD + count.div_ceil(CELLS) as f64 * (CELL_HEAD + CELL) + CELL_GAP;
        }
        let middle = (left + WIDTH - MARGIN) / 2.0;
        canvas.text(axis.title, Type::new(17.0, INK).aligned(HPos::Center), (middle, head + 24.0))
    }

    fn draw_band<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        frame: &Frame,
        panel: &Panel<'_>,
        line: usize,
        unit_h: f64,
    ) -> Drawn<DB> {
        let Some(curve) = panel.curves[line] else { return Ok(()) };
        for run in runs(&curve.samples) {
            let upper = run.iter().map(|sample| panel.place(frame, sample, 1.0, unit_h));
            let lower = run.iter().rev().map(|sample| panel.place(frame, sample, -1.0, unit_h));
            canvas.band(&upper.chain(lower).collect::<Vec<Place>>(), self.lines.shown[line].style.color)?;
        }
        Ok(())
    }

    fn draw_curve<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        frame: &Frame,
        panel: &Panel<'_>,
        line: usize,
        unit_h: f64,
    ) -> Drawn<DB> {
        let Some(curve) = panel.curves[line] else { return Ok(()) };
        let style = self.lines.shown[line].style;
        // A posted price is no more than a level to read the others against.
        let width = if curve.varies() || panel.stepped { 2.0 } else { 1.2 };
        // A minimum that several arms have in common shows as a ribbon of their colours.
        let together = if panel.stepped && self.lines.are_together() { self.lines.shown.len() - 1 - line } else { 0 };
        let width = width + RIBBON * together as f64;
        for run in runs(&curve.samples) {
            let places: Vec<Place> = run.iter().map(|sample| panel.place(frame, sample, 0.0, unit_h)).collect();
            let places = if panel.stepped { steps(&places) } else { places };
            // Dashes tell lines in one frame apart.
            let dash = if self.lines.are_together() { style.dash } else { Dash::Solid };
            canvas.line(&places, Stroke::new(style.color, width).dashed(dash))?;
            if let [only] = places.as_slice() {
                canvas.dot(*only, 3.0, style.color, true)?;
            }
        }
        Ok(())
    }
}

impl Panel<'_> {
    /// Where a sample lies, moved by so many standard deviations.
    fn place(&self, frame: &Frame, sample: &Sample, shift: f64, unit_h: f64) -> Place {
        let value = (sample.mean + shift * sample.deviation) * self.factor;
        frame.place(sample.time_h / unit_h, value.clamp(0.0, self.ceiling))
    }
}

/// The corners of a line whose values stand until the next one.
fn steps(places: &[Place]) -> Vec<Place> {
    let corners = places.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
    places.first().copied().into_iter().chain(corners).collect()
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
    use crate::experiment::results::MetricId;
    use crate::report::fixture::{lasting, series};
    use crate::report::plot::tests::rendered;

    #[test]
    fn a_figure_names_its_axes_and_lines() {
        let svg = rendered("timeline", &Timeline::new(series(2, 2, 168, 20)));
        for text in ["Price and utilisation over time", "price (USD/h)", "utilisation (%)", "(days)", "pool:p1, low"] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn a_minimum_that_moves_is_drawn_with_the_interruptions() {
        let mut points = series(2, 1, 96, 20);
        let extra = |point: &SeriesPoint<'static>| {
            let (metric, mean) = if point.id.metric == "price" {
                ("minimum_price", if point.time_h < 48.0 { 0.02 } else { 0.04 })
            } else {
                ("interruptions", f64::from(u8::from((point.time_h - 48.0).abs() < 0.5)) * 7.0)
            };
            let id = lasting(MetricId { metric: metric.into(), ..point.id.clone() });
            SeriesPoint { id, mean, variance: 0.0, ..*point }
        };
        let more: Vec<SeriesPoint<'_>> = points.iter().map(extra).collect();
        points.extend(more);
        let svg = rendered("timeline-minimum", &Timeline::new(points.iter().copied()));
        for text in ["Minimum price, price, utilisation and", "minimum price (USD/h)", "interruptions (per h)"] {
            assert!(svg.contains(text), "{text}");
        }
        for point in points.iter_mut().filter(|point| point.id.metric == "minimum_price") {
            point.mean = 0.02;
        }
        assert!(!rendered("timeline-steady", &Timeline::new(points.iter().copied())).contains("minimum price"));
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
            rendered(&format!("timeline-{name}"), &Timeline::new(points.iter().copied()));
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
                    point.id = lasting(MetricId { unit: "credits/h".into(), ..point.id.clone() });
                }
                _ => {}
            }
        }
        let svg = rendered("timeline-odd", &Timeline::new(points.iter().copied()));
        assert!(svg.contains("price (credits/h)") && svg.contains("price (USD/h)"));
    }
}
