//! Envy: who would rather have what somebody else has, at what the other has paid for it.

/// What a member has, and what it values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bundle {
    /// What a slot-hour is worth to the member, in the currency.
    pub(super) value: f64,
    /// Slot-hours held.
    pub(super) held: f64,
    /// Paid for them.
    pub(super) paid: f64,
}

/// The sum over the members of what each would gain by the bundle that it likes best: its own, or another's.
///
/// Member i likes bundle j at value_i × held_j - paid_j. As functions of the value these are straight lines, and the best
/// is their upper envelope: m log m steps for m members.
///
/// Source: D. K. Foley, "Resource Allocation and the Public Sector", *Yale Economic Essays* 7 (1967); H. R. Varian,
/// "Equity, Envy, and Efficiency", *Journal of Economic Theory* 9 (1974).
pub(super) fn total_envy(bundles: &[Bundle]) -> f64 {
    let envelope = envelope(bundles);
    let envy = |member: &Bundle| {
        let best = envelope.partition_point(|(from, _)| *from <= member.value) - 1;
        (likes(member.value, &envelope[best].1) - likes(member.value, member)).max(0.0)
    };
    bundles.iter().map(envy).sum()
}

fn likes(value: f64, bundle: &Bundle) -> f64 {
    value * bundle.held - bundle.paid
}

/// The bundles that are best for some value, each with the value from which it is.
fn envelope(bundles: &[Bundle]) -> Vec<(f64, Bundle)> {
    let mut sorted = bundles.to_vec();
    sorted.sort_unstable_by(|a, b| a.held.total_cmp(&b.held).then(b.paid.total_cmp(&a.paid)));
    let mut best: Vec<(f64, Bundle)> = Vec::new();
    for bundle in sorted {
        let mut from = f64::NEG_INFINITY;
        while let Some((since, last)) = best.last() {
            // The same for no more money is better whatever the value: there the quotient is not above -∞.
            from = (bundle.paid - last.paid) / (bundle.held - last.held);
            if bundle.held > last.held && from > *since {
                break;
            }
            best.pop();
            from = f64::NEG_INFINITY;
        }
        best.push((from, bundle));
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bundles(all: &[(f64, f64, f64)]) -> Vec<Bundle> {
        all.iter().map(|(value, held, paid)| Bundle { value: *value, held: *held, paid: *paid }).collect()
    }

    #[test]
    fn equals_envy_nobody() {
        assert!(total_envy(&bundles(&[(2.0, 3.0, 1.0), (5.0, 3.0, 1.0)])) == 0.0);
        assert!(total_envy(&[]) == 0.0);
    }

    #[test]
    fn one_price_for_all_leaves_envy_only_where_somebody_got_less_than_it_wanted() {
        // At a price of 1 the second, to whom a slot-hour is worth 3, would rather have four than one; the third is
        // content without.
        let envy = total_envy(&bundles(&[(2.0, 4.0, 4.0), (3.0, 1.0, 1.0), (0.5, 0.0, 0.0)]));
        assert!((envy - (3.0 - 1.0) * 3.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_envelope_finds_what_trying_all_finds(
            all in prop::collection::vec((0..9u8, 0..9u8, 0..30u8), 0..12)
        ) {
            let all: Vec<_> = all.iter().map(|(v, h, p)| (f64::from(*v), f64::from(*h), f64::from(*p))).collect();
            let all = bundles(&all);
            let most = |one: &Bundle| all.iter().map(|other| likes(one.value, other)).fold(f64::MIN, f64::max);
            let expected: f64 = all.iter().map(|one| most(one) - likes(one.value, one)).sum();
            prop_assert!((total_envy(&all) - expected).abs() < 1e-9);
        }
    }
}
