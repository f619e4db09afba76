//! Policies from files and templates: their keys are put into the scenario before it is read.
//!
//! Keys in the scenario win over those of the file, these over those of the template. Inline, as TOML or as XML, a policy
//! thus becomes one and the same table, and the resolved scenario holds all of it.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{template, xml};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::load::read_text;
use crate::scenario::node::{self, Entry, Node, Value};
use crate::scenario::source::{At, Source};
use crate::scenario::suggestion::nearest;

/// Finds the policies that pools name, each read once however many pools and arms name it.
pub(in crate::scenario) struct Policies<'a> {
    /// Paths are relative to this folder.
    folder: &'a Path,
    /// Where texts go that faults may point at.
    sources: &'a mut Vec<Source>,
    files: Vec<File>,
    /// By name and currency.
    templates: Vec<(String, String, Option<Node>)>,
}

struct File {
    path: PathBuf,
    digest: String,
    policy: Option<Node>,
}

impl<'a> Policies<'a> {
    pub(in crate::scenario) fn new(folder: &'a Path, sources: &'a mut Vec<Source>) -> Self {
        Self { folder, sources, files: Vec::new(), templates: Vec::new() }
    }

    /// Puts the keys of policies into the pools that name them. Where there is a fault, the pool still names its policy.
    pub(in crate::scenario) fn resolve(&mut self, root: &mut Node, d: &mut Diagnostics) {
        let Some(pools) = entry_mut(root, "pool") else { return };
        let Value::Table(pools) = &mut pools.node.value else { return };
        for Entry { node: pool, .. } in pools {
            let currency = text_of(pool, "currency").map_or_else(|| "USD".to_owned(), |(text, _)| text);
            let Some(Entry { node: pricing, .. }) = entry_mut(pool, "pricing") else { continue };
            if text_of(pricing, "method").is_some_and(|(method, _)| method == "formula")
                && let Some(resolved) = self.resolved(pricing, &currency, d)
            {
                *pricing = resolved;
            }
        }
    }

    fn resolved(&mut self, pricing: &Node, currency: &str, d: &mut Diagnostics) -> Option<Node> {
        let mut resolved = pricing.clone();
        if let Some((path, at)) = text_of(pricing, "policy") {
            if pricing.get("template").is_some() {
                d.error(&at, "a pool has a `policy` or a `template`, not both", "one of the two")
                    .help("the policy itself may name a template");
                return None;
            }
            let file = self.file(&path, &at, d)?;
            resolved = laid_over(file, without(resolved, "policy"));
        }
        if let Some((name, at)) = text_of(&resolved, "template") {
            let template = self.template(&name, currency, &at, d)?;
            resolved = laid_over(template, without(resolved, "template"));
        }
        Some(resolved)
    }

    fn file(&mut self, name: &str, at: &At, d: &mut Diagnostics) -> Option<Node> {
        let path = self.folder.join(name);
        if let Some(file) = self.files.iter().find(|file| file.path == path) {
            return file.policy.clone();
        }
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) => {
                unreadable(name, &path, &error, at, d);
                return None;
            }
        };
        let digest = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let policy = self.parsed(path.display().to_string(), text, d);
        self.files.push(File { path, digest, policy: policy.clone() });
        policy
    }

    fn parsed(&mut self, name: String, text: String, d: &mut Diagnostics) -> Option<Node> {
        let is_xml = Path::new(&name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
        let number = self.sources.len();
        self.sources.push(Source { name, text });
        let source = &self.sources[number];
        let policy = if is_xml { xml::parse(source, number, d) } else { node::parse(source, number, d) }?;
        refuse(&policy, d).then_some(policy)
    }

    fn template(&mut self, name: &str, currency: &str, at: &At, d: &mut Diagnostics) -> Option<Node> {
        let is_known = |(n, c, _): &&(String, String, Option<Node>)| n == name && c == currency;
        if let Some((.., template)) = self.templates.iter().find(is_known) {
            return template.clone();
        }
        let Some(text) = template::text(name, currency) else {
            let diagnostic = d.error(at, format!("there is no template `{name}`"), "unknown template");
            match nearest(name, &template::NAMES) {
                Some(near) => diagnostic.help(format!("did you mean \"{near}\"?")),
                None => diagnostic.help(format!("templates are: {}", template::NAMES.join(", "))),
            }
            return None;
        };
        let template = self.parsed(format!("template {name}"), text, d);
        self.templates.push((name.to_owned(), currency.to_owned(), template.clone()));
        template
    }

    /// Paths of the policy files, with the digests of their content.
    pub(in crate::scenario) fn files(&self) -> Vec<(String, String)> {
        self.files.iter().map(|file| (file.path.display().to_string(), file.digest.clone())).collect()
    }
}

