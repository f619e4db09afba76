//! The table a run prints on a terminal: metrics down, arms across, differences beside them.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Row as Line, Table, TableStyle};

use super::digits;
use super::grid::{Comparison, Grid, Row, excludes_zero};
use crate::analysis::Interval;
use crate::experiment::results::{Difference, MetricId, Summary};

/// A rule below the heading and nothing else: what is copied from it is still a table.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// What is not known: the metric is missing in an arm, or its denominator was 0.
const MISSING: &str = "-";

/// The rows that `keep` accepts, without those that are 0 in every arm, in lines of at most `width`
/// columns. Arms that do not fit beside each other continue in a block of their own. Notes below the table
/// run on for the terminal to wrap.
///
/// Pass [`is_headline`](super::is_headline) for the short table.
pub fn headline(summary: &Summary, keep: &dyn Fn(&MetricId) -> bool, width: u16) -> String {
    let mut grid = Grid::new(summary, keep);
    let dropped = grid.drop_zero_rows();
    render(summary, &grid, dropped, width)
}

/// Every row of the summary, zeros included, in lines of at most `width` columns.
pub fn complete(summary: &Summary, width: u16) -> String {
    render(summary, &Grid::new(summary, &|_| true), 0, width)
}

fn render(summary: &Summary, grid: &Grid<'_>, dropped: usize, width: u16) -> String {
    let columns = columns(grid);
    let mut text = String::new();
    let mut first = 0;
    while first < columns.len() {
        let count = columns_that_fit(grid, &columns[first..], width);
        text += &block(grid, &columns[first..first + count], Some(width)).trim_fmt();
        text += "\n\n";
        first += count;
    }
    text + &notes(summary, grid, dropped)
}

/// A column of numbers: its heading and a cell for each row of the grid.
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) cells: Vec<String>,
}

/// The columns of all arms, then those of all comparisons.
pub(super) fn columns(grid: &Grid<'_>) -> Vec<Column> {
    let arms = grid.arms.iter().enumerate().map(|(at, arm)| Column {
        heading: (*arm).to_owned(),
        cells: grid.rows.iter().map(|row| estimate_cell(row.estimates[at])).collect(),
    });
    let differences = grid.comparisons.iter().enumerate();
    arms.chain(differences.map(|(at, comparison)| difference_column(&grid.rows, at, comparison))).collect()
}

