//! x
mod claim;
mod mint;
mod paths;
mod permission;
