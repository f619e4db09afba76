//! The arms of an experiment meet the same requests.

use overspill::analysis::PairedRatioMoments;
use overspill::experiment::{Estimates, Finished, Observer, ObserverError, Request, results};

use super::steady::{plan, run_arm};

const GROUP: &str = "group:students";

/// Who arrives, when, for how long and how large, does not depend on what the pools do with it: not even the members
/// differ.
#[test]
fn both_arms_meet_the_same_requests() {
    let plan = plan("quickstart.toml", &[("experiment.report_members", "true"), ("experiment.replications", "20")]);
    let [wait, burst] = [0, 1].map(|arm| run_arm(&plan, arm, plan.seed));
    for scope in [GROUP, "department:physics", "member:students-1", "member:students-12"] {
        for metric in ["arrivals", "offered_load", "refused_price"] {
            assert_eq!(wait.measures(scope, metric), burst.measures(scope, metric), "{metric} of {scope}");
        }
    }
    // And no two replications are the same.
    let mut arrivals = wait.numerators(GROUP, "offered_load");
    arrivals.sort_by(f64::total_cmp);
    assert!(arrivals.windows(2).all(|pair| pair[0] < pair[1]), "{arrivals:?}");
}

/// The carried load of the arms rises and falls with the load that both are offered, so that their difference varies
/// less than that of arms with requests of their own, for which the factor is 1.
///
/// Over n = 200 pairs of independent arms the correlation r is normal with standard deviation 1/√n, within ±0.233 with
/// confidence 0.999; the factor is at most 1 / (1 - |r|) and at least 1 / (1 + |r|).
#[test]
fn common_random_numbers_reduce_the_variance_and_separate_seeds_do_not() {
    let plan = plan("quickstart.toml", &[("experiment.replications", "200"), ("experiment.horizon", "4d")]);
    let wait = run_arm(&plan, 0, plan.seed);
    let burst = run_arm(&plan, 1, plan.seed);
    let apart = run_arm(&plan, 1, plan.seed + 1);
    for (scope, metric) in [(GROUP, "carried_load"), (GROUP, "welfare_rate"), ("pool:lab", "utilisation")] {
        let factor = |other: &super::steady::Runs| {
            let mut pairs = PairedRatioMoments::default();
            for (a, b) in other.measures(scope, metric).iter().zip(&wait.measures(scope, metric)) {
                pairs.push(a.numerator, a.denominator, b.numerator, b.denominator);
            }
            pairs.vrf().expect("arms that differ")
        };
        let (common, separate) = (factor(&burst), factor(&apart));
        eprintln!("{metric} of {scope}: factors {common:.3} and {separate:.3}");
        assert!(common > 2.0, "{metric} of {scope}: {common}");
        assert!((1.0 / 1.233..1.0 / 0.767).contains(&separate), "{metric} of {scope}: {separate}");
    }
}

/// Counts what an experiment tells its observer.
#[derive(Default)]
struct Count(u64);

impl Observer for Count {
    fn started(&mut self, _: u64) {}
    fn finished(&mut self, _: &results::ReplicationValues) -> Result<(), ObserverError> {
        self.0 += 1;
        Ok(())
    }
}

/// The estimates of an experiment are those of its replications, whichever way these are run.
#[test]
fn an_experiment_estimates_what_its_replications_give() {
    let plan = plan("quickstart.toml", &[("experiment.replications", "6")]);
    let mut by_hand = Estimates::new(&plan);
    for replication in 0..plan.replications {
        for (arm, one) in plan.arms.iter().enumerate() {
            let outcome = overspill::simulation::replicate(&one.model, plan.seed, replication);
            by_hand.push(arm, &outcome.expect("books that balance"));
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let journal = folder.path().join("journal");
    for threads in [1, 3] {
        let request = Request { plan: &plan, threads, journal: &journal, fresh: true, cancel: &cancel, records: None };
        let mut count = Count::default();
        let Finished { estimates, .. } =
            overspill::experiment::run(&request, Estimates::new(&plan), &mut count).expect("a run");
        assert_eq!((count.0, estimates.replications()), (12, 6));
        assert_eq!(estimates.estimates(), by_hand.estimates());
        assert_eq!(estimates.differences(), by_hand.differences());
        assert_eq!(estimates.outcome_digests(), by_hand.outcome_digests());
    }
    let difference = by_hand.differences();
    let offered = difference.iter().find(|one| one.id.scope == GROUP && one.id.metric == "offered_load");
    assert_eq!(offered.map(|one| (one.interval.mean.to_bits(), one.vrf)), Some((0, None)));
}
