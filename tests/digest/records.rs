//! What is told of a replication row by row is whole, and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use overspill::market::{BillingKind, Ending, PoolId};
use overspill::simulation::{
    BidEvent, LeaseRow, Model, Record, RecordSink, Table, UsageRow, replicate, replicate_recorded,
};
use overspill::units::SimTime;

use super::{hex, methods, model};

/// Keeps every row.
#[derive(Default)]
struct Rows(Vec<Record>);

impl RecordSink for Rows {
    fn take(&mut self, record: Record) {
        self.0.push(record);
    }
}

/// Wants and keeps rows of one table.
struct Only(Table, Vec<Record>);

impl RecordSink for Only {
    fn wants(&self, table: Table) -> bool {
        table == self.0
    }

    fn take(&mut self, record: Record) {
        self.1.push(record);
    }
}

fn models() -> [Model; 2] {
    [model(), methods::model()]
}

fn rows(model: &Model) -> Vec<Record> {
    let mut rows = Rows::default();
    replicate_recorded(model, 7, 3, &mut rows).expect("books that balance");
    rows.0
}

macro_rules! only {
    ($rows:expr, $kind:ident) => {
        $rows.iter().filter_map(|record| if let Record::$kind(row) = record { Some(Clone::clone(row)) } else { None })
    };
}

#[test]
fn a_recorded_replication_has_the_outcome_of_one_that_is_not() {
    for model in models() {
        let (mut all, mut none) = (Rows::default(), Only(Table::Operations, Vec::new()));
        let unrecorded = replicate(&model, 7, 3).expect("books that balance");
        for sink in [&mut all as &mut dyn RecordSink, &mut none] {
            let recorded = replicate_recorded(&model, 7, 3, sink).expect("books that balance");
            assert_eq!(recorded, unrecorded, "{}", hex(recorded.digest));
        }
        assert!(all.0.len() > 1_000 && none.1.len() == model.owner_steps.len());
    }
}

#[test]
fn every_request_arrives_once_and_has_one_fate() {
    for model in models() {
        let rows = rows(&model);
        let mut closed: Vec<u64> = only!(rows, Request).map(|row| row.request).collect();
        let made: Vec<u64> =
            only!(rows, Bid).filter(|row| row.event == BidEvent::Made).map(|row| row.request).collect();
        closed.sort_unstable();
        let all: Vec<u64> = (0..closed.len() as u64).collect();
        assert_eq!((&closed, &made), (&all, &all));
        for row in only!(rows, Request) {
            let started = row.started.unwrap_or(row.arrived);
            assert!(row.arrived <= started && started <= row.ended && row.ended <= model.horizon, "{row:?}");
            assert_eq!(row.member.is_none(), row.supplies.is_some());
        }
    }
}

#[test]
fn every_lease_ends_once_and_its_stretches_follow_one_another() {
    for model in models() {
        let rows = rows(&model);
        let leases: BTreeMap<u64, LeaseRow> = only!(rows, Lease).map(|row| (row.lease, row)).collect();
        assert_eq!(only!(rows, Lease).count(), leases.len());
        assert!(leases.keys().copied().eq(0..leases.len() as u64));
        let mut stretches: BTreeMap<u64, Vec<UsageRow>> = BTreeMap::new();
        only!(rows, Usage).for_each(|row| stretches.entry(row.lease).or_default().push(row));
        assert_eq!(stretches.len(), leases.len());
        for (number, lease) in &leases {
            let stretches = &stretches[number];
            assert_eq!((stretches[0].from, stretches[stretches.len() - 1].to), (lease.from, lease.to), "{lease:?}");
            assert!(stretches.windows(2).all(|pair| pair[0].to == pair[1].from), "{lease:?}");
            assert_eq!(stretches.iter().map(|row| row.slot_ticks).sum::<i128>(), lease.slot_ticks);
        }
    }
}

#[test]
fn every_interruption_ends_a_lease_and_belongs_to_a_request() {
    for model in models() {
        let rows = rows(&model);
        let mut of_request: BTreeMap<u64, u32> = BTreeMap::new();
        let mut leases = BTreeMap::new();
        for row in only!(rows, Interruption) {
            *of_request.entry(row.request).or_default() += 1;
            leases.insert(row.lease, row.cause);
        }
        assert!(!leases.is_empty());
        for lease in only!(rows, Lease) {
            let cause = if let Ending::Interrupted(cause) = lease.ending { Some(cause) } else { None };
            assert_eq!(leases.get(&lease.lease).copied(), cause, "{lease:?}");
        }
        for request in only!(rows, Request) {
            assert_eq!(request.interruptions, of_request.get(&request.request).copied().unwrap_or(0));
        }
    }
}

/// Stretches are billed one by one, unless they were paid for before.
#[test]
fn what_is_used_is_billed() {
    for model in models() {
        let rows = rows(&model);
        let prepaid: BTreeSet<u64> =
            only!(rows, Lease).filter(|lease| lease.is_prepaid).map(|lease| lease.lease).collect();
        let used = only!(rows, Usage).filter(|row| !prepaid.contains(&row.lease));
        let billed = only!(rows, Billing).filter(|row| row.kind == BillingKind::Use);
        let used: Vec<_> = used.map(|row| (row.lease, row.from, row.to, row.charge.bill().0)).collect();
        let billed: Vec<_> = billed.map(|row| (row.lease.unwrap(), row.from, row.to, row.amount)).collect();
        let sorted = |mut rows: Vec<_>| {
            rows.sort_unstable();
            rows
        };
        assert!(sorted(used) == sorted(billed));
    }
}

#[test]
fn prices_are_told_when_they_change_and_revisions_when_they_are_made() {
    let rows = rows(&methods::model());
    let mut last = BTreeMap::<PoolId, (SimTime, _)>::new();
    for row in only!(rows, Price) {
        let levels = (row.level.price, row.level.minimum, row.level.capacity);
        let before = last.insert(row.pool, (row.at, levels));
        assert!(before.is_none_or(|(at, before)| at <= row.at && before != levels), "{row:?}");
    }
    let count = |wanted: fn(BidEvent) -> bool| only!(rows, Bid).filter(|row| wanted(row.event)).count();
    assert!(count(|event| event == BidEvent::Revised) > 10);
    assert!(count(|event| matches!(event, BidEvent::Round(_))) > 100);
    assert!(only!(rows, Bid).all(|row| row.member.is_some()));
}
