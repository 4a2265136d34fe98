//! What namespaces add to a plan, gathered; every static once, under a name that does not depend on the config's order.

use crate::{
    config::{Backend, Config, Endpoint, Extra},
    plan::{
        Arg, Does, Ending, Endpoint as Planned, Gate, Guard, Host, Part, Place, Plan, Setter,
        Slotted, Stage, Static, Step, Text,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// What a namespace's `lower` writes to.
pub struct Lowering<'a> {
    /// The whole config, for what depends on more than the namespace's own block.
    pub config: &'a Config,
    /// Whose block it is; `None`: the root's.
    pub endpoint: Option<&'a Endpoint>,
    /// Whose block it is, where it is a backend's.
    pub backend: Option<Called<'a>>,
    /// The endpoint's function in the generated crate, by which a static that belongs to this endpoint alone is called.
    pub function: &'a str,
    pieces: &'a mut Pieces,
    added: &'a mut Added,
}

/// A backend of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// As the config has it.
    pub is: &'a Backend,
    /// What logs call its hosts: `users`.
    pub upstream: &'a str,
}

/// What the namespaces of an endpoint and of its backends add to its handler.
#[derive(Debug, Default)]
pub struct Added {
    /// In the order of their stages.
    pub steps: Vec<Step>,
    /// What ends it.
    pub ending: Option<Ending>,
    /// Of its call, in the order of their stages.
    pub guards: Vec<Guard>,
    /// Of its call, sorted.
    pub setters: Vec<Setter>,
}

/// Whose namespaces are lowered; the root's, by default.
#[derive(Debug, Clone, Copy, Default)]
struct Owner<'a> {
    endpoint: Option<&'a Endpoint>,
    backend: Option<Called<'a>>,
    function: &'a str,
}

/// Everything that was added so far.
#[derive(Debug, Default)]
pub struct Pieces {
    statics: Vec<Static>,
    gates: Vec<Gate>,
    parts: BTreeMap<Place, Option<String>>,
    features: BTreeSet<&'static str>,
    texts: BTreeSet<Text>,
    /// Steps of the endpoints that have no block of that namespace.
    elsewhere: Vec<(&'static str, Step)>,
}

impl Lowering<'_> {
    /// A static of the generated crate; two that are equal are one, so that what has a state of its own needs a name of
    /// its own: [`Lowering::constant`]. Where different ones want one name, they are numbered.
    pub fn add(&mut self, wanted: Static) -> Place {
        let same = |known: &Static| {
            (known.file, known.kind, &known.name, &known.value)
                == (wanted.file, wanted.kind, &wanted.name, &wanted.value)
        };
        if let Some(place) = self.pieces.statics.iter().position(same) {
            return place;
        }
        self.pieces.statics.push(wanted);
        self.pieces.statics.len() - 1
    }

    /// Every request passes it before it is routed.
    pub fn gate(&mut self, stage: Stage, place: Place, says: impl Into<String>) {
        let says = says.into();
        self.pieces.gates.push(Gate { stage, place, says });
    }

    /// It is started with the gateway (a gate is anyway); the steps and endings that use it say what it does.
    pub fn part(&mut self, place: Place) {
        self.pieces.parts.entry(place).or_default();
    }

    /// As [`Lowering::part`], of one that no step or ending speaks for.
    pub fn part_that(&mut self, place: Place, says: impl Into<String>) {
        self.pieces.parts.insert(place, Some(says.into()));
    }

    /// The endpoint's handler calls `function`, with the static where there is one.
    pub fn step(
        &mut self,
        stage: Stage,
        function: &'static str,
        place: Option<Place>,
        says: impl Into<String>,
    ) {
        self.added.steps.push(Step {
            stage,
            function,
            place,
            says: says.into(),
        });
    }

    /// The handler of every endpoint without a block of the namespace `key` calls `function` with the static.
    pub fn step_elsewhere(
        &mut self,
        key: &'static str,
        stage: Stage,
        function: &'static str,
        place: Place,
        says: impl Into<String>,
    ) {
        let step = Step {
            stage,
            function,
            place: Some(place),
            says: says.into(),
        };
        self.pieces.elsewhere.push((key, step));
    }

    /// The endpoint's handler ends with `function` and the static; an endpoint has one ending.
    pub fn ending(&mut self, function: &'static str, place: Place, does: Does) {
        self.added.ending = Some(Ending {
            function,
            place,
            does,
        });
    }

    /// The calls of the backend pass it before they are made; it is started with the gateway.
    pub fn guard(&mut self, stage: Stage, place: Place, says: impl Into<String>) {
        self.part(place);
        let says = says.into();
        self.added.guards.push(Guard { stage, place, says });
    }

    /// `.name(args)` on the backend's call.
    pub fn setter(
        &mut self,
        name: &'static str,
        args: impl Into<Vec<Arg>>,
        says: impl Into<String>,
    ) {
        self.added.setters.push(Setter {
            name,
            args: args.into(),
            says: says.into(),
        });
    }

    /// `POST_V1_CHAT_COMPLETIONS`: the name of a static that this endpoint shares with no other.
    pub fn constant(&self) -> String {
        self.function.to_ascii_uppercase()
    }

