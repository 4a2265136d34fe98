//! An expression of a generated file, as the emitters put it together: the subset of Rust that is emitted, and no more.

use crate::describe::units::grouped;
use proc_macro2::Literal;
use std::time::Duration;

/// An expression. `Code::call("Duration::from_secs", [Code::number(5)])` is `Duration::from_secs(5)`.
#[derive(Debug, Clone)]
pub struct Code {
    /// All of it, on one line.
    flat: String,
    shape: Shape,
}

/// Where an expression may be broken.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A path, a literal: nowhere.
    Word,
    /// `&[one, two]`
    List(Vec<Code>),
    /// `function(arguments)`
    Call(Call),
    /// An expression and the methods called on it, in the order in which they are written.
    Chain(Box<Code>, Vec<Call>),
}

/// What is called, and with what.
#[derive(Debug, Clone)]
pub struct Call {
    /// `Duration::from_secs`, or `.timeout` of a method.
    pub head: String,
    pub args: Vec<Code>,
}

impl Code {
    /// What is written as it stands: a path, a reference to a static, `true`.
    pub fn word(text: impl Into<String>) -> Code {
        Code {
            flat: text.into(),
            shape: Shape::Word,
        }
    }

    /// `"text"`
    pub fn text(text: &str) -> Code {
        Code::word(Literal::string(text).to_string())
    }

    /// `10_485_760`
    pub fn number(n: u64) -> Code {
        Code::word(grouped(n).replace(',', "_"))
    }

    /// `Duration::from_secs(120)`, in the largest unit that is exact.
    pub fn duration(d: Duration) -> Code {
        let nanos = d.as_nanos();
        let (constructor, value) = match nanos {
            n if n.is_multiple_of(1_000_000_000) => ("from_secs", n / 1_000_000_000),
            n if n.is_multiple_of(1_000_000) => ("from_millis", n / 1_000_000),
            n if n.is_multiple_of(1_000) => ("from_micros", n / 1_000),
            n => ("from_nanos", n),
        };
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        Code::call(
            format!("Duration::{constructor}"),
            [Code::word(value.to_string())],
        )
    }

    /// `&[one, two]`
    pub fn list(elements: impl IntoIterator<Item = Code>) -> Code {
        let elements: Vec<Code> = elements.into_iter().collect();
        Code {
            flat: format!("&[{}]", flat(&elements)),
            shape: Shape::List(elements),
        }
    }

    /// `&["one", "two"]`
    pub fn texts(texts: &[String]) -> Code {
        Code::list(texts.iter().map(|text| Code::text(text)))
    }

    /// `function(args)`
    pub fn call(function: impl Into<String>, args: impl IntoIterator<Item = Code>) -> Code {
        let call = Call::new(function.into(), args);
        Code {
            flat: call.flat(),
            shape: Shape::Call(call),
        }
    }

    /// `self.name(args)`
    #[must_use]
    pub fn method(mut self, name: &str, args: impl IntoIterator<Item = Code>) -> Code {
        let call = Call::new(format!(".{name}"), args);
        let flat = self.flat.clone() + &call.flat();
        if let Shape::Chain(_, methods) = &mut self.shape {
            methods.push(call);
            return Code { flat, ..self };
        }
        Code {
            flat,
            shape: Shape::Chain(Box::new(self), vec![call]),
        }
    }

    /// `self.name()`, if `on`.
    #[must_use]
    pub fn flag(self, name: &str, on: bool) -> Code {
        if on { self.method(name, []) } else { self }
    }

    /// `self.name(arg)`, if there is something to say.
    #[must_use]
    pub fn maybe(self, name: &str, arg: Option<Code>) -> Code {
        match arg {
            Some(arg) => self.method(name, [arg]),
            None => self,
        }
    }

    /// All of it, on one line.
    pub fn flat(&self) -> &str {
        &self.flat
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}

impl Call {
    fn new(head: String, args: impl IntoIterator<Item = Code>) -> Call {
        Call {
            head,
            args: args.into_iter().collect(),
        }
    }

    /// All of it, on one line.
    pub fn flat(&self) -> String {
        format!("{}({})", self.head, flat(&self.args))
    }
}

/// `one, two`
pub fn flat(list: &[Code]) -> String {
    let texts: Vec<&str> = list.iter().map(Code::flat).collect();
    texts.join(", ")
}