fn difference_column(rows: &[Row<'_>], at: usize, comparison: &Comparison<'_>) -> Column {
    let factors: Vec<String> = rows.iter().map(|row| row.differences[at].map_or(String::new(), factor)).collect();
    let longest = factors.iter().map(String::len).max().unwrap_or(0);
    let cell = |(row, factor): (&Row<'_>, &String)| match row.differences[at] {
        None => MISSING.to_owned(),
        Some(difference) => {
            let mark = if excludes_zero(&difference.interval) { '*' } else { ' ' };
            format!("{} {mark} {factor:>longest$}", estimate_cell(Some(&difference.interval)))
        }
    };
    Column {
        heading: format!("{} - {}", comparison.arm, comparison.baseline),
        cells: rows.iter().zip(&factors).map(cell).collect(),
    }
}

fn estimate_cell(interval: Option<&Interval>) -> String {
    interval.map_or(MISSING.to_owned(), |interval| digits::estimate(interval.mean, interval.half_width))
}

/// The variance-reduction factor as `x12`, with a decimal while it is small.
fn factor(difference: &Difference) -> String {
    match difference.vrf.filter(|vrf| vrf.is_finite()) {
        None => String::new(),
        Some(vrf) if vrf < 9.95 => format!("x{vrf:.1}"),
        Some(vrf) => format!("x{}", digits::fixed(vrf, 0)),
    }
}

/// How many of `columns` fit beside the names of the metrics; one at least, wrapped if need be.
fn columns_that_fit(grid: &Grid<'_>, columns: &[Column], width: u16) -> usize {
    let widths = block(grid, columns, None).column_max_content_widths();
    // Each column is padded by a space on both sides.
    let padded = |content: &u16| u32::from(*content) + 2;
    let names: u32 = widths.iter().take(2).map(padded).sum();
    let room = widths.iter().skip(2).scan(names, |total, content| {
        *total += padded(content);
        Some(*total)
    });
    room.take_while(|total| *total <= u32::from(width)).count().max(1)
}

/// One table: names and units of the metrics, then the given columns.
fn block(grid: &Grid<'_>, columns: &[Column], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table.set_header(["metric", "unit"].into_iter().chain(columns.iter().map(|column| column.heading.as_str())));
    let mut scope = None;
    for (at, row) in grid.rows.iter().enumerate() {
        if scope.replace(&row.id.scope) != Some(&row.id.scope) {
            table.add_row(Line::from([&row.id.scope]));
        }
        let names = [format!("  {}", row.id.metric), row.id.unit.clone()];
        table.add_row(names.into_iter().chain(columns.iter().map(|column| column.cells[at].clone())));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What a reader has to know to read the table.
pub(super) fn notes(summary: &Summary, grid: &Grid<'_>, dropped: usize) -> String {
    let mut notes = Vec::new();
    match summary.estimates.first() {
        None => notes.push("no estimates".to_owned()),
        Some(_) if summary.replications == 1 => notes.push("one replication per arm: no intervals".to_owned()),
        Some(first) => notes.push(format!(
            "mean ± half-width of {} % confidence intervals; {} replications per arm",
            digits::plain(first.interval.confidence * 100.0),
            summary.replications
        )),
    }
    if !grid.comparisons.is_empty() {
        notes.push("* the interval of the paired difference excludes 0".to_owned());
        notes.push("xN: variance reduction by common random numbers".to_owned());
    }
    if dropped > 0 {
        notes.push(format!("rows left out because they are 0 in every arm: {dropped}"));
    }
    notes.iter().map(|note| format!("{note}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{empty, summary};
    use crate::report::is_headline;

    #[test]
    fn one_arm_has_no_differences() {
        let expected = "\
\x20metric         unit                 base
──────────────────────────────────────────
 provider
   arrivals     requests             1000
 pool:gpu
   utilisation  1           0.812 ± 0.012
   price_mean   USD/h     0.0500 ± 0.0012

mean ± half-width of 95 % confidence intervals; 20 replications per arm
rows left out because they are 0 in every arm: 1
";
        assert_eq!(headline(&summary(1), &is_headline, 100), expected);
    }

    #[test]
    fn two_arms_stand_beside_their_difference() {
        let expected = "\
\x20metric         unit                 base              low               low - base
────────────────────────────────────────────────────────────────────────────────────
 provider
   arrivals     requests             1000             1000                  0
 pool:gpu
   utilisation  1           0.812 ± 0.012    0.853 ± 0.012    0.0406 ± 0.0062 * x12
   price_mean   USD/h     0.0500 ± 0.0012  0.0525 ± 0.0012  0.00250 ± 0.00061 * x12

mean ± half-width of 95 % confidence intervals; 20 replications per arm
* the interval of the paired difference excludes 0
xN: variance reduction by common random numbers
rows left out because they are 0 in every arm: 1
";
        assert_eq!(headline(&summary(2), &is_headline, 100), expected);
    }

    #[test]
    fn columns_that_do_not_fit_continue_below() {
        let text = headline(&summary(3), &is_headline, 60);
        let (tables, _) = text.split_once("mean ±").expect("notes follow the tables");
        assert!(tables.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert_eq!(text.matches(" metric ").count(), 4, "{text}");
        for column in ["base", "low", "high", "low - base", "high - base"] {
            assert!(text.contains(column), "{column} in\n{text}");
        }
    }

    #[test]
    fn every_width_is_endured() {
        for width in [0, 1, 10, 33, u16::MAX] {
            assert!(headline(&summary(12), &is_headline, width).contains("95 %"), "{width}");
        }
    }

    #[test]
    fn the_complete_table_keeps_zeros() {
        assert!(complete(&summary(1), 100).contains("wait_mean"));
        assert!(!headline(&summary(1), &|_| true, 100).contains("wait_mean"));
    }

    #[test]
    fn an_empty_summary_says_so() {
        assert_eq!(headline(&empty(), &is_headline, 80), "no estimates\n");
    }
}
