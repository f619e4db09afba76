//! Which full records are wanted: `records` and `record_replications` of the `[report]` table.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::node::{Node, Value};
use crate::simulation::Table;

/// Full records of the first replications of each arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// Which tables; none, unless they are asked for.
    pub tables: Vec<Table>,
    /// Of how many replications of each arm.
    pub replications: u64,
}

impl Default for Records {
    fn default() -> Self {
        Self { tables: Vec::new(), replications: 1 }
    }
}

/// The command line takes no more either.
const MOST_REPLICATIONS: u64 = 1_000_000_000;

pub(super) fn read(table: &mut Fields<'_>, d: &mut Diagnostics) -> Records {
    let tables = table.optional("records").map_or_else(Vec::new, |node| tables(node, d));
    let replications = table.whole("record_replications", 1..=MOST_REPLICATIONS, d).unwrap_or(1);
    Records { tables, replications }
}

/// What a scenario wants that has been checked.
pub(super) fn of(root: &Node) -> Records {
    let mut unheard = Diagnostics::default();
    root.get("report").map_or_else(Records::default, |entry| {
        read(&mut Fields::new(&entry.node, "report", &mut unheard), &mut unheard)
    })
}

fn tables(node: &Node, d: &mut Diagnostics) -> Vec<Table> {
    if node.is_word("none") {
        return Vec::new();
    }
    if node.is_word("all") {
        return Table::ALL.to_vec();
    }
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`records` is {}", node.kind()), "expected a list of tables")
            .help("write records = [\"billing\", \"leases\"], \"all\" or \"none\"");
        return Vec::new();
    };
    let known = Table::ALL.map(|table| (table.name(), table));
    let mut wanted: Vec<Table> = items.iter().filter_map(|item| fields::choose(item, "records", &known, d)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The tables of a list as a command line has it: names with commas between them, or `all`.
///
/// # Errors
/// A sentence that names the word that is no table, and those that there are.
pub fn parse_tables(text: &str) -> Result<Vec<Table>, String> {
    if text == "all" {
        return Ok(Table::ALL.to_vec());
    }
    let table = |word: &str| {
        let found = Table::ALL.into_iter().find(|table| table.name() == word.trim());
        let names = || Table::ALL.map(Table::name).join(", ");
        found.ok_or_else(|| format!("there is no table `{}`; tables are: all, {}", word.trim(), names()))
    };
    let mut wanted = text.split(',').map(table).collect::<Result<Vec<_>, _>>()?;
    wanted.sort_unstable();
    wanted.dedup();
    Ok(wanted)
}
