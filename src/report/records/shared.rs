//! Columns that many tables have.

use super::column::Columns;
use super::names::Names;
use crate::market::{Level, PoolId, SlotId};

impl<'m, R: 'm> Columns<'m, R> {
    /// Whose pool it is.
    pub(super) fn customer(self, pool: impl Fn(&R) -> PoolId + Copy + Send + 'm) -> Self {
        self.named("customer", pool, Names::owner).named("account", pool, Names::account_of)
    }

    /// Who asked.
    pub(super) fn member(self, member: impl Fn(&R) -> Option<u32> + Copy + Send + 'm) -> Self {
        self.named("user", member, Names::user).named("department", member, Names::department).named(
            "group",
            member,
            Names::group,
        )
    }

    /// The pool that was asked and the one whose slots are meant, and who asked.
    pub(super) fn asked(
        self,
        home: impl Fn(&R) -> PoolId + Copy + Send + 'm,
        pool: impl Fn(&R) -> PoolId + Copy + Send + 'm,
        member: impl Fn(&R) -> Option<u32> + Copy + Send + 'm,
    ) -> Self {
        self.named("asked_pool", home, Names::pool).named("pool", pool, Names::pool).customer(home).member(member)
    }

    /// Where slots of the hardware are.
    pub(super) fn places(self, slots: impl Fn(&R) -> Option<&[SlotId]> + Copy + Send + 'm) -> Self {
        self.text("region", move |row, names| names.places(slots(row), Level::Region))
            .text("zone", move |row, names| names.places(slots(row), Level::Zone))
    }

    /// What a slot of a pool is.
    pub(super) fn instance(self, pool: impl Fn(&R) -> PoolId + Copy + Send + 'm) -> Self {
        self.named("instance_type", pool, Names::instance_type)
            .whole("size", move |row, names| names.size(pool(row)))
            .named("platform", pool, Names::platform)
            .named("tenancy", pool, Names::tenancy)
    }
}
