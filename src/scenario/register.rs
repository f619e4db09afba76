//! Names in the order of the text, each found without going through all of them.

use std::collections::BTreeMap;
use std::ops::Deref;

/// The names of one kind: a slice of them, and the place of each.
#[derive(Default)]
pub(super) struct Register<'a> {
    names: Vec<&'a str>,
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Register<'a> {
    /// The place of a name, if it is known; the first one if several have it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The place of a name, which is added if it is not known.
    pub(super) fn find_or_add(&mut self, name: &'a str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.add(name);
            self.names.len() - 1
        })
    }

    fn add(&mut self, name: &'a str) {
        self.places.entry(name).or_insert(self.names.len());
        self.names.push(name);
    }
}

impl<'a> FromIterator<&'a str> for Register<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut register = Self::default();
        names.into_iter().for_each(|name| register.add(name));
        register
    }
}

impl<'a> Deref for Register<'a> {
    type Target = [&'a str];

    fn deref(&self) -> &[&'a str] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_first_stand() {
        let mut register: Register<'_> = ["b", "a", "b"].into_iter().collect();
        assert_eq!(register.to_vec(), ["b", "a", "b"]);
        assert_eq!(["a", "b", "c"].map(|name| register.find(name)), [Some(1), Some(0), None]);
        assert_eq!(["c", "a", "c"].map(|name| register.find_or_add(name)), [3, 1, 3]);
        assert_eq!(register.len(), 4);
    }
}
