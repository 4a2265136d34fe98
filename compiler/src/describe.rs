//! Plan → plain words: what a gateway, or one of its routes, will really do.
//!
//! Every number is the plan's or a documented default of the runtime ([`crate::defaults`]); since the plan is what is
//! emitted, what is said here cannot drift from what is built.

mod absent;
mod headers;
mod page;
mod process;
mod requests;
mod route;
mod tls;
pub mod units;

pub use page::Page;
pub use process::process;
pub use route::route;
