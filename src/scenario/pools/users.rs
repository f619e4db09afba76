//! Who is meant by the name of a user, a group or a department.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::simulation::Model;

/// The members of a model by name. Nothing is sorted before somebody asks for a name.
pub(in crate::scenario) struct Users<'m> {
    pub(super) model: &'m Model,
    /// Numbers of groups by name.
    groups: OnceCell<BTreeMap<&'m str, usize>>,
    /// Numbers of departments by name.
    departments: OnceCell<BTreeMap<&'m str, usize>>,
    /// Names of members with their numbers, in the order of names.
    members: OnceCell<Vec<(&'m str, usize)>>,
}

impl<'m> Users<'m> {
    pub(in crate::scenario) fn new(model: &'m Model) -> Self {
        Self { model, groups: OnceCell::new(), departments: OnceCell::new(), members: OnceCell::new() }
    }

    /// Numbers of the members of the group of this name.
    pub(super) fn of_group(&self, name: &str) -> Range<usize> {
        let groups = &self.model.groups;
        let by_name = || groups.iter().enumerate().map(|(number, group)| (group.group.name.as_str(), number)).collect();
        let Some(number) = self.groups.get_or_init(by_name).get(name) else { return 0..0 };
        let end = groups.get(number + 1).map_or(self.model.members.len(), |next| next.first_member);
        groups[*number].first_member..end
    }

    /// The number of the department of this name.
    pub(super) fn department(&self, name: &str) -> Option<usize> {
        let departments = self.model.departments.iter().enumerate();
        let by_name = || departments.map(|(number, name)| (name.as_str(), number)).collect();
        self.departments.get_or_init(by_name).get(name).copied()
    }

    /// Numbers of the members of this name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        let sorted = self.members.get_or_init(|| {
            let members = self.model.members.iter().enumerate();
            let mut sorted: Vec<_> = members.map(|(number, member)| (member.name.as_str(), number)).collect();
            sorted.sort_unstable();
            sorted
        });
        let first = sorted.partition_point(|(known, _)| *known < name);
        let count = sorted[first..].partition_point(|(known, _)| *known == name);
        sorted[first..first + count].iter().map(|(_, number)| *number)
    }
}
