//! The one font of all figures, carried inside the program.

use std::sync::OnceLock;

use plotters::style::{FontStyle, IntoFont, register_font};

/// The family under which the font is registered, and which an SVG viewer is asked for.
pub(super) const FAMILY: &str = "sans-serif";

/// Registers the font once per process; `false` if it cannot be read.
pub(super) fn register() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let font = epaint_default_fonts::UBUNTU_LIGHT;
    *REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, font).is_ok())
}

/// The width of a line of text in units of the figure.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    register();
    let font = (FAMILY, size).into_font();
    // Without a font nothing is drawn at all, so any width will do.
    font.box_size(text).map_or(0.0, |(width, _)| f64::from(width))
}

/// The text, shortened with an ellipsis if it is wider than `width`.
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shortened: String = kept.iter().chain(['…'].iter()).collect();
        if text_width(&shortened, size) <= width {
            return shortened;
        }
    }
    String::new()
}

/// The text broken between words into lines no wider than `width`, as far as its words allow.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_readable_and_wider_text_is_wider() {
        assert!(register());
        assert!(text_width("wait_mean", 16.0) > text_width("wait", 16.0));
    }

    #[test]
    fn long_text_is_shortened_or_broken() {
        assert_eq!(fitted("base", 16.0, 200.0), "base");
        let short = fitted("a-rather-long-name-of-an-arm", 16.0, 80.0);
        assert!(short.starts_with("a-ra") && short.ends_with('…') && text_width(&short, 16.0) <= 80.0);
        assert_eq!(fitted("base", 16.0, 0.0), "");
        let lines = wrapped("one two three four five six", 16.0, 70.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| text_width(line, 16.0) <= 70.0));
        assert_eq!(lines.join(" "), "one two three four five six");
    }
}
