//! Identities: small numbers that index a table.

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The identity as an index.
            #[inline]
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index! {
    /// A pool, in the order in which the marketplace was given them.
    PoolId
}
index! {
    /// Whoever has an account: the provider, a customer, a member.
    PartyId
}
index! {
    /// An account of a customer, or the provider's own: in whose name pools are created and changed.
    AccountId
}
index! {
    /// A list of pools in order of preference; see [`super::Marketplace::with_choices`].
    ChoiceId
}
index! {
    /// A currency; each has a ledger of its own.
    CurrencyId
}
index! {
    /// Where a live request is kept. Places are used again; a request's *number* is not.
    Place
}