fn unreadable(name: &str, path: &Path, error: &io::Error, at: &At, d: &mut Diagnostics) {
    d.error(at, format!("the policy `{name}` cannot be read: {error}"), "looked for here").help(format!(
        "{} was tried: the path is relative to the scenario, and the file is TOML, or XML if it ends in .xml",
        path.display()
    ));
}

/// Reports what only a scenario may say; false if there is such a thing.
fn refuse(policy: &Node, d: &mut Diagnostics) -> bool {
    let mut is_sound = true;
    for entry in policy.entries().iter().filter(|entry| ["method", "policy"].contains(&entry.key.as_str())) {
        is_sound = false;
        d.error(&entry.at, format!("a policy file has no key `{}`", entry.key), "only in a scenario")
            .help("keys here: template, price, rank, constants, every, price_cap");
    }
    is_sound
}

fn laid_over(mut base: Node, over: Node) -> Node {
    node::merge(&mut base, &over);
    Node { at: over.at, ..base }
}

fn without(mut node: Node, key: &str) -> Node {
    if let Value::Table(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
    node
}

fn entry_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Entry> {
    match &mut node.value {
        Value::Table(entries) => entries.iter_mut().find(|entry| entry.key == key),
        _ => None,
    }
}

/// The text under a key, with its place; what is no text is left to whoever reads the table.
fn text_of(node: &Node, key: &str) -> Option<(String, At)> {
    match node.get(key).map(|entry| &entry.node) {
        Some(Node { value: Value::Text(text), at }) => Some((text.clone(), at.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use crate::market::{FormulaRules, Pricing, Variables};
    use crate::scenario::{Load, Override, Plan, load, render};
    use crate::units::{Price, SimDuration};

    const SCENARIO: &str = "
        [experiment]
        horizon = '10h'
        [pool.lab]
        slots = 2
        on_interruption = 'lost'
        currency = 'credits'
        pricing = { method = 'formula', POLICY }
        [group.users]
        pool = 'lab'
        arrivals = { rate = '1 /h' }
        duration = '1h'
        bid = '1 credits/h'
    ";
    const INLINE: &str =
        "price = 'clamp(base + step * queue_length, minimum, unit)', rank = 'bid > 0 && bid < unit ? bid : 0',
        every = '5m', price_cap = '1 credits/h', constants = { base = '0.02 credits/h', step = 40 }";
    const TOML: &str = "
        price = 'clamp(base + step * queue_length, minimum, unit)'
        rank = 'bid > 0 && bid < unit ? bid : 0'
        every = '5m'
        price_cap = '1 credits/h'
        constants = { base = '0.02 credits/h', step = 40 }
    ";
    const XML: &str = "<?xml version='1.0'?>
        <policy>
            <constant name='base'>0.02 credits/h</constant>
            <price> clamp(base + step * <!-- each --> queue_length, minimum, unit) </price>
            <rank>bid &gt; 0 &amp;&amp; <![CDATA[bid < unit]]> ? bid : 0</rank>
            <every>5m</every>
            <constant name='step'>40</constant>
            <price-cap>1 credits/h</price-cap>
        </policy>
    ";

    /// Loads the scenario with such a policy, beside the files `policy.toml` and `policy.xml`, with a change to it.
    fn loaded(policy: &str, change: Option<(&str, &str)>) -> Result<Plan, String> {
        let folder = TempDir::new().expect("a temporary folder");
        for (name, text) in [
            ("scenario.toml", &*SCENARIO.replace("POLICY", policy)),
            ("policy.toml", TOML),
            ("policy.xml", XML),
            ("same.toml", "price = 'minimum' # which is the price"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("the folder is writable");
        }
        let change = change.map(|(path, value)| Override { path: path.to_owned(), value: value.to_owned() });
        let path = folder.path().join("scenario.toml");
        let what = Load { path: &path, overrides: change.as_slice() };
        let (plan, faults, sources) = load(&what).expect("the scenario is readable");
        match render(&faults, &sources, false) {
            faults if faults.is_empty() => Ok(plan.expect("there are no faults")),
            faults => Err(faults),
        }
    }

    fn rules(plan: &Plan) -> FormulaRules {
        match &plan.arms[0].model.pools[0].rules.pricing {
            Pricing::Formula(rules) => rules.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn price(policy: &str, variables: &Variables) -> i64 {
        rules(&loaded(policy, None).expect(policy)).price.evaluate(variables).expect(policy)
    }

    fn rank(policy: &str, variables: &Variables) -> i64 {
        let rank = rules(&loaded(policy, None).expect(policy)).rank;
        rank.expect(policy).evaluate(variables).expect(policy)
    }

    #[test]
    fn a_policy_is_the_same_inline_in_toml_and_in_xml() {
        for policy in [INLINE, "policy = 'policy.toml'", "policy = 'policy.xml'"] {
            let rules = rules(&loaded(policy, None).expect(policy));
            assert_eq!(
                (rules.every, rules.cap),
                (SimDuration::from_seconds(300), Some(Price::from_units(1_000_000_000)))
            );
            for queue_length in [0, 1, 7, 1_000_000_000] {
                for bid in [-1, 0, 5, 1_000_000_000] {
                    let variables = Variables { queue_length, bid, minimum: 21_000_000, ..Variables::default() };
                    let price = (20_000_000 + 40 * queue_length).clamp(21_000_000, 1_000_000_000);
                    assert_eq!(rules.price.evaluate(&variables), Ok(price));
                    let rank = if bid < 1_000_000_000 { bid.max(0) } else { 0 };
                    assert_eq!(rules.rank.as_ref().expect(policy).evaluate(&variables), Ok(rank));
                }
            }
        }
    }

    #[test]
    fn policies_enter_the_digest() {
        let plan = |policy| loaded(policy, None).expect(policy);
        let [inline, toml, xml] = [INLINE, "policy = 'policy.toml'", "policy = 'policy.xml'"].map(plan);
        assert_eq!(inline.arms[0].resolved, toml.arms[0].resolved);
        assert!(inline.files.is_empty());
        assert!(toml.files[0].0.ends_with("policy.toml") && xml.files[0].0.ends_with("policy.xml"));
        assert_ne!(toml.digest(), xml.digest());
        assert_ne!(plan("template = 'surge'").digest(), plan("template = 'queue'").digest());
    }

    #[test]
    fn the_scenario_wins_over_the_file() {
        let queue = Variables { queue_length: 2, ..Variables::default() };
        assert_eq!(price("policy = 'policy.toml', constants = { step = 50 }", &queue), 20_000_100);
        assert_eq!(price("policy = 'policy.xml', price = 'base + 0 * step', rank = 'none'", &queue), 20_000_000);
    }

    #[test]
    fn another_policy_takes_all_of_the_first_away() {
        let path = "pool.lab.pricing.policy";
        for policy in ["template = 'aging'", "policy = 'policy.xml'", INLINE] {
            let rules = rules(&loaded(policy, Some((path, "same.toml"))).expect(policy));
            assert!(rules.rank.is_none() && rules.every == SimDuration::from_seconds(60), "{rules:?}");
            assert_eq!(rules.price.evaluate(&Variables { minimum: 3, ..Variables::default() }), Ok(3));
        }
    }

    #[test]
    fn templates() {
        let at = |utilisation| Variables { utilisation, ..Variables::default() };
        let hour = |hour_of_day| Variables { hour_of_day, ..Variables::default() };
        let queue = |queue_length| Variables { queue_length, ..Variables::default() };
        for (policy, variables, expected) in [
            ("template = 'utilisation'", at(0), 10_000_000),
            ("template = 'utilisation'", at(500_000), 55_000_000),
            ("template = 'utilisation', constants = { peak = '0.03 credits/h' }", at(500_000), 20_000_000),
            ("template = 'surge'", at(799_999), 20_000_000),
            ("template = 'surge'", at(800_000), 60_000_000),
            ("template = 'time-of-day'", hour(7), 20_000_000),
            ("template = 'time-of-day'", hour(8), 60_000_000),
            ("template = 'time-of-day'", hour(20), 20_000_000),
            ("template = 'time-of-day', constants = { day_ends = 22 }", hour(20), 60_000_000),
            ("template = 'queue'", queue(3), 35_000_000),
            ("template = 'fair-share'", Variables { minimum: 9, ..Variables::default() }, 9),
            ("template = 'aging'", Variables { minimum: 9, ..Variables::default() }, 9),
        ] {
            assert_eq!(price(policy, &variables), expected, "{policy}");
        }
        let used = Variables { department_usage: 5, ..Variables::default() };
        assert_eq!(rank("template = 'fair-share'", &used), -5);
        let waiting = Variables { bid: 7, waiting_time: 1_800, ..Variables::default() };
        assert_eq!(rank("template = 'aging'", &waiting), 5_000_007);
    }
}
