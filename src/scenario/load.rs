//! From files and overrides to a plan: the models of all arms.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::arms::{self, ArmTree};
use super::bounds;
use super::checks::{self, Subject};
use super::demand::{self, ReadGroup};
use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::events::{self, Owned};
use super::experiment::{self, Settings};
use super::formula::Policies;
use super::hardware::{self, Traces};
use super::hindsight;
use super::history::Histories;
use super::logs::Logs;
use super::names::{self, Names, PROVIDER};
use super::node::{self, Node, Value};
use super::pace;
use super::pools::{self, ReadPool, Users};
use super::records::{self, Records};
use super::report;
use super::resale;
use super::resolved;
use super::source::{At, Source};
use super::suggestion::Unknown;
use super::tariff::Unit;
use crate::market::{BurstRules, PoolId};
use crate::simulation::{Economics, GroupModel, HardwareModel, Member, Model, Party, PoolModel};
use crate::units::{Epoch, SimTime};

/// A change from the command line: `path = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// `pool.lab.slots`.
    pub path: String,
    /// TOML, or a text without quotes.
    pub value: String,
}

/// What to load.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    /// The scenario file.
    pub path: &'a Path,
    /// Changes to it, in order.
    pub overrides: &'a [Override],
}

/// A checked scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the experiment.
    pub name: String,
    /// Seed of all streams.
    pub seed: u64,
    /// Replications per arm.
    pub replications: u64,
    /// Confidence level of the intervals.
    pub confidence: f64,
    /// The arms in the order of the file.
    pub arms: Vec<Arm>,
    /// Index of the arm that the others are compared with.
    pub baseline: usize,
    /// What is worth saying about the input files.
    pub notes: Vec<String>,
    /// Content digests of the input files, with their names.
    pub files: Vec<(String, String)>,
    /// Which full records are wanted.
    pub records: Records,
    /// The calendar date of time 0, in records.
    pub epoch: Epoch,
}

/// One arm.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// What is simulated.
    pub model: Arc<Model>,
    /// The scenario of this arm as resolved.
    pub resolved: Json,
}

impl Plan {
    /// SHA-256 of what decides the results: resolved arms and content of the input files.
    #[must_use]
    pub fn digest(&self) -> String {
        resolved::digest(self.arms.iter().map(|arm| (arm.name.as_str(), &arm.resolved)), &self.files)
    }
}

/// Loads a scenario. The plan is `None` if there is an error among the diagnostics.
///
/// # Errors
/// If the scenario file itself cannot be read.
pub fn load(what: &Load<'_>) -> io::Result<(Option<Plan>, Vec<Diagnostic>, Vec<Source>)> {
    let mut sources = vec![Source { name: what.path.display().to_string(), text: read_text(what.path)? }];
    let mut d = Diagnostics::default();
    let mut root = node::parse(&sources[0], 0, &mut d);
    for change in what.overrides {
        sources.push(Source { name: "--set".to_owned(), text: override_text(change) });
        let number = sources.len() - 1;
        let over = node::parse(&sources[number], number, &mut d);
        root = root.zip(over).map(|(root, over)| changed(root, &over, &change.path, &mut d));
    }
    let folder = what.path.parent().unwrap_or(Path::new("."));
    let stem = what.path.file_stem().map_or_else(|| "experiment".into(), |stem| stem.to_string_lossy().into_owned());
    let plan = root.and_then(|root| plan(&root, &stem, folder, &mut sources, &mut d));
    let diagnostics = d.sorted();
    let is_sound = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    Ok((plan.filter(|_| is_sound), diagnostics, sources))
}

pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(std::fs::read(path)?).map_err(|error| {
        let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + sound.iter().filter(|byte| **byte == b'\n').count();
        let byte = error.as_bytes()[sound.len()];
        let message = format!("it is no UTF-8 text (byte {byte:#04x} on line {line})");
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// The scenario with an override in it and in its arms.
fn changed(mut root: Node, over: &Node, path: &str, d: &mut Diagnostics) -> Node {
    // A path into a table changes one that there is; a whole table may be new.
    let is_whole = path.split('.').count() <= 2;
    if is_whole || is_known(&root, over, d) {
        node::merge(&mut root, over);
        apply_to_arms(&mut root, over);
    }
    root
}

/// Are there the customers, pools and groups that an override changes?
fn is_known(root: &Node, over: &Node, d: &mut Diagnostics) -> bool {
    let mut is_known = true;
    for kind in ["customer", "pool", "group"] {
        let names: Vec<&str> = root.section(kind).iter().map(|entry| entry.key.as_str()).collect();
        for entry in over.section(kind).iter().filter(|entry| !names.contains(&entry.key.as_str())) {
            is_known = false;
            let unknown = Unknown { word: &entry.key, known: &names, listed: "there are" };
            d.unknown(&entry.at, format!("there is no {kind} `{}`", entry.key), "unknown", &unknown);
        }
    }
    is_known
}

/// An override as a line of TOML. A value that is no TOML is taken as a text, so that no quotes are needed in a shell.
fn override_text(change: &Override) -> String {
    let line = format!("{} = {}\n", change.path, change.value);
    if toml::de::DeTable::parse(&line).is_ok() {
        return line;
    }
    let quoted = change.value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{} = \"{quoted}\"\n", change.path)
}

/// An override wins over what an arm says about the same key.
fn apply_to_arms(root: &mut Node, over: &Node) {
    let Value::Table(entries) = &mut root.value else { return };
    let Some(arms) = entries.iter_mut().find(|entry| entry.key == "arm") else { return };
    let Value::Table(arms) = &mut arms.node.value else { return };
    for arm in arms {
        merge_known(&mut arm.node, over);
    }
}

/// Merges only what the base already mentions.
fn merge_known(base: &mut Node, over: &Node) {
    let Value::Table(entries) = &mut base.value else {
        *base = over.clone();
        return;
    };
    for entry in entries {
        if let Some(change) = over.get(&entry.key) {
            merge_known(&mut entry.node, &change.node);
        }
    }
}

fn plan(root: &Node, stem: &str, folder: &Path, sources: &mut Vec<Source>, d: &mut Diagnostics) -> Option<Plan> {
    let settings = experiment::settings(root, d);
    let mut trees = arms::split(root, d);
    let mut policies = Policies::new(folder, sources);
    trees.iter_mut().for_each(|tree| policies.resolve(&mut tree.root, d));
    let horizon = settings.as_ref().map(|settings| settings.horizon);
    let mut inputs = Inputs {
        logs: Logs::new(folder, horizon),
        histories: Histories::new(folder, horizon),
        traces: Traces::new(folder),
    };
    let models: Vec<Option<Model>> = trees.iter().map(|tree| model(tree, settings.as_ref(), &mut inputs, d)).collect();
    let settings = settings?;
    let baseline = baseline(&settings, &trees, root, d);
    let arms = trees.iter().zip(models).map(|(tree, model)| {
        let model = Arc::new(model?);
        Some(Arm { name: tree.name.clone(), model, resolved: resolved::to_json(&tree.root) })
    });
    Some(Plan {
        name: settings.name.clone().unwrap_or_else(|| stem.to_owned()),
        seed: settings.seed,
        replications: settings.replications,
        confidence: settings.confidence,
        arms: arms.collect::<Option<Vec<Arm>>>()?,
        baseline: baseline?,
        notes: inputs.notes(),
        files: inputs.files().into_iter().chain(policies.files()).collect(),
        records: records::of(root),
        epoch: settings.epoch,
    })
}

/// The files that a scenario reads, beside its policies.
struct Inputs<'a> {
    logs: Logs<'a>,
    histories: Histories<'a>,
    traces: Traces<'a>,
}

impl Inputs<'_> {
    fn notes(&self) -> Vec<String> {
        self.logs.notes().into_iter().chain(self.histories.notes()).collect()
    }

    fn files(&self) -> Vec<(String, String)> {
        self.logs.files().into_iter().chain(self.histories.files()).chain(self.traces.files()).collect()
    }
}

fn baseline(settings: &Settings, trees: &[ArmTree], root: &Node, d: &mut Diagnostics) -> Option<usize> {
    let Some(name) = &settings.baseline else { return Some(0) };
    let found = trees.iter().position(|tree| tree.name == *name);
    if found.is_none() {
        let at = root.get("experiment").and_then(|entry| entry.node.get("baseline")).map(|entry| &entry.node.at);
        let arms: Vec<&str> = trees.iter().map(|tree| tree.name.as_str()).collect();
        d.error(at.unwrap_or(&root.at), format!("there is no arm `{name}` to compare with"), "unknown arm")
            .help(format!("arms are: {}", arms.join(", ")));
    }
    found
}

