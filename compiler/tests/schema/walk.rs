//! Where the keys are in a schema without references.

use gwc::schema::bundle;
use serde_json::{Map, Value, json};

/// A key of the bundled schema, and the way to its object in a config.
#[derive(Clone)]
pub struct Key {
    /// JSON Pointer (RFC 6901) to the object that it belongs to: `/endpoints/0/backend/0`.
    pub owner: String,
    pub name: String,
    pub schema: &'static Value,
    /// Whether the object must have it.
    pub needed: bool,
}

impl Key {
    /// JSON Pointer to the value.
    pub fn path(&self) -> String {
        format!("{}/{}", self.owner, escaped(&self.name))
    }

    /// Values that the key takes, the better known ones first.
    pub fn values(&self) -> Vec<Value> {
        let listed = |word: &str| self.schema[word].as_array().cloned().unwrap_or_default();
        let mut values = listed("examples");
        values.extend(listed("enum"));
        if self.schema["type"] == "boolean" {
            values.extend([true.into(), false.into()]);
        }
        for bound in ["minimum", "maximum"] {
            values.extend(self.schema.get(bound).cloned());
        }
        if self.schema["type"] == "object" {
            values.push(smallest(self.schema));
        }
        values
    }
}

/// Every key of every object that the schema of a whole config describes.
pub fn keys() -> Vec<Key> {
    let mut found = Vec::new();
    walk("", bundle(), &mut found);
    found
}

fn walk(owner: &str, schema: &'static Value, found: &mut Vec<Key>) {
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let needed = schema["required"].as_array();
        let key = Key {
            owner: owner.to_owned(),
            name: name.clone(),
            schema: value,
            needed: needed.is_some_and(|names| names.contains(&json!(name))),
        };
        let path = key.path();
        found.push(key);
        walk(&path, value, found);
        if let Some(items) = value.get("items") {
            walk(&format!("{path}/0"), items, found);
        }
    }
    // What one of several shapes adds.
    for word in ["anyOf", "oneOf", "allOf"] {
        for shape in schema[word].as_array().into_iter().flatten() {
            walk(owner, shape, found);
        }
    }
}

/// The least that an object takes: what it needs, each with its first example.
pub fn smallest(schema: &Value) -> Value {
    if let Some(example) = schema["examples"]
        .get(0)
        .filter(|_| schema["type"] != "object")
    {
        return example.clone();
    }
    let mut object = Map::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        let value = &schema["properties"][name];
        object.insert(
            name.to_owned(),
            value["examples"]
                .get(0)
                .cloned()
                .unwrap_or_else(|| smallest(value)),
        );
    }
    Value::Object(object)
}

/// An object whose keys need each other has an example of itself; the least of any other will do.
fn block(schema: &Value) -> Value {
    let example = schema["examples"].get(0).filter(|block| block.is_object());
    example.cloned().unwrap_or_else(|| smallest(schema))
}

/// A name as a part of a JSON Pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Puts a value where a pointer leads, and whatever objects and lists are lacking on the way.
pub fn put(config: &mut Value, pointer: &str, value: Value) {
    let mut schema = bundle();
    let mut at = config;
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        if let Ok(index) = name.parse::<usize>()
            && schema.get("items").is_some()
        {
            schema = &schema["items"];
            if !at.is_array() {
                *at = json!([]);
            }
            let list = at.as_array_mut().expect("made above");
            while list.len() <= index {
                list.push(smallest(schema));
            }
            at = &mut list[index];
        } else {
            let owner = schema;
            schema = property(schema, &name);
            if !at.is_object() {
                *at = json!({});
            }
            let object = at.as_object_mut().expect("made above");
            for other in partners(owner, &name) {
                object
                    .entry(other)
                    .or_insert_with(|| block(property(owner, other)));
            }
            // What is beside a namespace in an `extra_config` is not the question.
            let is_extra = name == "extra_config";
            at = object.entry(name).or_insert_with(|| {
                if is_extra {
                    smallest(schema)
                } else {
                    block(schema)
                }
            });
        }
    }
    *at = value;
}

/// The keys that must stand beside this one.
fn partners<'s>(owner: &'s Value, name: &str) -> impl Iterator<Item = &'s str> {
    let names = owner["dependentRequired"][name].as_array();
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn property<'s>(schema: &'s Value, name: &str) -> &'s Value {
    let shapes = ["anyOf", "oneOf", "allOf"].into_iter();
    let shapes = shapes.flat_map(|word| schema[word].as_array().into_iter().flatten());
    std::iter::once(schema)
        .chain(shapes)
        .find_map(|shape| shape["properties"].get(name))
        .unwrap_or_else(|| panic!("the schema has no `{name}`: {schema}"))
}
