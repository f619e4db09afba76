//! To whom a pool lends its idle slots.

use super::supply::pool_name;
use crate::market::{Resale, TakesBack};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{Fields, Stated};
use crate::scenario::names::Names;

/// `resale`. What a burst does that needs a slot under notice must be stated where there is a notice, which is another
/// pool's to say: that is checked once all are read.
pub(super) fn resale(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Stated<Resale> {
    table.rule("resale", d, |table, d| {
        let to = table.required("to", "\"spot\"", d).and_then(|node| pool_name(node, index, names, d));
        let ways = [("wait", TakesBack::Wait), ("next-tier", TakesBack::NextTier)];
        let takes_back = table.or("takes_back", TakesBack::NextTier, |table, key| table.choice(key, &ways, d));
        Some(Resale { to: to?, takes_back: takes_back? })
    })
}