fn model(tree: &ArmTree, settings: Option<&Settings>, inputs: &mut Inputs<'_>, d: &mut Diagnostics) -> Option<Model> {
    let root = &tree.root;
    let names = names::names(root, d);
    let mut read: Vec<Option<ReadPool<'_>>> = root
        .section("pool")
        .iter()
        .enumerate()
        .map(|(i, entry)| pools::pool(i, &entry.node, &names, &mut inputs.histories, d))
        .collect();
    hardware::instances(root, &mut read, d);
    let groups: Vec<Option<ReadGroup>> = root
        .section("group")
        .iter()
        .map(|entry| demand::group(&entry.key, &entry.node, &names, &read, &mut inputs.logs, d))
        .collect();
    for kind in ["pool", "group"] {
        let is_empty =
            root.get(kind).is_none_or(|entry| matches!(&entry.node.value, Value::Table(all) if all.is_empty()));
        if is_empty {
            let at = At::new(root.at.source, 0..0);
            d.error(&at, format!("the scenario has no {kind}"), format!("no `[{kind}.NAME]` in this file"))
                .help(format!("add a table `[{kind}.NAME]`"));
        }
    }
    let owner = |read: &Option<ReadPool<'_>>| {
        let rules = &read.as_ref()?.rules;
        let (owner, first) = (rules.owner, rules.controllers.first().copied());
        let authorised = names.accounts.authorised(owner);
        let account = if rules.controllers.contains(&authorised) { authorised } else { first.unwrap_or(authorised) };
        Some(Owned { owner, account, leading_tier: rules.burst.as_ref().and_then(BurstRules::leading_tier) })
    };
    let owned: Vec<_> = read.iter().map(owner).collect();
    let steps = events::owner_steps(root, &owned, &names, d);
    let report = report::report(root, &names, d);
    let read: Vec<ReadPool<'_>> = read.into_iter().collect::<Option<_>>()?;
    let mut read = agreed(read);
    let ground = hardware::place(root, &names, &mut read, d);
    let horizon = settings.map(|settings| settings.horizon);
    let faults = hardware::faults(root, ground.as_ref(), horizon, &mut inputs.traces, d);
    let places: Vec<&Node> = root.section("pool").iter().map(|entry| &entry.node).collect();
    checks::pools(&Subject::new(&read, &steps, &places, &names), d);
    let groups: Vec<ReadGroup> = groups.into_iter().collect::<Option<_>>()?;
    let homes: Vec<PoolId> = groups.iter().map(|group| group.pool).collect();
    let wishes = hardware::wishes(root, ground.as_ref(), (&read, &homes), d);
    let mut model = assemble(&names, (read, &places), groups, settings?, d);
    model.hardware = ground.map(|ground| HardwareModel {
        hardware: ground.hardware,
        regions: ground.regions.iter().map(|name| (*name).to_owned()).collect(),
        zones: ground.zones.iter().map(|name| (*name).to_owned()).collect(),
        wishes,
        clocks: faults.clocks,
        failures: faults.failures,
        repairs: faults.repairs,
    });
    let users = Users::new(&model);
    model.owner_steps = steps.into_iter().map(|read| read.resolved(&users, d)).collect();
    (model.conversion, model.economics) = (report.conversion, report.economics);
    pace::check(&model, root, d);
    resale::check(&model, root, d);
    bounds::check(&model, root, d);
    hindsight::check(&model, root, d);
    Some(model)
}

/// The pools, with the prices of slots bought for a term as they are posted where they were not stated.
fn agreed(mut pools: Vec<ReadPool<'_>>) -> Vec<ReadPool<'_>> {
    let posted: Vec<_> = pools.iter().map(|pool| pool.rules.pricing.clone()).collect();
    for line in pools.iter_mut().flat_map(|pool| &mut pool.rules.supply) {
        if let Some(purchase) = &mut line.purchase {
            pools::agree(purchase, &posted[line.from.index()]);
        }
    }
    pools
}

fn assemble(
    names: &Names<'_>,
    (pools, places): (Vec<ReadPool<'_>>, &[&Node]),
    groups: Vec<ReadGroup>,
    settings: &Settings,
    d: &mut Diagnostics,
) -> Model {
    let mut model = Model {
        currencies: names.currencies.iter().map(|name| (*name).to_owned()).collect(),
        parties: [PROVIDER]
            .iter()
            .chain(names.customers.iter())
            .map(|name| Party { name: (*name).to_owned() })
            .collect(),
        accounts: names.accounts.models(),
        pools: Vec::new(),
        groups: Vec::new(),
        departments: Vec::new(),
        members: Vec::new(),
        owner_steps: Vec::new(),
        hardware: None,
        conversion: None,
        warm_up: SimTime::ZERO + settings.warm_up,
        horizon: SimTime::ZERO + settings.horizon,
        series_step: settings.step(),
        reports_members: settings.reports_members,
        economics: Economics::default(),
    };
    let mut departments = BTreeMap::new();
    for read in groups {
        add_group(&mut model, read, &mut departments);
    }
    let departments = pools::departments(&model);
    let users = Users::new(&model);
    let mut models = Vec::with_capacity(pools.len());
    for (index, (read, name)) in pools.into_iter().zip(names.pools.iter()).enumerate() {
        let mut rules = read.rules;
        rules.members = read.members.map(|named| pools::admitted(&users, &named, d));
        pools::check_maximum(&rules, places[index], d);
        rules.fairness = match &read.fairness {
            Some(fairness) => Some(pools::resolved_fairness(&users, fairness, &departments, d)),
            None => pools::known_to_formulas(&rules, &departments),
        };
        let unit = names.pool_units[index].map(Unit::resource);
        let (minimum_schedule, given) = (read.minimum_schedule, read.given);
        models.push(PoolModel { name: (*name).to_owned(), rules, minimum_schedule, given, unit });
    }
    model.pools = models;
    model
}

/// `departments` are those of the model by name.
fn add_group(model: &mut Model, read: ReadGroup, departments: &mut BTreeMap<String, usize>) {
    let first_member = model.members.len();
    let number = model.groups.len();
    for (name, department) in read.members {
        let department = departments.get(&department).copied().unwrap_or_else(|| {
            model.departments.push(department.clone());
            departments.insert(department, model.departments.len() - 1);
            model.departments.len() - 1
        });
        model.members.push(Member { name, group: number, department });
    }
    model.groups.push(GroupModel { group: read.group, pool: read.pool, alternatives: read.alternatives, first_member });
}
