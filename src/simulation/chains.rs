//! Whom slots serve in the end: a slot that a pool passes on as supply is used if whoever has it uses it.
//!
//! Slots of a pool are not told apart. Used are first those of its own, then those of its supply lines in the order in which
//! they are written, then what it has taken since by events and rules. Of pools that are merged, the members of each use what
//! it put in before they use what the others have left, first those named first.

use super::model::Model;
use crate::market::{JointUse, PoolId};

/// By pool: the slots that are there, where they came from, and how many serve anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chains {
    links: Vec<Link>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Link {
    slots: u32,
    held: u32,
    /// Those of them that other pools have.
    passed_on: u32,
    /// Those of these that are used.
    used_above: u32,
    /// What it has put into a joint pool.
    contributed: u32,
    /// What its members hold there.
    held_by_members: u32,
    /// What anybody uses of what it has put in.
    contributed_used: u32,
    /// The pools that it has slots from, in the order in which these are used.
    sources: Vec<Source>,
    /// The pools that it joins.
    merges: Vec<PoolId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source {
    from: PoolId,
    slots: u32,
    used: u32,
}

impl Link {
    fn there(&self) -> u32 {
        self.slots.saturating_add(self.contributed)
    }

    /// Slots that are used after those of its own.
    fn used_of_supply(&self) -> u32 {
        let supplied: u32 = self.sources.iter().map(|source| source.slots).sum();
        self.used().saturating_sub(self.there().saturating_sub(supplied))
    }

    fn used(&self) -> u32 {
        self.held.saturating_sub(self.passed_on) + self.used_above + self.contributed_used
    }

    fn source(&mut self, from: PoolId) -> &mut Source {
        let number = self.sources.iter().position(|source| source.from == from).unwrap_or(self.sources.len());
        if number == self.sources.len() {
            self.sources.push(Source { from, slots: 0, used: 0 });
        }
        &mut self.sources[number]
    }
}

impl Chains {
    pub(super) fn new(model: &Model) -> Self {
        let links = model.pools.iter().map(|pool| {
            let merges = pool.rules.joint.as_ref().map_or_else(Vec::new, |joint| joint.merges.clone());
            let mut link = Link { merges, ..Link::default() };
            pool.rules.supply.iter().for_each(|line| _ = link.source(line.from));
            link
        });
        Self { links: links.collect() }
    }

    /// Slots of a pool that serve anybody.
    pub(super) fn used(&self, pool: PoolId) -> u32 {
        self.links[pool.index()].used()
    }

    /// Those of them that are not its own.
    pub(super) fn used_of_supply(&self, pool: PoolId) -> u32 {
        self.links[pool.index()].used_of_supply()
    }

    /// A pool has so many slots now, `None` without limit, and so many of them are held. Is that another level?
    pub(super) fn set_level(&mut self, pool: PoolId, slots: Option<u32>, held: u32) -> bool {
        let link = &mut self.links[pool.index()];
        let slots = slots.unwrap_or(u32::MAX);
        let is_new = (link.slots, link.held) != (slots, held);
        (link.slots, link.held) = (slots, held);
        is_new
    }

    /// `to` has a slot more of `from` now, or one less.
    pub(super) fn pass_on(&mut self, from: PoolId, to: PoolId, is_more: bool) {
        let moved = |slots: u32| if is_more { slots + 1 } else { slots - 1 };
        let link = &mut self.links[from.index()];
        link.passed_on = moved(link.passed_on);
        let source = self.links[to.index()].source(from);
        source.slots = moved(source.slots);
    }

    /// What a partner has and uses in a joint pool has changed. The partners, if that matters to any of them.
    pub(super) fn set_joint(&mut self, levels: &JointUse) -> Option<Vec<PoolId>> {
        let link = &mut self.links[levels.partner.index()];
        if (link.contributed, link.held_by_members) == (levels.contributed, levels.used) {
            return None;
        }
        (link.contributed, link.held_by_members) = (levels.contributed, levels.used);
        let partners = self.links[levels.joint.index()].merges.clone();
        let links = partners.iter().map(|partner| &self.links[partner.index()]);
        let mut guests: u32 = links.map(|link| link.held_by_members.saturating_sub(link.contributed)).sum();
        for partner in &partners {
            let link = &mut self.links[partner.index()];
            let at_home = link.held_by_members.min(link.contributed);
            let by_guests = guests.min(link.contributed - at_home);
            guests -= by_guests;
            link.contributed_used = at_home + by_guests;
        }
        Some(partners)
    }

    /// Works out anew which slots of its sources a pool uses. For those of whom it uses more or fewer than before, `pool`
    /// itself left out, that has to be done as well.
    pub(super) fn assign(&mut self, pool: PoolId) -> Vec<PoolId> {
        let link = &mut self.links[pool.index()];
        let mut left = link.used_of_supply();
        let mut changes = Vec::new();
        for source in &mut link.sources {
            let used = left.min(source.slots);
            left -= used;
            if used != source.used {
                changes.push((source.from, i64::from(used) - i64::from(source.used)));
                source.used = used;
            }
        }
        for (from, change) in &changes {
            let above = &mut self.links[from.index()].used_above;
            *above = u32::try_from(i64::from(*above) + change).expect("sums of what is used of each");
        }
        changes.into_iter().map(|(from, _)| from).collect()
    }
}