    /// The hosts of the endpoint's one backend, sorted: of an [`Arg::Upstream`].
    pub fn hosts(&self) -> Vec<Host> {
        let backends = self.endpoint.map(|endpoint| endpoint.backends.as_slice());
        let Some([backend]) = backends else {
            unreachable!("only what calls one backend gets here")
        };
        let mut hosts = super::hosts(backend, self.config);
        hosts.sort();
        hosts
    }

    /// Texts that stand in a static and may have slots: the binary fills them before it listens.
    pub fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t Text>) {
        let slotted = |text: &&Text| matches!(text.text, Slotted::Slots(_));
        let slotted = texts.into_iter().filter(slotted).cloned();
        self.pieces.texts.extend(slotted);
    }

    /// The runtime is built with this cargo feature.
    pub fn feature(&mut self, name: &'static str) {
        self.pieces.features.insert(name);
    }
}

impl Pieces {
    /// What the namespaces of the root add.
    pub fn service(&mut self, config: &Config) {
        self.lower(
            config,
            Owner::default(),
            &config.extra,
            &mut Added::default(),
        );
    }

    /// What the namespaces of an endpoint and of its backends add to its handler, which is called `function`; `label` is
    /// what the hosts of a backend are called.
    pub fn endpoint<'a>(
        &mut self,
        config: &Config,
        endpoint: &Endpoint,
        function: &str,
        label: impl Fn(&Backend) -> &'a str,
    ) -> Added {
        let mut added = Added::default();
        let mut owner = Owner {
            endpoint: Some(endpoint),
            backend: None,
            function,
        };
        self.lower(config, owner, &endpoint.extra, &mut added);
        for backend in &endpoint.backends {
            owner.backend = Some(Called {
                is: backend,
                upstream: label(backend),
            });
            self.lower(config, owner, &backend.extra, &mut added);
        }
        let elsewhere = self.elsewhere.iter();
        let inherited = elsewhere.filter(|(key, _)| endpoint.extra(key).is_none());
        added.steps.extend(inherited.map(|(_, step)| step.clone()));
        added.steps.sort_by_key(|step| step.stage);
        added.guards.sort_by_key(|guard| guard.stage);
        added.setters.sort();
        added
    }

    fn lower(&mut self, config: &Config, owner: Owner<'_>, extras: &[Extra], added: &mut Added) {
        for extra in extras {
            if let Some(lower) = extra.namespace.lower {
                let mut lowering = Lowering {
                    config,
                    endpoint: owner.endpoint,
                    backend: owner.backend,
                    function: owner.function,
                    pieces: self,
                    added,
                };
                lower(&extra.value, &mut lowering);
            }
        }
    }

    /// Into the plan: statics sorted by file and name, and everything that names one follows.
    pub fn settle(self, plan: &mut Plan) {
        let mut order: Vec<Place> = (0..self.statics.len()).collect();
        let key = |place: &Place| {
            let piece = &self.statics[*place];
            (piece.file, &piece.name, &piece.value)
        };
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut moved = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            moved[*old] = new;
        }
        plan.statics = order
            .iter()
            .map(|place| self.statics[*place].clone())
            .collect();
        number(&mut plan.statics);
        plan.gates = self.gates;
        for gate in &mut plan.gates {
            gate.place = moved[gate.place];
        }
        plan.gates.sort_by_key(|gate| gate.stage);
        for place in plan.endpoints.iter_mut().flat_map(Planned::places) {
            *place = moved[*place];
        }
        let gates: BTreeSet<Place> = plan.gates.iter().map(|gate| gate.place).collect();
        let parts = self.parts.into_iter().map(|(place, says)| Part {
            place: moved[place],
            says,
        });
        plan.parts = parts.filter(|part| !gates.contains(&part.place)).collect();
        plan.parts.sort_by_key(|part| part.place);
        plan.features.extend(self.features);
        plan.texts.extend(self.texts);
    }
}

/// `IAM`, `IAM_2`: they are sorted by what they are, so the numbers do not depend on the config's order.
fn number(statics: &mut [Static]) {
    let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for piece in statics {
        let count = seen.entry((piece.file, piece.name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            piece.name = format!("{}_{count}", piece.name);
        }
    }
}

/// `HANZO_ID` of `https://hanzo.id/`: a constant's name from a text that people know it by.
pub fn constant(text: &str) -> String {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_").to_ascii_uppercase();
    match name.chars().next() {
        None => "UNNAMED".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Chain;

    fn piece(name: &str, value: &str) -> Static {
        Static {
            file: "jwt",
            name: name.to_owned(),
            kind: "Validator",
            doc: String::new(),
            value: Chain::new("Validator::new", [value.into()]),
        }
    }

    #[test]
    fn names_of_constants() {
        for (text, expected) in [
            ("https://hanzo.id", "HANZO_ID"),
            (
                "https://id.example.com:8443/realm/",
                "ID_EXAMPLE_COM_8443_REALM",
            ),
            ("10.0.0.1", "_10_0_0_1"),
            ("", "UNNAMED"),
        ] {
            assert_eq!(constant(text), expected, "{text}");
        }
    }

    #[test]
    fn different_statics_of_one_name_are_numbered_by_what_they_are() {
        let mut one = [piece("A", "1"), piece("A", "2"), piece("B", "1")];
        number(&mut one);
        let names: Vec<&str> = one.iter().map(|piece| piece.name.as_str()).collect();
        assert_eq!(names, ["A", "A_2", "B"]);
    }
}
