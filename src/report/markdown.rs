//! The summary as a Markdown table, for a pull request or a page of notes.

use super::grid::Grid;
use super::table::{Column, Layout, columns, notes};
use crate::experiment::results::{MetricId, Summary};

/// The rows that `keep` accepts, without those that are 0 in every arm, as one Markdown table with notes.
pub fn markdown(summary: &Summary, keep: &dyn Fn(&MetricId) -> bool) -> String {
    let mut grid = Grid::new(summary, keep);
    let dropped = grid.drop_rows();
    let columns = columns(&grid);
    let mut text = String::new();
    if !columns.is_empty() {
        text += &head(&columns);
        for (at, row) in grid.rows.iter().enumerate() {
            let names = [&row.id.scope, &row.id.metric, &row.id.unit].map(|name| escape(name));
            text += &line(names.into_iter().chain(columns.iter().map(|column| escape(&column.cells[at]))));
        }
        text += "\n";
    }
    let notes = notes(summary, &grid, dropped, Layout::ArmsAsColumns);
    text + &notes.lines().map(|note| format!("- {}\n", escape(note))).collect::<String>()
}

fn head(columns: &[Column]) -> String {
    let names = ["scope", "metric", "unit"].map(str::to_owned);
    let rules = ["---"; 3].into_iter().chain(columns.iter().map(|_| "---:")).map(str::to_owned);
    line(names.into_iter().chain(columns.iter().map(|column| escape(&column.heading)))) + &line(rules)
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Keeps names and marks from being read as markup, and runs of spaces from being kept.
fn escape(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('\\', "\\\\").replace('|', "\\|").replace('*', "\\*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{empty, summary};
    use crate::report::is_headline;

    #[test]
    fn two_arms_make_one_table() {
        let expected = "\
| scope | metric | unit | base | low | low - base |
| --- | --- | --- | ---: | ---: | ---: |
| provider | arrivals | requests | 1000 | 1000 | 0 |
| pool:gpu | utilisation | 1 | 0.812 ± 0.012 | 0.853 ± 0.012 | 0.0406 ± 0.0062 \\* x12 |
| pool:gpu | price_mean | USD/h | 0.0500 ± 0.0012 | 0.0525 ± 0.0012 | 0.00250 ± 0.00061 \\* x12 |

- mean ± half-width of 95 % confidence intervals; 20 replications per arm
- \\* the interval of the paired difference excludes 0
- xN: variance reduction by common random numbers
- rows left out because they are 0 in every arm: 1
";
        assert_eq!(markdown(&summary(2), &is_headline), expected);
    }

    #[test]
    fn bars_in_names_are_escaped() {
        let mut summary = summary(1);
        for estimate in &mut summary.estimates {
            estimate.arm = "a|b".into();
        }
        assert!(markdown(&summary, &is_headline).starts_with("| scope | metric | unit | a\\|b |\n"));
    }

    #[test]
    fn an_empty_summary_says_so() {
        assert_eq!(markdown(&empty(), &is_headline), "- no estimates\n");
    }
}
