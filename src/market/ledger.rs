//! Who has paid whom: double entry, exact, one book per currency.

use super::ids::{CurrencyId, PartyId};
use crate::units::{ACCRUALS_PER_MONEY, Accrual, Money, PARTS_PER_WHOLE, bill_millionths};

/// Balances of all parties, with the accruals that the postings were rounded from.
///
/// A posting takes an amount from one account and gives it to another, so that debits equal credits after
/// every posting. Charges accrue unrounded and are rounded once, when they are billed; what rounding left
/// over stands in the currency's *residue* account, so that nothing is ever lost:
/// `accrued = billed × ACCRUALS_PER_MONEY + residue`, exactly ([`Ledger::check`]).
#[derive(Clone, Debug)]
pub struct Ledger {
    parties: usize,
    /// By currency.
    books: Vec<Book>,
}

/// What was paid in one currency.
#[derive(Clone, Debug)]
struct Book {
    /// By party: money received less money paid.
    balances: Vec<Money>,
    control: Control,
}

/// Totals of one currency, against which the balances are checked.
#[derive(Clone, Copy, Debug, Default)]
struct Control {
    /// Exact charges for the use of slots.
    accrued: Accrual,
    /// The same charges as billed.
    billed: Money,
    /// Exact charges less billed charges.
    residue: Accrual,
    /// Exact per-cent fees, in millionths of an accrual unit.
    fees_accrued: i128,
    /// The same fees as billed.
    fees_billed: Money,
    /// Exact fees less billed fees, in millionths of an accrual unit.
    fees_residue: i128,
    /// Exact parts of bursts that members pay, in millionths of an accrual unit.
    recharges_accrued: i128,
    /// The same parts as billed.
    recharges_billed: Money,
    /// Exact parts less billed parts, in millionths of an accrual unit.
    recharges_residue: i128,
    /// Flat fees and prepaid charges, which have no accrual.
    fixed: Money,
    postings: u64,
}

impl Book {
    #[inline(always)]
    fn post(&mut self, payer: PartyId, payee: PartyId, money: Money) {
        self.balances[payer.index()] -= money;
        self.balances[payee.index()] += money;
        self.control.postings += 1;
    }
}

impl Ledger {
    /// Empty books for so many currencies and parties.
    #[must_use]
    pub fn new(currencies: usize, parties: usize) -> Self {
        let book = Book { balances: vec![Money::ZERO; parties], control: Control::default() };
        Self { parties, books: vec![book; currencies] }
    }

    /// Money that `party` has received less what it has paid.
    #[must_use]
    pub fn balance(&self, currency: CurrencyId, party: PartyId) -> Money {
        self.books[currency.index()].balances[party.index()]
    }

    /// Number of parties.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Number of currencies.
    #[must_use]
    pub fn currencies(&self) -> usize {
        self.books.len()
    }

    /// Number of postings in all currencies.
    #[must_use]
    pub fn postings(&self) -> u64 {
        self.books.iter().map(|book| book.control.postings).sum()
    }

    /// Exact charges for the use of slots so far, whatever was billed of them.
    #[must_use]
    pub fn accrued(&self, currency: CurrencyId) -> Accrual {
        self.books[currency.index()].control.accrued
    }

    /// What rounding has left over so far: exact charges less billed charges.
    #[must_use]
    pub fn residue(&self, currency: CurrencyId) -> Accrual {
        self.books[currency.index()].control.residue
    }

    /// Checks that in every currency the balances sum to zero, and that what was accrued equals what was billed
    /// plus the residue, to the last unit.
    ///
    /// # Errors
    /// A sentence that says which books do not balance. It is a defect of this program, never of its input.
    pub fn check(&self) -> Result<(), String> {
        for (currency, Book { balances, control }) in self.books.iter().enumerate() {
            let sum: Money = balances.iter().copied().sum();
            if sum != Money::ZERO {
                return Err(format!("currency {currency}: balances sum to {} units, not to zero", sum.units()));
            }
            if control.accrued.units() != control.billed.units() * ACCRUALS_PER_MONEY + control.residue.units() {
                return Err(format!("currency {currency}: charges accrued differ from charges billed plus residue"));
            }
            let fee_unit = ACCRUALS_PER_MONEY * i128::from(PARTS_PER_WHOLE);
            if control.fees_accrued != control.fees_billed.units() * fee_unit + control.fees_residue {
                return Err(format!("currency {currency}: fees accrued differ from fees billed plus residue"));
            }
            if control.recharges_accrued != control.recharges_billed.units() * fee_unit + control.recharges_residue {
                return Err(format!(
                    "currency {currency}: recharges accrued differ from recharges billed plus residue"
                ));
            }
        }
        Ok(())
    }

    /// Bills an exact charge.
    #[inline(always)]
    pub(super) fn charge(&mut self, currency: CurrencyId, payer: PartyId, payee: PartyId, exact: Accrual) -> Money {
        let (money, left) = exact.bill();
        let book = &mut self.books[currency.index()];
        book.control.accrued += exact;
        book.control.billed += money;
        book.control.residue += left;
        book.post(payer, payee, money);
        money
    }

    /// Bills a per-cent fee: `exact` and `left` in millionths of an accrual unit.
    pub(super) fn fee(
        &mut self,
        currency: CurrencyId,
        (payer, payee): (PartyId, PartyId),
        exact: i128,
        (money, left): (Money, i128),
    ) {
        let book = &mut self.books[currency.index()];
        book.control.fees_accrued += exact;
        book.control.fees_billed += money;
        book.control.fees_residue += left;
        book.post(payer, payee, money);
    }

    /// Bills a member's part of a burst, and returns what it comes to: `exact` in millionths of an accrual unit.
    pub(super) fn recharge(&mut self, currency: CurrencyId, (payer, payee): (PartyId, PartyId), exact: i128) -> Money {
        let (money, left) = bill_millionths(exact);
        let book = &mut self.books[currency.index()];
        book.control.recharges_accrued += exact;
        book.control.recharges_billed += money;
        book.control.recharges_residue += left;
        book.post(payer, payee, money);
        money
    }

    /// Bills an amount that was fixed from the start.
    pub(super) fn fixed(&mut self, currency: CurrencyId, payer: PartyId, payee: PartyId, money: Money) {
        let book = &mut self.books[currency.index()];
        book.control.fixed += money;
        book.post(payer, payee, money);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debits_equal_credits_and_rounding_loses_nothing() {
        let (ann, lab) = (PartyId(0), PartyId(1));
        let mut ledger = Ledger::new(1, 2);
        for exact in [1, 7, ACCRUALS_PER_MONEY / 2, 3 * ACCRUALS_PER_MONEY - 1] {
            ledger.charge(CurrencyId(0), ann, lab, Accrual::from_units(exact));
            ledger.check().unwrap();
        }
        assert_eq!(ledger.balance(CurrencyId(0), lab), Money::from_units(3));
        assert_eq!(ledger.balance(CurrencyId(0), ann), Money::from_units(-3));
        assert_eq!(ledger.residue(CurrencyId(0)).units(), 1 + 7 + ACCRUALS_PER_MONEY / 2 - 1);
    }

    #[test]
    fn a_balance_that_was_tampered_with_is_found() {
        let mut ledger = Ledger::new(1, 2);
        ledger.books[0].balances[0] = Money::from_units(1);
        assert!(ledger.check().unwrap_err().contains("sum to 1 units"));
    }
}
