//! The formats of price histories, told apart by what they begin with.
//!
//! - JSON of `aws ec2 describe-spot-price-history`: an object with a list `SpotPriceHistory`, several of them one after
//!   the other (its pages), or the bare list.
//! - Tab-separated text: that command's `--output text`, `SPOTPRICEHISTORY zone type product price time`, and that of the
//!   older tools, `SPOTPRICEHISTORY price time type product zone` (or `SPOTINSTANCEPRICE`); archives leave the first
//!   column out.
//! - CSV with a line of names, of which `timestamp` and a price are needed.
//!
//! Each may be compressed with gzip.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use serde_json::{Deserializer, Value};

use super::rows::{self, Fields, Rows, Wanted};

/// Reads a file's content.
///
/// # Errors
/// If it is of none of these formats. Bad rows are no error: they are counted.
pub(super) fn read(bytes: Vec<u8>, wanted: &Wanted) -> io::Result<Rows> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { decompressed(&bytes)? } else { bytes };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let first_line = text.lines().next().unwrap_or_default();
    if text.starts_with(['{', '[']) {
        json(text, wanted)
    } else if first_line.contains('\t') {
        Ok(tabs(text, wanted))
    } else {
        csv(text, wanted)
    }
}

fn decompressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut content)?;
    Ok(content)
}

fn json(text: &str, wanted: &Wanted) -> io::Result<Rows> {
    let mut rows = Rows::default();
    for page in Deserializer::from_str(text).into_iter::<Value>() {
        let page = page?;
        let list = page.get("SpotPriceHistory").unwrap_or(&page);
        let Some(list) = list.as_array() else {
            return Err(invalid("it has no list `SpotPriceHistory`"));
        };
        for entry in list {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            // The command writes prices as texts; a number keeps its digits only up to 17 of them, which is enough.
            let number = entry.get("SpotPrice").filter(|price| price.is_number()).map(Value::to_string);
            let fields = Fields {
                timestamp: text("Timestamp"),
                price: number.as_deref().unwrap_or_else(|| text("SpotPrice")),
                instance_type: text("InstanceType"),
                zone: text("AvailabilityZone"),
                product: text("ProductDescription"),
            };
            rows.take(&fields, wanted);
        }
    }
    Ok(rows)
}

fn tabs(text: &str, wanted: &Wanted) -> Rows {
    let mut rows = Rows::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        if columns[0].starts_with("SPOT") {
            columns.remove(0);
        }
        let is_price_first = columns.first().is_some_and(|first| rows::price(first).is_some());
        match columns[..] {
            [price, timestamp, instance_type, product, ref rest @ ..] if is_price_first => {
                let zone = rest.first().copied().unwrap_or_default();
                rows.take(&Fields { timestamp, price, instance_type, zone, product }, wanted);
            }
            [zone, instance_type, product, price, timestamp, ..] => {
                rows.take(&Fields { timestamp, price, instance_type, zone, product }, wanted);
            }
            _ => rows.drop_malformed(),
        }
    }
    rows
}

/// Names of columns, in lower case and without `_` and `-`.
const COLUMNS: [(&str, &[&str]); 5] = [
    ("timestamp", &["timestamp", "time", "date"]),
    ("price", &["priceusdperhour", "price", "spotprice"]),
    ("instance_type", &["instancetype", "type"]),
    ("zone", &["availabilityzone", "zone"]),
    ("product", &["productdescription", "product"]),
];

fn csv(text: &str, wanted: &Wanted) -> io::Result<Rows> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers()?.iter().map(|name| name.to_lowercase().replace(['_', '-'], "")).collect();
    let column = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
    let [timestamp, price, instance_type, zone, product] = COLUMNS.map(|(_, known)| column(known));
    let (Some(timestamp), Some(price)) = (timestamp, price) else {
        return Err(invalid("its first line does not name the columns `timestamp` and `price_usd_per_hour`"));
    };
    for (stated, column, name) in [
        (&wanted.instance_type, instance_type, "instance_type"),
        (&wanted.zone, zone, "zone"),
        (&wanted.product, product, "product"),
    ] {
        if stated.is_some() && column.is_none() {
            return Err(invalid(&format!("it has no column `{name}` to choose by")));
        }
    }
    let mut rows = Rows::default();
    for record in reader.records() {
        let Ok(record) = record else {
            rows.drop_malformed();
            continue;
        };
        let field = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
        let fields = Fields {
            timestamp: field(Some(timestamp)),
            price: field(Some(price)),
            instance_type: field(instance_type),
            zone: field(zone),
            product: field(product),
        };
        rows.take(&fields, wanted);
    }
    Ok(rows)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
