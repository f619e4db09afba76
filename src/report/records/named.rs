//! Texts of which there are few, by their numbers: whatever is called something in the model has one, and its name is made
//! once.

use std::ptr;

use super::gather::Gather;
use super::lexicon::Lexicon;
use super::names::{Name, Names};
use crate::market::{AccountId, BillingKind, CurrencyId, PartyId, PoolId};
use crate::report::cells::Cells;

/// What is numbered from 0 on.
pub(super) trait Numbered: Copy + PartialEq {
    fn number(self) -> usize;
}

macro_rules! numbered {
    ($($identity:ty),*) => {
        $(impl Numbered for $identity {
            fn number(self) -> usize {
                self.index()
            }
        })*
    };
}

numbered!(AccountId, CurrencyId, PartyId, PoolId);

/// A member.
impl Numbered for u32 {
    fn number(self) -> usize {
        self as usize
    }
}

impl<N: Numbered> Numbered for Option<N> {
    fn number(self) -> usize {
        self.map_or(0, |some| some.number() + 1)
    }
}

/// What is billed of a pool.
impl<N: Numbered> Numbered for (N, BillingKind) {
    fn number(self) -> usize {
        const KINDS: usize = 16;
        self.0.number() * KINDS + self.1 as usize
    }
}

/// What is, or is not, so.
impl<N: Numbered> Numbered for (N, bool) {
    fn number(self) -> usize {
        2 * self.0.number() + usize::from(self.1)
    }
}

/// Names of what `F` reads off a row, which `G` knows.
pub(super) struct Named<'m, F, G> {
    key: F,
    text: G,
    /// By number of what has a name, once it was asked for: the number of its name, if it has any.
    known: Vec<Option<Option<u32>>>,
    texts: Lexicon<'m>,
}

impl<F, G> Named<'_, F, G> {
    pub(super) fn new(key: F, text: G) -> Self {
        Self { key, text, known: Vec::new(), texts: Lexicon::default() }
    }
}

impl<'m, R, K, F, G> Gather<'m, R> for Named<'m, F, G>
where
    K: Numbered,
    F: Fn(&R) -> K,
    G: Fn(&Names<'m>, K) -> Name<'m>,
{
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        let Self { key, text, known, texts } = self;
        texts.extend(rows, &*key, |texts, key| {
            let number = key.number();
            known.get(number).copied().flatten().unwrap_or_else(|| {
                let text = text(names, key).map(|text| texts.number(text));
                known.resize(known.len().max(number + 1), None);
                known[number] = Some(text);
                text
            })
        });
    }

    fn cells(&self) -> Cells<'_> {
        self.texts.cells()
    }

    fn clear(&mut self) {
        self.texts.clear();
    }
}

/// Words of the code that `F` reads off a row.
pub(super) struct Words<'m, F> {
    read: F,
    /// Words with the numbers of their texts: there are few.
    known: Vec<(Word, u32)>,
    texts: Lexicon<'m>,
}

/// A word by where it stands, so that nobody has to look at its letters.
#[derive(Clone, Copy)]
struct Word(&'static str);

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.0, other.0)
    }
}

impl<F> Words<'_, F> {
    pub(super) fn new(read: F) -> Self {
        Self { read, known: Vec::new(), texts: Lexicon::default() }
    }
}

impl<'m, R, F: Fn(&R, &Names<'m>) -> Option<&'static str>> Gather<'m, R> for Words<'m, F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        let Self { read, known, texts } = self;
        let key = |row: &R| read(row, names).map(Word);
        texts.extend(rows, key, |texts, word| {
            let word = word?;
            let text = known.iter().find(|(known, _)| *known == word).map(|(_, text)| *text);
            Some(text.unwrap_or_else(|| {
                let text = texts.number(word.0.into());
                known.push((word, text));
                text
            }))
        });
    }

    fn cells(&self) -> Cells<'_> {
        self.texts.cells()
    }

    fn clear(&mut self) {
        self.texts.clear();
    }
}

/// Texts for what `F` reads off a row, which is mostly the same as in the row before.
pub(super) struct Runs<'m, F, G> {
    key: F,
    text: G,
    texts: Lexicon<'m>,
}

impl<F, G> Runs<'_, F, G> {
    pub(super) fn new(key: F, text: G) -> Self {
        Self { key, text, texts: Lexicon::default() }
    }
}

impl<'m, R, K, F, G> Gather<'m, R> for Runs<'m, F, G>
where
    K: Copy + PartialEq,
    F: Fn(&R) -> K,
    G: Fn(&Names<'m>, K) -> Name<'m>,
{
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        let Self { key, text, texts } = self;
        texts.extend(rows, &*key, |texts, key| text(names, key).map(|text| texts.number(text)));
    }

    fn cells(&self) -> Cells<'_> {
        self.texts.cells()
    }

    fn clear(&mut self) {
        self.texts.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whatever has one number has one name.
    #[test]
    fn different_things_have_different_numbers() {
        use BillingKind::{Fee, FlatFee, PoolFee, PoolHours, Prepaid, Recharge, Sharing, Upfront, Use};
        let kinds = [Use, Fee, FlatFee, Prepaid, Upfront, PoolFee, PoolHours, Recharge, Sharing];
        let pools = [0, 1, 2, 17].map(PoolId);
        let (mut plain, mut told) = (BTreeSet::new(), BTreeSet::new());
        for pool in pools {
            for kind in kinds {
                assert!(plain.insert((pool, kind).number()), "{pool:?} {kind:?}");
                for is_so in [false, true] {
                    assert!(told.insert(((pool, is_so), kind).number()), "{pool:?} {is_so} {kind:?}");
                }
            }
        }
        let members: BTreeSet<usize> = [None, Some(0_u32), Some(1)].map(Numbered::number).into();
        assert_eq!(members.len(), 3);
    }
}
