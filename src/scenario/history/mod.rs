//! Price histories that a scenario plays: found, read once, and judged.
//!
//! ```text
//! file --formats--> rows --cleaning--> prices in order --start, scale--> PriceHistory of the simulation
//! ```

mod cleaning;
mod formats;
mod rows;
mod timing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::diagnostic::Diagnostics;
use super::node::Node;
use crate::units::SimDuration;

pub(super) use cleaning::{Playing, Recorded, Unplayable};
pub(super) use rows::Wanted;
pub(super) use timing::instant;

/// Histories by path and by what of them is wanted, each read once however many arms play it.
pub(super) struct Histories<'a> {
    /// Paths are relative to this folder.
    folder: &'a Path,
    horizon: Option<SimDuration>,
    read: Vec<((PathBuf, Wanted), Arc<Recorded>)>,
}

impl<'a> Histories<'a> {
    pub(super) fn new(folder: &'a Path, horizon: Option<SimDuration>) -> Self {
        Self { folder, horizon, read: Vec::new() }
    }

    /// How long the prices are needed, if that is known.
    pub(super) fn horizon(&self) -> Option<SimDuration> {
        self.horizon
    }

    /// Reads the prices that are `wanted` of the history `name`, which stands at `node` in the table `table`.
    pub(super) fn load(
        &mut self,
        node: &Node,
        (name, table): (&str, &str),
        wanted: &Wanted,
        d: &mut Diagnostics,
    ) -> Option<Arc<Recorded>> {
        let path = self.folder.join(name);
        match self.read(&path, wanted) {
            Ok(recorded) => is_usable(&recorded, name, node, d).then_some(recorded),
            Err(error) => {
                let tried = path.display();
                d.error(&node.at, format!("the history `{name}` cannot be read: {error}"), "looked for here").help(
                    format!(
                        "{tried} was tried; set the path here (relative to the scenario), or by --set {table}.history=PATH. \
                         `aws ec2 describe-spot-price-history` writes such a file"
                    ),
                );
                None
            }
        }
    }

    fn read(&mut self, path: &Path, wanted: &Wanted) -> io::Result<Arc<Recorded>> {
        let known = self.read.iter().find(|((known, what), _)| known == path && what == wanted);
        if let Some((_, recorded)) = known {
            return Ok(Arc::clone(recorded));
        }
        let bytes = fs::read(path)?;
        let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let recorded = Arc::new(Recorded::new(formats::read(bytes, wanted)?, digest));
        self.read.push(((path.to_owned(), wanted.clone()), Arc::clone(&recorded)));
        Ok(recorded)
    }

    /// What was read and what was dropped, a sentence per history.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |path: &Path, recorded: &Recorded| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            format!("{name}: {}", recorded.note())
        };
        self.read.iter().map(|((path, _), recorded)| note(path, recorded)).collect()
    }

    /// Paths of the histories, with the digests of their content.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = Vec::new();
        for ((path, _), recorded) in &self.read {
            let file = (path.display().to_string(), recorded.digest.clone());
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

/// Reports what is wrong with a history; false if nothing of it could be played.
fn is_usable(recorded: &Recorded, name: &str, node: &Node, d: &mut Diagnostics) -> bool {
    if recorded.prices.is_empty() {
        let message = format!("the history `{name}` holds no price that could be played");
        let others = recorded.others.iter().map(|market| format!("\"{market}\"")).collect::<Vec<_>>().join(", ");
        d.error(&node.at, message, "no usable row").help(match recorded.others.is_empty() {
            true => format!("{}; a row has a time and a price", recorded.note()),
            false => format!("none of the markets in it is the one that is asked for; there are {others}"),
        });
        return false;
    }
    if recorded.markets.len() > 1 {
        let markets = recorded.markets.iter().map(|market| format!("\"{market}\"")).collect::<Vec<_>>().join(", ");
        d.error(&node.at, format!("the history `{name}` mixes several markets"), "one price at a time is needed")
            .help(format!("choose one by `instance_type`, `zone` and `product`; there are {markets}"));
        return false;
    }
    if let Some(row) = recorded.first_malformed {
        d.warning(&node.at, format!("the history `{name}` has {} malformed rows", recorded.malformed), "dropped")
            .help(format!("the first is row {row}; a row has a time, such as 2016-04-25T11:27:51Z, and a price"));
    }
    true
}
