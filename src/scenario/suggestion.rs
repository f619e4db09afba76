//! What was probably meant by a word that nothing is called.

/// A word that nothing is called, among all that could have been meant.
pub(super) struct Unknown<'a> {
    pub(super) word: &'a str,
    pub(super) known: &'a [&'a str],
    /// What introduces a list of them, such as "pools are".
    pub(super) listed: &'a str,
}

/// So many are listed where none is much like the word.
const LISTED: usize = 30;

impl Unknown<'_> {
    /// What to do about it: write what was probably meant, or else one of those that there are.
    pub(super) fn remedy(&self) -> String {
        let Self { word, known, listed } = *self;
        if let Some(near) = nearest(word, known) {
            return format!("did you mean `{near}`?");
        }
        let shown = known[..known.len().min(LISTED)].join(", ");
        match known.len().saturating_sub(LISTED) {
            0 => format!("{listed}: {shown}"),
            more => format!("{listed}: {shown} and {more} more"),
        }
    }
}

/// The word that was probably meant: one that is spelled much like it, else one that it shortens.
pub(super) fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    let scored = words.iter().map(|known| (strsim::damerau_levenshtein(word, known), *known));
    let near = scored.filter(|(distance, known)| *distance <= 1 + known.len() / 4).min().map(|(_, known)| known);
    near.or_else(|| words.iter().copied().find(|known| shortens(word, known)))
}

/// Does `word` stand for `known` part by part, as `min_prize` does for `minimum_price`? Parts may be left out at the end.
fn shortens(word: &str, known: &str) -> bool {
    let parts = |text: &'_ str| text.split(['_', '-']).map(str::to_owned).collect::<Vec<_>>();
    let (short, long) = (parts(word), parts(known));
    let stands_for = |(short, long): (&String, &String)| {
        short.len() >= 3 && (long.starts_with(short.as_str()) || strsim::damerau_levenshtein(short, long) <= 1)
    };
    short.len() <= long.len() && short.iter().zip(&long).all(stands_for)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let keys = ["currency", "minimum_price", "below_minimum", "on_interruption", "highest-rejected"];
        for (word, meant) in [
            ("minimum_prise", Some("minimum_price")),
            ("min_prize", Some("minimum_price")),
            ("min_price", Some("minimum_price")),
            ("on_interrupt", Some("on_interruption")),
            ("highest", Some("highest-rejected")),
            ("owner", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &keys), meant, "{word}");
        }
    }

    #[test]
    fn of_many_words_only_some_are_listed() {
        let names: Vec<String> = (0..100).map(|number| format!("pool-{number}")).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let remedy = |known: &[&str]| Unknown { word: "elsewhere", known, listed: "pools are" }.remedy();
        assert_eq!(remedy(&known[..2]), "pools are: pool-0, pool-1");
        assert!(remedy(&known).ends_with("pool-28, pool-29 and 70 more"));
    }
}
