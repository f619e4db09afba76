//! Texts of a column: each is there once in a table, and once in each row group that has it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::report::cells::Cells;
use crate::report::values::Values;

/// The texts of a column, numbered as they come, and the row group that grows.
#[derive(Default)]
pub(super) struct Lexicon<'m> {
    texts: Vec<Cow<'m, str>>,
    known: BTreeMap<Cow<'m, str>, u32>,
    /// By number of a text: its number in the row group, if it is in it.
    places: Vec<Option<u32>>,
    /// Texts in the row group, by their numbers there.
    used: Vec<u32>,
    cells: Values<u32>,
}

impl<'m> Lexicon<'m> {
    /// The number of a text.
    pub(super) fn number(&mut self, text: Cow<'m, str>) -> u32 {
        let next = self.texts.len() as u32;
        let number = *self.known.entry(text.clone()).or_insert(next);
        if number == next {
            self.texts.push(text);
            self.places.push(None);
        }
        number
    }

    /// Adds rows, each with the text whose number `text` knows for its key, if there is one. It is asked once for a run of
    /// rows with the same key.
    pub(super) fn extend<R, K: PartialEq>(
        &mut self,
        rows: &[&R],
        key: impl Fn(&R) -> K,
        mut text: impl FnMut(&mut Self, K) -> Option<u32>,
    ) {
        let mut keys = rows.iter().map(|row| key(row));
        let mut next = keys.next();
        while let Some(run) = next.take() {
            let mut length = 1;
            // Keys are read once, so that this is all that most rows cost.
            for key in keys.by_ref() {
                if key != run {
                    next = Some(key);
                    break;
                }
                length += 1;
            }
            let place = text(self, run).map(|text| self.place(text));
            self.cells.repeat(place, length);
        }
    }

    /// The number that a text has in the row group.
    fn place(&mut self, text: u32) -> u32 {
        *self.places[text as usize].get_or_insert_with(|| {
            self.used.push(text);
            (self.used.len() - 1) as u32
        })
    }

    /// The cells of the row group.
    pub(super) fn cells(&self) -> Cells<'_> {
        let texts: Vec<&str> = self.used.iter().map(|text| &*self.texts[*text as usize]).collect();
        Cells::of_numbered(&self.cells, &texts)
    }

    /// The next row group begins.
    pub(super) fn clear(&mut self) {
        self.used.drain(..).for_each(|text| self.places[text as usize] = None);
        self.cells.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::cells::Content;

    /// What a row group says of its rows, by way of its own dictionary.
    fn read(cells: &Cells<'_>) -> (Vec<Option<String>>, usize) {
        let Content::Numbered(numbers, texts) = &cells.content else { panic!("no texts by their numbers") };
        let texts: Vec<&str> = texts.iter().map(|text| str::from_utf8(text).expect("a text")).collect();
        let is_there = |row| cells.is_there.as_ref().is_none_or(|is_there| is_there.get_bit(row));
        let mut there = numbers.iter().map(|number| texts[*number as usize].to_owned());
        let said = (0..cells.rows).map(|row| is_there(row).then(|| there.next()).flatten());
        (said.collect(), texts.len())
    }

    /// Each row group has the texts of its own rows and no others, whatever was said before, and each of them once, even if
    /// it is called so under several keys.
    #[test]
    fn a_row_group_has_the_texts_of_its_rows() {
        let names = |key: usize| ["ann", "bob", "", "cy", "ann"].get(key).copied();
        let mut lexicon = Lexicon::default();
        for (keys, different) in
            [(vec![0, 1, 1, 9, 4, 0], 2), (vec![3, 3, 3], 1), (vec![9, 9], 0), (vec![], 0), (vec![4, 2, 1, 2, 9, 3], 4)]
        {
            let rows: Vec<&usize> = keys.iter().collect();
            let (first, second) = rows.split_at(rows.len() / 2);
            for rows in [first, second] {
                lexicon.extend(rows, |key| *key, |lexicon, key| Some(lexicon.number(names(key)?.into())));
            }
            let expected: Vec<_> = keys.iter().map(|key| names(*key).map(str::to_owned)).collect();
            assert_eq!(read(&lexicon.cells()), (expected, different), "{keys:?}");
            lexicon.clear();
        }
    }
}
