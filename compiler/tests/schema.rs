//! The schema and the compiler, held to each other: what one takes the other takes, no key is read and forgotten, and an
//! editor has something to say about every one.
//!
//! All of it walks the schema, so that a namespace that is new is covered as soon as its file is there.

#[path = "schema/configs.rs"]
mod configs;
#[path = "schema/instance.rs"]
mod instance;
#[path = "schema/laws.rs"]
mod laws;
#[path = "fuzz/random.rs"]
mod random;
#[path = "schema/silence.rs"]
mod silence;
#[path = "schema/walk.rs"]
mod walk;
#[path = "schema/words.rs"]
mod words;
