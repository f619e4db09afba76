//! What a replication came to, held against the best that could have been done with its requests.

use std::collections::BTreeMap;

use crate::analysis::{Job, offline_optimum};
use crate::market::Slots;
use crate::simulation::{Model, Outcome, PoolModel, RequestRecord, Scope, catalogue};

/// Completes the measures that need the optimum, where the model asks for it.
///
/// # Errors
/// A sentence, if the optimum of a pool cannot be found.
pub(super) fn complete(model: &Model, outcome: &mut Outcome) -> Result<(), String> {
    let Some(requests) = outcome.requests.take() else { return Ok(()) };
    let pools: BTreeMap<&str, usize> = model.pools.iter().map(|pool| pool.name.as_str()).zip(0..).collect();
    let mut jobs: Vec<Vec<Job>> = model.pools.iter().map(|_| Vec::new()).collect();
    requests.iter().for_each(|request| jobs[request.pool.index()].push(job(request)));
    for (id, measure) in catalogue(model).iter().zip(&mut outcome.measures) {
        if let (Scope::Pool(name), "offline_efficiency") = (id.scope, id.metric) {
            let index = *pools.get(name).ok_or_else(|| format!("no offline optimum of pool {name}: there is none"))?;
            let optimum = optimum(&model.pools[index], &jobs[index]);
            measure.denominator = optimum.map_err(|error| format!("no offline optimum of pool {name}: {error}"))?;
        }
    }
    Ok(())
}

fn optimum(pool: &PoolModel, jobs: &[Job]) -> Result<f64, String> {
    if !pool.rules.supply.is_empty() {
        return Err("the slots that other pools supply come and go".to_owned());
    }
    let capacity = match pool.rules.slots {
        Slots::Count(count) => count,
        Slots::Unlimited => u32::MAX,
    };
    offline_optimum(capacity, jobs).map_err(|error| error.to_string())
}

/// In hours and currency, which is how the welfare that it is compared with is stated.
fn job(request: &RequestRecord) -> Job {
    Job {
        start: request.arrived.as_hours(),
        end: request.until.as_hours(),
        slots: request.slots,
        value: request.value.as_currency(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::demand::{Arrivals, Bidding, Group, Job as Submitted, Law, Sequence};
    use crate::market::{PartyId, PoolId, PoolRules};
    use crate::simulation::{Economics, GroupModel, Member, Party, replicate};
    use crate::units::{Price, SimDuration, SimTime};

    /// First come, first served, on free slots: a request of two hours at 1 per hour is there first, and an hour later one
    /// of two hours at 3 per hour.
    fn model(slots: Slots, horizon: i64) -> Model {
        let group = |(number, value): (usize, f64)| {
            let submit = SimTime::ZERO + SimDuration::from_hours(number as i64);
            let job = Submitted { submit, work: SimDuration::from_hours(2), slots: 1, member: 0 };
            let group = Group {
                name: number.to_string(),
                arrivals: Arrivals::Replay(Arc::new(Sequence::new(vec![job]))),
                value: Law::Constant(value),
                bidding: Bidding::Truthful,
                patience: None,
                max_price: None,
                revision: None,
                withdrawal: None,
            };
            GroupModel { group, pool: PoolId(0), alternatives: Vec::new(), first_member: number }
        };
        let member = |number: usize| Member { name: number.to_string(), group: number, department: 0 };
        let rules = PoolRules::posted(PartyId(0), slots, Price::ZERO);
        Model {
            currencies: vec!["USD".to_owned()],
            parties: vec![Party { name: "provider".to_owned() }],
            pools: vec![PoolModel { name: "lab".to_owned(), rules, minimum_schedule: None, given: None, unit: None }],
            groups: [1.0, 3.0].into_iter().enumerate().map(group).collect(),
            departments: vec!["all".to_owned()],
            members: (0..2).map(member).collect(),
            owner_steps: Vec::new(),
            accounts: Vec::new(),
            hardware: None,
            warm_up: SimTime::ZERO,
            horizon: SimTime::ZERO + SimDuration::from_hours(horizon),
            series_step: SimDuration::from_hours(1),
            reports_members: false,
            conversion: None,
            economics: Economics { offline_optimum: true, ..Economics::default() },
        }
    }

    fn efficiency(model: &Model) -> Option<f64> {
        let mut outcome = replicate(model, 1, 0).unwrap();
        complete(model, &mut outcome).unwrap();
        let index = catalogue(model).iter().position(|id| id.metric == "offline_efficiency");
        outcome.measures[index.unwrap()].value()
    }

    #[test]
    fn who_comes_first_may_be_worth_less() {
        for (slots, horizon, expected) in [
            (Slots::Count(1), 4, 2.0 / 6.0),
            (Slots::Count(1), 2, 2.0 / 3.0),
            (Slots::Count(2), 4, 1.0),
            (Slots::Unlimited, 4, 1.0),
        ] {
            let found = efficiency(&model(slots, horizon));
            assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{slots:?}, {horizon} h: {found:?}");
        }
        assert_eq!(efficiency(&model(Slots::Count(0), 4)), None);
    }

    #[test]
    fn what_cannot_be_solved_for_is_said() {
        let mut model = model(Slots::Count(1), 4);
        let mut outcome = replicate(&model, 1, 0).unwrap();
        let line = crate::market::SupplyLine { from: PoolId(0), slots: 1, bid: Price::ZERO, purchase: None };
        model.pools[0].rules.supply.push(line);
        let message = complete(&model, &mut outcome).unwrap_err();
        assert_eq!(message, "no offline optimum of pool lab: the slots that other pools supply come and go");
    }
}
