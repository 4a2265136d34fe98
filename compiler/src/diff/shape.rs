//! What matches a route with the other side, and which of two routes a router would choose.

use crate::{
    config::{Endpoint, Segment},
    plan::Method,
};

/// What tells routes apart: `/users/{id}` and `/users/{name}` take the same requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    parts: Vec<Part>,
    method: Method,
}

/// From the most to the least specific, so that of two shapes that fit, the smaller is the router's choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Literal(String),
    Param,
    Rest,
}

impl Shape {
    pub fn of(endpoint: &Endpoint) -> Shape {
        let parts = endpoint.path.segments.iter().map(|segment| match segment {
            Segment::Literal(text) | Segment::Mixed(text) => Part::Literal(text.clone()),
            Segment::Param(_) => Part::Param,
            Segment::Rest => Part::Rest,
        });
        Shape {
            parts: parts.collect(),
            method: endpoint.method.value,
        }
    }

    /// Whether every request of `other` would be taken here.
    pub fn covers(&self, other: &Shape) -> bool {
        if self.method != other.method {
            return false;
        }
        let mut theirs = other.parts.iter();
        for part in &self.parts {
            match (part, theirs.next()) {
                (Part::Rest, _) => return true,
                (Part::Param, Some(Part::Param)) => {}
                (Part::Param, Some(Part::Literal(text))) if !text.is_empty() => {}
                (Part::Literal(here), Some(Part::Literal(there))) if here == there => {}
                _ => return false,
            }
        }
        theirs.next().is_none()
    }
}
