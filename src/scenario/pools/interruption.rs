//! How slots are taken back, and what becomes of whoever held them.

use crate::market::Interrupted;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;

pub(super) fn interrupted(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Interrupted> {
    table.choice("on_interruption", &INTERRUPTED, d)
}

const INTERRUPTED: [(&str, Interrupted); 5] = [
    ("lost", Interrupted::Lost),
    ("resume", Interrupted::Resume),
    ("restart", Interrupted::Restart),
    ("redraw", Interrupted::Redraw),
    ("burst", Interrupted::Burst),
];
