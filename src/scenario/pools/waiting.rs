//! Where requests wait.

use super::is_none;
use crate::market::{WaitingOrder, WaitingRoom};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::node::Value;

pub(super) fn waiting(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<WaitingRoom> {
    let path = format!("{}.waiting", table.path());
    let node = table.optional("waiting")?;
    if is_none(node) {
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
