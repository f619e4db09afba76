//! The terms on which a pool joins others.

use super::supply::pool_name;
use crate::market::{JointRules, MOST_SHAPLEY, PoolId, Sharing, SupplyCost};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields, Stated};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};

/// The most pools that one pool joins.
const MOST_PARTNERS: usize = 60;

pub(super) fn joint(
    table: &mut Fields<'_>,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Stated<JointRules> {
    let path = table.path().to_owned();
    let node = table.optional("merges").filter(|node| !node.is_word("none"));
    let Some(node) = node else {
        if let Some(terms) = table.optional("terms").filter(|_| !table.has("merges")) {
            d.error(&terms.at, "`terms` are those on which a pool joins others", "no `merges` beside it")
                .help("add merges = [\"POOL\", \"POOL\"], or leave out `terms`");
        }
        return Ok(None);
    };
    let merges = partners(node, index, names, d);
    if table.required("terms", "{ sharing = \"contribution\" }", d).is_none() {
        return Err(fields::Reported);
    }
    let read = |terms: &mut Fields<'_>, d: &mut Diagnostics| {
        let merges = merges?;
        let example = "\"contribution\", \"usage\", \"shapley\" or a number for each pool";
        let sharing = terms.required("sharing", example, d).and_then(|node| sharing(node, &path, &merges, names, d));
        let every = terms.or("every", None, |terms, key| terms.positive(key, d).map(Some));
        let own_first = terms.or("own_first", false, |terms, key| terms.boolean(key, d));
        let costs = [("joint", SupplyCost::Joint), ("own", SupplyCost::Own)];
        let supply_cost = terms.or("supply_cost", SupplyCost::Joint, |terms, key| terms.choice(key, &costs, d));
        Some(JointRules { merges, sharing: sharing?, every: every?, own_first: own_first?, supply_cost: supply_cost? })
    };
    table.rule("terms", d, read)
}

fn partners(node: &Node, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<Vec<PoolId>> {
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`merges` is {}", node.kind()), "expected a list of pools")
            .help("write merges = [\"lab-a\", \"lab-b\"]");
        return None;
    };
    let found: Vec<PoolId> = items.iter().filter_map(|item| pool_name(item, index, names, d)).collect();
    let is_complete = found.len() == items.len();
    let is_distinct = (1..found.len()).all(|number| !found[..number].contains(&found[number]));
    if is_complete && !is_distinct {
        d.error(&node.at, "a pool is merged once", "named twice").help("name every pool once");
    }
    if !(2..=MOST_PARTNERS).contains(&items.len()) {
        d.error(&node.at, format!("a pool joins 2 to {MOST_PARTNERS} pools"), "not such a number of pools")
            .help("name the pools that become one");
        return None;
    }
    (is_complete && is_distinct).then_some(found)
}

fn sharing(node: &Node, path: &str, merges: &[PoolId], names: &Names<'_>, d: &mut Diagnostics) -> Option<Sharing> {
    let path = format!("{path}.terms.sharing");
    if matches!(node.value, Value::Table(_)) {
        return fixed(node, &path, merges, names, d);
    }
    let rules = [("contribution", Sharing::Contribution), ("usage", Sharing::Usage), ("shapley", Sharing::Shapley)];
    let rule = fields::choose(node, "sharing", &rules, d)?;
    if rule == Sharing::Shapley && merges.len() > MOST_SHAPLEY {
        let message =
            format!("Shapley values are computed for at most {MOST_SHAPLEY} pools, and here are {}", merges.len());
        d.error(&node.at, message, "too many").help("share by \"contribution\" or \"usage\"");
        return None;
    }
    Some(rule)
}

/// A number for each of the pools.
fn fixed(node: &Node, path: &str, merges: &[PoolId], names: &Names<'_>, d: &mut Diagnostics) -> Option<Sharing> {
    let mut shares = vec![None; merges.len()];
    for entry in node.entries() {
        let number = merges.iter().position(|pool| names.pools[pool.index()] == entry.key);
        let Some(number) = number else {
            d.error(&entry.at, format!("pool `{}` is not among those that are merged", entry.key), "no partner")
                .help("name the pools of `merges`");
            continue;
        };
        shares[number] = fields::whole(&entry.node, &format!("{path}.{}", entry.key), &(0..=1_000_000_u32), d);
    }
    for (share, pool) in shares.iter().zip(merges) {
        let name = names.pools[pool.index()];
        if share.is_none() && node.get(name).is_none() {
            d.error(&node.at, format!("`{path}` says nothing of pool `{name}`"), "a share is missing")
                .help(format!("add {name} = 1"));
        }
    }
    let shares = shares.into_iter().collect::<Option<Vec<u32>>>()?;
    if shares.iter().all(|share| *share == 0) {
        d.error(&node.at, "somebody must have a share", "all of them 0").help("write a number above 0");
        return None;
    }
    Some(Sharing::Fixed(shares))
}
