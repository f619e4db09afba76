//! Figures of the results, each as SVG and as PNG from one drawing.
//!
//! Figures are drawn in their own units on a canvas, with text from a font inside this
//! program: neither the machine's fonts nor its settings can change a byte. Colours can be told apart by
//! readers with any common colour vision.

use std::path::Path;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::WHITE;

use super::{ReportError, write_atomically};
use canvas::Canvas;

pub mod arms;
mod arms_panel;
mod canvas;
mod font;
mod frame;
mod legend;
mod lines;
mod palette;
mod panels;
mod selection;
mod ticks;
pub mod timeline;
mod wording;

/// Pixels of the PNG per unit of a figure: sharp on paper and on dense screens.
const PNG_SCALE: u32 = 2;

/// Red, green and blue.
const BYTES_PER_PIXEL: usize = 3;

/// How far the backends set vertically centred text above its centre, as a share of its size: the SVG
/// backend centres small letters, not digits, and the bitmap backend leaves room for descenders.
const SVG_TEXT_DROP: f64 = 0.03;
const PNG_TEXT_DROP: f64 = 0.14;

/// The result of drawing on a backend.
type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Something that can be drawn on any backend.
trait Figure {
    /// Width and height in units of the figure.
    fn size(&self) -> (u32, u32);

    /// Draws on a white canvas of that size.
    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn<DB>;
}

/// Writes the figure to two files.
fn render(figure: &impl Figure, svg: &Path, png: &Path) -> Result<(), ReportError> {
    if !font::register() {
        return Err(ReportError::plot(svg, &"the built-in font is not readable"));
    }
    render_svg(figure, svg)?;
    render_png(figure, png)
}

fn render_svg(figure: &impl Figure, path: &Path) -> Result<(), ReportError> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, figure.size()).into_drawing_area();
    let canvas = Canvas::new(&area, 1.0, SVG_TEXT_DROP);
    paint(figure, &area, &canvas).map_err(|error| ReportError::plot(path, &error))?;
    drop(area);
    write_atomically(path, text.as_bytes())
}

fn render_png(figure: &impl Figure, path: &Path) -> Result<(), ReportError> {
    let (width, height) = figure.size();
    let size = (width * PNG_SCALE, height * PNG_SCALE);
    let mut pixels = vec![0; size.0 as usize * size.1 as usize * BYTES_PER_PIXEL];
    let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
    let canvas = Canvas::new(&area, f64::from(PNG_SCALE), PNG_TEXT_DROP);
    paint(figure, &area, &canvas).map_err(|error| ReportError::plot(path, &error))?;
    drop(area);
    let file = encoded(&pixels, size).map_err(|error| ReportError::plot(path, &error))?;
    write_atomically(path, &file)
}

/// The pixels as a PNG file.
fn encoded(pixels: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    // In a figure most rows are like the row above. Looking for the best filter of each, or for a shorter file, takes
    // longer than all the drawing.
    encoder.set_filter(png::Filter::Up);
    encoder.set_deflate_compression(png::DeflateCompression::Level(1));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

fn paint<DB: DrawingBackend>(
    figure: &impl Figure,
    area: &DrawingArea<DB, Shift>,
    canvas: &Canvas<'_, DB>,
) -> Drawn<DB> {
    area.fill(&WHITE)?;
    figure.draw(canvas)?;
    area.present()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Renders twice, checks the files and returns the SVG; keeps them if `OVERSPILL_FIGURES` names a folder.
    pub(super) fn rendered(name: &str, figure: &impl Figure) -> String {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (svg, png) = (folder.path().join("a.svg"), folder.path().join("a.png"));
        let mut first = None;
        for _ in 0..2 {
            render(figure, &svg, &png).expect("folder is writable");
            let files = (fs::read_to_string(&svg).expect("svg exists"), fs::read(&png).expect("png exists"));
            assert!(files.1.starts_with(b"\x89PNG\r\n\x1a\n"));
            assert!(files.0.starts_with("<svg") && !files.0.contains("NaN"));
            assert!(*first.get_or_insert_with(|| files.clone()) == files, "same figure, same bytes");
        }
        if let Some(folder) = std::env::var_os("OVERSPILL_FIGURES") {
            for (file, extension) in [(&svg, "svg"), (&png, "png")] {
                fs::copy(file, Path::new(&folder).join(name).with_extension(extension)).expect("folder is writable");
            }
        }
        first.map(|files| files.0).unwrap_or_default()
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_error() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let gone = folder.path().join("no");
        let figure = timeline::Timeline::new([]);
        assert!(render(&figure, &gone.join("a.svg"), &folder.path().join("a.png")).is_err());
        assert!(render(&figure, &folder.path().join("a.svg"), &gone.join("a.png")).is_err());
    }
}
