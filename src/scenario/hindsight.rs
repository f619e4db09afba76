//! Can the best that could have been done be found? Where it is asked for, what is known to fail is said before.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostics;
use super::node::Node;
use crate::analysis::{MOST_JOBS, MOST_JOBS_OF_DIFFERENT_SIZES};
use crate::demand::{Arrivals, Law};
use crate::market::{PoolId, Slots};
use crate::simulation::{GroupModel, Model, PoolModel};

/// Checks a model that is sound otherwise; `root` is what it was read from.
pub(super) fn check(model: &Model, root: &Node, d: &mut Diagnostics) {
    if !model.economics.offline_optimum {
        return;
    }
    for group in model.groups.iter().filter(|group| !group.alternatives.is_empty()) {
        let name = &group.group.name;
        let message = format!("group `{name}` chooses among pools, each of which would need an optimum of all of them");
        d.error(root.place(&["group", name, "pool"]), message, "several pools")
            .help("leave \"offline-optimum\" out of `economics`, or let the group ask one pool");
    }
    if model.joins_pools() {
        let message = "pools that are merged have no offline optimum: their slots and requests come and go";
        d.error(root.place(&["report", "economics"]), message, "pools are merged")
            .help("leave \"offline-optimum\" out of `economics`");
    }
    let mut asking: BTreeMap<PoolId, Vec<&GroupModel>> = BTreeMap::new();
    for group in &model.groups {
        asking.entry(group.pool).or_default().push(group);
    }
    for (id, groups) in &asking {
        let pool = &model.pools[id.index()];
        if !pool.rules.supply.is_empty() {
            let message =
                format!("pool `{}` has no offline optimum: slots that other pools supply come and go", pool.name);
            d.error(root.place(&["pool", &pool.name, "supply"]), message, "supplied by others")
                .help("leave \"offline-optimum\" out of `economics`, or give the pool slots of its own instead");
        } else if model.is_operated(*id) {
            let message = format!("pool `{}` has no offline optimum: its slots, members or life change", pool.name);
            d.error(root.place(&["pool", &pool.name]), message, "changes while it runs")
                .help("leave \"offline-optimum\" out of `economics`");
        } else if pool.rules.serves_in_part {
            let message = format!("pool `{}` has no offline optimum: it serves requests in part", pool.name);
            d.error(root.place(&["pool", &pool.name, "service"]), message, "partial")
                .help("leave \"offline-optimum\" out of `economics`");
        } else if pool.rules.slots != Slots::Unlimited {
            size(model, pool, groups, root, d);
        }
    }
}

/// Only requests that compete count, and how many do is not known before: so this is no error.
fn size(model: &Model, pool: &PoolModel, groups: &[&GroupModel], root: &Node, d: &mut Diagnostics) {
    let expected: f64 = groups.iter().map(|group| in_window(&group.group.arrivals, model)).sum();
    let most = if is_one_size(groups) { MOST_JOBS } else { MOST_JOBS_OF_DIFFERENT_SIZES };
    if expected > most as f64 {
        let message =
            format!("about {expected:.0} requests of pool `{}` may be too many for an offline optimum", pool.name);
        d.warning(root.place(&["report", "economics"]), message, "may end the run").help(format!(
            "at most {MOST_JOBS} requests of one size, or {MOST_JOBS_OF_DIFFERENT_SIZES} of different sizes, may compete: \
             shorten the horizon, or lengthen the warm-up"
        ));
    }
}

/// Requests expected in the window.
fn in_window(arrivals: &Arrivals, model: &Model) -> f64 {
    let share = model.window().ticks() as f64 / model.horizon.ticks().max(1) as f64;
    match arrivals {
        Arrivals::Replay(sequence) => {
            let is_inside = |submit| submit >= model.warm_up && submit < model.horizon;
            sequence.jobs().iter().filter(|job| is_inside(job.submit)).count() as f64
        }
        other => super::pace::expected_arrivals(other, model) * share,
    }
}

fn is_one_size(groups: &[&GroupModel]) -> bool {
    let size = |group: &&GroupModel| match &group.group.arrivals {
        Arrivals::Poisson { size: Law::Constant(size), .. } | Arrivals::Rounds { size: Law::Constant(size), .. } => {
            Some(*size as u32)
        }
        Arrivals::Poisson { .. } | Arrivals::Rounds { .. } => None,
        Arrivals::Replay(sequence) => {
            let first = sequence.jobs().first().map(|job| job.slots);
            first.filter(|slots| sequence.jobs().iter().all(|job| job.slots == *slots))
        }
    };
    let mut sizes = groups.iter().map(size);
    sizes.next().flatten().is_some_and(|first| sizes.all(|size| size == Some(first)))
}
