//! The finer terms of a burst policy: what tiers have of their own, triggers, giving back, who pays.

use super::MOST_SLOTS;
use super::burst::stated_price;
use super::supply::pool_name;
use crate::market::{BurstTerms, GiveBack, Pays, PoolId, TierTerms, Triggers, WhenRevoked};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::units::{PARTS_PER_WHOLE, Share};

/// `tiers`: names of pools, or tables that say more.
pub(super) fn tiers(
    table: &mut Fields<'_>,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<(Vec<PoolId>, Vec<TierTerms>)> {
    let node = table.required("tiers", "[\"POOL\"]", d)?;
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`tiers` is {}", node.kind()), "expected a list of pools")
            .help("write tiers = [\"own-spare\", \"on-demand\"]");
        return None;
    };
    if items.is_empty() || items.len() > 64 {
        d.error(&node.at, "a ladder has 1 to 64 tiers", "not such a number of tiers")
            .help("to take a burst policy away in an arm, write burst = \"none\"");
    }
    let path = format!("{}.tiers", table.path());
    let found: Vec<(PoolId, TierTerms)> = items.iter().filter_map(|item| tier(item, &path, index, names, d)).collect();
    if found.len() < items.len() {
        return None;
    }
    let (pools, terms): (Vec<PoolId>, Vec<TierTerms>) = found.into_iter().unzip();
    let is_plain = terms.iter().all(|terms| *terms == TierTerms::default());
    Some((pools, if is_plain { Vec::new() } else { terms }))
}

fn tier(node: &Node, path: &str, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<(PoolId, TierTerms)> {
    if !matches!(node.value, Value::Table(_)) {
        return Some((pool_name(node, index, names, d)?, TierTerms::default()));
    }
    let mut table = Fields::new(node, path, d);
    let pool = table.required("pool", "\"POOL\"", d).and_then(|node| pool_name(node, index, names, d));
    let Some(pool) = pool else {
        // In what it is paid is unknown, so that nothing can be said about amounts; the keys are known all the same.
        ["max_price", "max_slots", "budget"].into_iter().for_each(|key| _ = table.optional(key));
        table.finish(d);
        return None;
    };
    let tariff = names.tariff_of(pool, index);
    let max_price = table.or("max_price", None, |table, key| stated_price(table, key, tariff, d).map(Some));
    let max_slots = table.or("max_slots", None, |table, key| table.whole(key, 1..=MOST_SLOTS, d).map(Some));
    let budget = table.rule("budget", d, |table, d| {
        table.required("amount", &format!("\"12 {}\"", tariff.currency), d);
        table.money("amount", tariff, d)
    });
    table.finish(d);
    Some((pool, TierTerms { max_price: max_price?, max_slots: max_slots?, budget: budget.ok()? }))
}

/// Everything but the tiers' own.
pub(super) fn terms(table: &mut Fields<'_>, tiers: Vec<TierTerms>, d: &mut Diagnostics) -> Option<BurstTerms> {
    let triggers = table.rule("trigger", d, triggers);
    let revoked = [("as-interrupted", WhenRevoked::AsInterrupted), ("next-tier", WhenRevoked::NextTier)];
    let when_revoked = table.or("when_revoked", WhenRevoked::default(), |table, key| table.choice(key, &revoked, d));
    let back = [("at-the-end", GiveBack::AtTheEnd), ("when-free", GiveBack::WhenFree)];
    let give_back = table.or("give_back", GiveBack::default(), |table, key| table.choice(key, &back, d));
    let pays = table.or("pays", Pays::default(), |table, key| pays(table, key, d));
    let judged = table.choice("judged", &[("at-start", false), ("throughout", true)], d);
    let end_below_minimum = table.or("end_below_minimum", false, |table, key| table.boolean(key, d));
    Some(BurstTerms {
        tiers,
        triggers: triggers.ok()?.unwrap_or_default(),
        when_revoked: when_revoked?,
        give_back: give_back?,
        pays: pays?,
        judged_throughout: judged.unwrap_or(false),
        end_below_minimum: end_below_minimum?,
    })
}

fn triggers(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Triggers> {
    let waited = unless_none(table, "waited", |table, key| table.duration(key, d));
    let utilisation = unless_none(table, "utilisation", |table, key| utilisation(table, key, d));
    let budget_reset = table.or("budget_reset", false, |table, key| table.boolean(key, d));
    let tier_freed = table.or("tier_freed", false, |table, key| table.boolean(key, d));
    let triggers =
        Triggers { waited: waited?, utilisation: utilisation?, budget_reset: budget_reset?, tier_freed: tier_freed? };
    if table.is_table() && !triggers.is_any() {
        d.error(table.at(), "`trigger` says nothing", "no trigger").help(
            "write trigger = { waited = \"10m\" }, or leave it out: a request then bursts when its pool refuses it",
        );
    }
    Some(triggers)
}

/// What an arm can take away with `"none"`.
fn unless_none<T>(
    table: &mut Fields<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Fields<'_>, &'static str) -> Option<T>,
) -> Option<Option<T>> {
    match table.optional(key) {
        Some(node) if !node.is_word("none") => read(table, key).map(Some),
        _ => Some(None),
    }
}

fn utilisation(table: &mut Fields<'_>, key: &'static str, d: &mut Diagnostics) -> Option<Share> {
    let share = table.share(key, d)?;
    if share.parts() >= PARTS_PER_WHOLE {
        d.error(table.place_of(key), "`utilisation` must be below 100 %: no pool ever has more", "never passed")
            .help("write utilisation = \"90 %\"; whoever waits bursts as soon as more of the slots are held");
        return None;
    }
    Some(share)
}

fn pays(table: &mut Fields<'_>, key: &'static str, d: &mut Diagnostics) -> Option<Pays> {
    let node = table.optional(key)?;
    if !matches!(node.value, Value::Table(_)) {
        let whole = Share::from_parts(PARTS_PER_WHOLE);
        let words = [
            ("owner", Pays::Owner),
            ("member-pool-price", Pays::MemberPoolPrice),
            ("member-cost", Pays::Member(whole)),
        ];
        return fields::choose(node, key, &words, d);
    }
    let mut split = Fields::new(node, format!("{}.pays", table.path()), d);
    split.required("split", "\"40 %\"", d);
    let share = split.share("split", d);
    if share.is_some_and(|share| share.parts() > PARTS_PER_WHOLE) {
        d.error(split.place_of("split"), "a member pays at most 100 % of a burst", "more than all")
            .help("write the member's share: pays = { split = \"40 %\" }");
        return None;
    }
    split.finish(d);
    Some(Pays::Member(share?))
}
