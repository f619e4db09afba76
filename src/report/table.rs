//! The table a run prints on a terminal: metrics down, arms across, differences beside them; or arms down and metrics
//! across, where there are too many arms to stand side by side.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Row as Line, Table, TableStyle};

use super::digits;
use super::grid::{Comparison, Dropped, Grid, Row, excludes_zero};
use crate::analysis::Interval;
use crate::experiment::results::{Difference, MetricId, Summary};

/// A rule below the heading and nothing else: what is copied from it is still a table.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// From so many arms on they stand below each other, unless a line holds them all beside each other.
const ARMS_AS_ROWS: usize = 4;

/// What is not known: the metric is missing in an arm, or its denominator was 0.
const MISSING: &str = "-";

/// The metrics that `keep` accepts, without those that are 0 in every arm and those of a party that repeat a pool's, in
/// lines of at most `width` columns. What does not fit side by side continues in a block of its own: up to three arms
/// with their differences, or the metrics of more arms, which then stand below each other, without differences. Notes
/// below the table run on for the terminal to wrap.
///
/// Pass [`headlines`](super::headlines) for the short table.
pub fn headline(summary: &Summary, keep: &dyn Fn(&MetricId) -> bool, width: u16) -> String {
    let mut grid = Grid::new(summary, keep);
    let dropped = grid.drop_rows();
    let columns = columns(&grid);
    if grid.arms.len() >= ARMS_AS_ROWS && columns_that_fit(&grid, &columns, width) < columns.len() {
        return arms_as_rows(&grid, width) + &notes(summary, &grid, dropped, Layout::ArmsAsRows);
    }
    render(summary, &grid, dropped, width)
}

/// Every row of the summary, zeros included, in lines of at most `width` columns.
pub fn complete(summary: &Summary, width: u16) -> String {
    render(summary, &Grid::new(summary, &|_| true), Dropped::default(), width)
}

fn render(summary: &Summary, grid: &Grid<'_>, dropped: Dropped, width: u16) -> String {
    let columns = columns(grid);
    let mut text = String::new();
    let mut first = 0;
    while first < columns.len() {
        let count = columns_that_fit(grid, &columns[first..], width);
        text += &block(grid, &columns[first..first + count], Some(width)).trim_fmt();
        text += "\n\n";
        first += count;
    }
    text + &notes(summary, grid, dropped, Layout::ArmsAsColumns)
}

/// A block for each scope, and more where its metrics do not fit side by side.
fn arms_as_rows(grid: &Grid<'_>, width: u16) -> String {
    let mut text = String::new();
    for rows in grid.rows.chunk_by(|a, b| a.id.scope == b.id.scope) {
        let mut first = 0;
        while first < rows.len() {
            let fits = |count: &usize| lines_width(&metrics_block(grid, &rows[first..first + count], None)) <= width;
            let count = (1..=rows.len() - first).take_while(fits).last().unwrap_or(1);
            text += &metrics_block(grid, &rows[first..first + count], Some(width)).trim_fmt();
            text += "\n\n";
            first += count;
        }
    }
    text
}

fn lines_width(table: &Table) -> u16 {
    table.column_max_content_widths().iter().fold(0, |total, content| total.saturating_add(content.saturating_add(2)))
}

/// One table of some metrics of one scope: the names of the arms that have any of them, then a column for each metric.
fn metrics_block(grid: &Grid<'_>, rows: &[Row<'_>], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let scope = rows.first().map(|row| row.id.scope.to_string());
    let mark = if grid.comparisons.is_empty() { "" } else { "  " };
    let headings = rows.iter().map(|row| format!("{}{mark}\n{}{mark}", row.id.metric, row.id.unit));
    table.set_header(scope.into_iter().chain(headings));
    for (at, arm) in grid.arms.iter().enumerate() {
        if rows.iter().all(|row| row.estimates[at].is_none()) {
            continue;
        }
        let comparison = grid.comparisons.iter().position(|comparison| comparison.arm == *arm);
        let cells = rows.iter().map(|row| {
            let difference = comparison.and_then(|comparison| row.differences[comparison]);
            let certain = difference.is_some_and(|difference| excludes_zero(&difference.interval));
            let mark = if certain { " *" } else { mark };
            estimate_cell(row.estimates[at]) + mark
        });
        table.add_row([format!("  {arm}")].into_iter().chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What stands below what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    ArmsAsColumns,
    ArmsAsRows,
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
        let names = [format!("  {}", row.id.metric), row.id.unit.to_string()];
        table.add_row(names.into_iter().chain(columns.iter().map(|column| column.cells[at].clone())));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What a reader has to know to read the table.
pub(super) fn notes(summary: &Summary, grid: &Grid<'_>, dropped: Dropped, layout: Layout) -> String {
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
    match (grid.comparisons.first(), layout) {
        (None, _) => {}
        (Some(_), Layout::ArmsAsColumns) => {
            notes.push("* the interval of the paired difference excludes 0".to_owned());
            notes.push("xN: variance reduction by common random numbers".to_owned());
        }
        (Some(Comparison { baseline, .. }), Layout::ArmsAsRows) => {
            notes.push(format!("* the interval of the paired difference from {baseline} excludes 0"));
            notes.push("-v shows the differences".to_owned());
        }
    }
    let what = if layout == Layout::ArmsAsRows { "metrics" } else { "rows" };
    let reasons = [(dropped.zero, "they are 0 in every arm"), (dropped.repeated, "they say again what a pool's say")];
    for (count, reason) in reasons.into_iter().filter(|(count, _)| *count > 0) {
        notes.push(format!("{what} left out because {reason}: {count}"));
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
    fn many_arms_stand_below_each_other_unless_a_line_holds_them() {
        let narrow = headline(&summary(5), &is_headline, 60);
        let expected = "\
\x20provider  arrivals
           requests
──────────────────────
   base        1000
   low         1000
   high        1000
   arm-3       1000
   arm-4       1000

 pool:gpu    utilisation         price_mean
                       1              USD/h
──────────────────────────────────────────────
   base    0.812 ± 0.012    0.0500 ± 0.0012
   low     0.853 ± 0.012 *  0.0525 ± 0.0012 *
   high    0.894 ± 0.012 *  0.0550 ± 0.0012 *
   arm-3   0.934 ± 0.012 *  0.0575 ± 0.0012 *
   arm-4   0.975 ± 0.012 *  0.0600 ± 0.0012 *

mean ± half-width of 95 % confidence intervals; 20 replications per arm
* the interval of the paired difference from base excludes 0
-v shows the differences
metrics left out because they are 0 in every arm: 1
";
        assert_eq!(narrow, expected);
        let wide = headline(&summary(5), &is_headline, 300);
        assert!(wide.contains("metric") && wide.contains("arm-4 - base"), "{wide}");
        assert!(headline(&summary(3), &is_headline, 60).contains("high - base"), "three arms keep their differences");
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
