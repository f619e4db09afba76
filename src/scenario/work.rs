//! How long requests take: stated as such, or by the quantity of resource that they use.

use super::diagnostic::Diagnostics;
use super::fields::Fields;
use super::laws::{self, Dimension};
use super::node::Node;
use super::tariff::Tariff;
use crate::demand::Law;

/// The pool that is asked, as far as it says how long work takes.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) tariff: Tariff<'a>,
    /// 1 for the reference speed, at which durations are stated.
    pub(super) speed: f64,
}

/// `duration`, or `quantity` in the unit of the pool: then a request takes quantity / (size × what a slot gives in an hour).
/// `home` is the pool, if there is such a pool.
pub(super) fn duration(
    table: &mut Fields<'_>,
    home: Option<Home<'_>>,
    size: Option<&Law>,
    d: &mut Diagnostics,
) -> Option<Law> {
    let duration = table.optional("duration");
    let Some(quantity) = table.optional("quantity") else {
        let node = table.required("duration", "\"2h\"", d)?;
        return laws::law(node, "duration", Dimension::Time, d);
    };
    if let Some(duration) = duration {
        d.error(&duration.at, "`duration` and `quantity` say the same thing twice", "one too many")
            .help("state one of them: the other follows from the size");
        return None;
    }
    by_quantity(quantity, home?, size, d)
}

fn by_quantity(node: &Node, home: Home<'_>, size: Option<&Law>, d: &mut Diagnostics) -> Option<Law> {
    let Some(unit) = home.tariff.unit else {
        d.error(&node.at, "the pool has no unit of resource in which a quantity could be stated", "no `unit` there")
            .help("add unit = { name = \"GHz-h\", per_slot_hour = 2.5 } to the pool, or state a `duration`");
        return None;
    };
    match size? {
        Law::Constant(slots) => {
            laws::law(node, "quantity", Dimension::Work { unit, slots: *slots, speed: home.speed }, d)
        }
        _ => {
            d.error(&node.at, "`quantity` needs requests of one size", "the size is random")
                .help("state a constant `size`, or a `duration`");
            None
        }
    }
}
