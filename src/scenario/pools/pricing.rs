//! How the price of a pool comes about: `pricing = { method = ... }`.

use crate::market::{CapMode, Payment, PriceCap, PriceRule, Pricing, SpotRules};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;

pub(super) fn pricing(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<Pricing> {
    #[derive(Clone, Copy)]
    enum Method {
        Posted,
        Spot,
    }
    let path = format!("{}.pricing", table.path());
    let node = table.required("pricing", &format!("{{ method = \"posted\", price = \"0.05 {currency}/h\" }}"), d)?;
    let mut table = Fields::new(node, path, d);
    table.required("method", "\"posted\" or \"spot\"", d)?;
    let method = table.choice("method", &[("posted", Method::Posted), ("spot", Method::Spot)], d)?;
    let pricing = match method {
        Method::Posted => {
            table.required("price", &format!("\"0.05 {currency}/h\""), d);
            table.price("price", currency, d).map(Pricing::Posted)
        }
        Method::Spot => Some(Pricing::Spot(spot(&mut table, currency, d))),
    };
    table.finish(d);
    pricing
}

fn spot(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> SpotRules {
    let rules = [("lowest-accepted", PriceRule::LowestAccepted), ("highest-rejected", PriceRule::HighestRejected)];
    let payments = [("uniform-price", Payment::UniformPrice), ("own-bid", Payment::OwnBid)];
    let modes = [("price", CapMode::Price), ("bids", CapMode::Bids)];
    let rule = table.choice("rule", &rules, d).unwrap_or(PriceRule::LowestAccepted);
    let payment = table.choice("payment", &payments, d).unwrap_or(Payment::UniformPrice);
    let limit = table.price("price_cap", currency, d);
    let mode = table.choice("cap_on", &modes, d).unwrap_or(CapMode::Price);
    SpotRules { cap: limit.map(|limit| PriceCap { limit, mode }), ..SpotRules::continuous(rule, payment) }
}
