//! Headers that say who calls, when the guard that sets them comes or goes: that is a change of the guard, not of the list.

use super::{
    facts::{Field, Fields},
    value::Value,
};

/// The headers that reach an upstream, as a client or the gateway says them.
pub const PASSED: &str = "headers";
/// Those of the list that say who calls, and that nothing at the endpoint sets.
pub const IDENTITY: &str = "identity headers";

/// `old`, with each header where `new` has it, if both list it.
pub fn settled(old: &Fields, new: &Fields) -> Fields {
    let mut settled = old.clone();
    let lists: Vec<Field> = old.keys().filter(|f| f.key == PASSED).cloned().collect();
    for passed in lists {
        let identity = passed.inner(IDENTITY);
        let (Some(passes), Some(says)) = (names(new, &passed), names(new, &identity)) else {
            continue;
        };
        let (Some(passed_before), Some(said_before)) = (names(old, &passed), names(old, &identity))
        else {
            continue;
        };
        let before = || passed_before.iter().chain(&said_before);
        let now_in = |name: &String, here: &[String], there: &[String], was_here: &[String]| {
            here.contains(name) || (!there.contains(name) && was_here.contains(name))
        };
        let mut passing: Vec<String> = before()
            .filter(|name| now_in(name, &passes, &says, &passed_before))
            .cloned()
            .collect();
        let mut saying: Vec<String> = before()
            .filter(|name| now_in(name, &says, &passes, &said_before))
            .cloned()
            .collect();
        passing.sort();
        saying.sort();
        settled.insert(passed, Value::List(passing));
        if saying.is_empty() {
            settled.remove(&identity);
        } else {
            settled.insert(identity, Value::List(saying));
        }
    }
    settled
}

/// `None`: all of them.
fn names(fields: &Fields, field: &Field) -> Option<Vec<String>> {
    match fields.get(field) {
        None => Some(Vec::new()),
        Some(Value::List(names)) => Some(names.clone()),
        Some(_) => None,
    }
}
