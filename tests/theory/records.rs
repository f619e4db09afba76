//! Records of the scenarios: what is written down changes nothing, and no interruption is without a cause that is told.

use std::collections::BTreeSet;
use std::path::Path;

use overspill::market::{BillingKind, Ending};
use overspill::scenario::{Load, Plan, load, render};
use overspill::simulation::{
    Model, Outcome, Record, RecordSink, catalogue, replicate, replicate_by_the_long_way, replicate_recorded,
};

/// Without logs that are read from elsewhere.
const SCENARIOS: [&str; 14] = [
    "auction-methods.toml",
    "burst-peak.toml",
    "departments.toml",
    "loss.toml",
    "merge.toml",
    "minimum-price.toml",
    "overflow.toml",
    "quickstart.toml",
    "reserve-or-burst.toml",
    "spot-market.toml",
    "spot-replay.toml",
    "zone-outage.toml",
    "../tests/cli/lives.toml",
    "../tests/cli/methods.toml",
];

/// What rows have told of so far.
#[derive(Default)]
struct Seen(BTreeSet<&'static str>);

impl RecordSink for Seen {
    fn take(&mut self, record: Record) {
        match &record {
            Record::Billing(row) => {
                let is_of_none =
                    matches!(row.kind, BillingKind::PoolFee | BillingKind::PoolHours | BillingKind::Sharing);
                assert_eq!((row.request.is_none(), row.lease.is_none()), (is_of_none, is_of_none), "{row:?}");
                assert!(row.from <= row.to, "{row:?}");
                match row.kind {
                    BillingKind::Upfront => _ = row.commitment.expect("bought for a term"),
                    BillingKind::PoolHours => assert!(row.from < row.to, "{row:?}"),
                    _ => {}
                }
                let kinds = [(BillingKind::Upfront, "upfront"), (BillingKind::Sharing, "sharing")];
                self.0.extend(kinds.iter().filter(|(kind, _)| *kind == row.kind).map(|(_, word)| word));
            }
            Record::Lease(row) => {
                if let Some(places) = &row.places {
                    assert_eq!(places.len(), row.slots as usize, "{row:?}");
                    self.0.insert("placed");
                }
                let endings = [(Ending::Returned, "returned"), (Ending::MovedHome, "moved home")];
                self.0.extend(endings.iter().filter(|(ending, _)| *ending == row.ending).map(|(_, word)| word));
            }
            Record::Request(row) if row.affiliation.is_some() => _ = self.0.insert("merged"),
            Record::Operation(row) => {
                self.0.insert(if row.result.is_ok() { "done" } else { "denied" });
                self.0.insert(row.change);
            }
            Record::Pool(row) if row.at.ticks() > 0 => _ = self.0.insert("pool changed its stage"),
            _ => {}
        }
    }
}

/// Whatever it is warned of.
fn plan(file: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let (plan, diagnostics, sources) = load(&Load { path: &path, overrides: &[] }).expect("a scenario file");
    plan.unwrap_or_else(|| panic!("{}", render(&diagnostics, &sources, false)))
}

/// In every scope.
fn assert_causes_are_told(model: &Model, outcome: &Outcome, arm: &str) {
    let ids = catalogue(model);
    let all: Vec<_> = ids.iter().zip(&outcome.measures).collect();
    for (id, measure) in all.iter().filter(|(id, _)| id.metric == "interruptions") {
        let of_scope = all.iter().filter(|(other, _)| other.scope == id.scope);
        let by_cause = of_scope.filter(|(other, _)| other.metric.starts_with("interruptions_per_1000_slot_hours_"));
        let told: f64 = by_cause.map(|(_, measure)| measure.numerator).sum();
        assert!(
            (told - measure.numerator).abs() < 0.5,
            "{arm}: {}: {told} by cause, {} in all",
            id.scope,
            measure.numerator
        );
    }
}

#[test]
fn scenarios_have_the_same_outcome_when_recorded_or_by_the_long_way_and_hide_no_cause() {
    let mut seen = Seen::default();
    for scenario in SCENARIOS {
        let plan = plan(scenario);
        for arm in &plan.arms {
            let unrecorded = replicate(&arm.model, plan.seed, 0).expect("books that balance");
            let recorded = replicate_recorded(&arm.model, plan.seed, 0, &mut seen).expect("books that balance");
            assert!(recorded == unrecorded, "{scenario} {}", arm.name);
            let long = replicate_by_the_long_way(&arm.model, plan.seed, 0).expect("books that balance");
            assert!(long == unrecorded, "{scenario} {} without the short ways", arm.name);
            assert_causes_are_told(&arm.model, &recorded, &format!("{scenario} {}", arm.name));
        }
    }
    for what in [
        "upfront",
        "sharing",
        "placed",
        "returned",
        "moved home",
        "merged",
        "done",
        "denied",
        "create",
        "scale_up",
        "pool changed its stage",
    ] {
        assert!(seen.0.contains(what), "no scenario has seen: {what}");
    }
}
