//! Policies that come with the program.

/// Their names.
pub(super) const NAMES: [&str; 6] = ["utilisation", "surge", "time-of-day", "queue", "fair-share", "aging"];

/// The policy of this name, as TOML, with prices in a currency (for which ¤ stands in the template).
pub(super) fn text(name: &str, currency: &str) -> Option<String> {
    let text = match name {
        "utilisation" => include_str!("templates/utilisation.toml"),
        "surge" => include_str!("templates/surge.toml"),
        "time-of-day" => include_str!("templates/time-of-day.toml"),
        "queue" => include_str!("templates/queue.toml"),
        "fair-share" => include_str!("templates/fair-share.toml"),
        "aging" => include_str!("templates/aging.toml"),
        _ => return None,
    };
    Some(text.replace('¤', currency))
}
