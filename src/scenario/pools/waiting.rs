//! Where requests wait.

use crate::market::{WaitingOrder, WaitingRoom};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::node::Value;

/// As many bidders as there are.
const BIDDERS: WaitingRoom = WaitingRoom { capacity: None, order: WaitingOrder::ByMethod };

/// `waiting`. Whoever bids in an auction waits for its rounds, so that there is a waiting room even if none is stated.
pub(super) fn waiting(table: &mut Fields<'_>, is_auction: bool, d: &mut Diagnostics) -> Option<WaitingRoom> {
    let path = format!("{}.waiting", table.path());
    let Some(node) = table.optional("waiting") else { return is_auction.then_some(BIDDERS) };
    if node.is_word("none") {
        if is_auction {
            d.error(&node.at, "bidders wait for the next round of an auction", "nowhere to wait")
                .help("leave out `waiting`: any number may bid then; or state a `capacity`");
        }
        return None;
    }
    let mut table = Fields::new(node, path, d);
    let capacity = match table.required("capacity", "50 (or \"unlimited\")", d).map(|node| &node.value) {
        Some(Value::Text(word)) if word == "unlimited" => Some(None),
        Some(_) => table.whole("capacity", 1..=u32::MAX, d).map(Some),
        None => None,
    };
    let orders = [("by-method", WaitingOrder::ByMethod), ("fifo", WaitingOrder::Fifo)];
    let order = table.choice("order", &orders, d).unwrap_or(WaitingOrder::ByMethod);
    table.finish(d);
    Some(WaitingRoom { capacity: capacity?, order })
}
