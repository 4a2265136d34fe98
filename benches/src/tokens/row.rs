//! Requests of one kind to one gateway: a row of the table.

use super::{
    gateway::Gateway,
    load::{Load, Requests},
};
use std::{io, net::SocketAddr, rc::Rc};

/// Requests before those that count: connections to the upstream stand, tokens that are to be remembered are.
const WARM_UP: usize = 500;

pub struct Row {
    pub name: String,
    /// `benches/configs/<gateway>.json`, built.
    pub gateway: &'static str,
    pub requests: Rc<Requests>,
    /// The row that it is compared with: what the same request costs where nobody looks at its token.
    pub base: String,
}

impl Row {
    /// Microseconds of the gateway's CPU for each of `count` requests.
    pub async fn turn(&self, gateway: &Gateway, count: usize) -> io::Result<f64> {
        let mut load = Load::connect(gateway.address).await?;
        load.send(&self.requests, WARM_UP).await?;
        let before = gateway.cpu()?;
        load.send(&self.requests, count).await?;
        let spent = gateway.cpu()? - before;
        #[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
        let each = spent / 1_000.0 / count as f64;
        Ok(each)
    }

    /// Sends as many.
    pub async fn send(&self, to: SocketAddr, count: usize) -> io::Result<()> {
        let mut load = Load::connect(to).await?;
        load.send(&self.requests, WARM_UP).await?;
        load.send(&self.requests, count).await
    }
}

/// Keeps the rows whose name has `word`, and those that they are compared with.
pub fn keep(rows: &mut Vec<Row>, word: &str) {
    let wanted = |row: &&Row| row.name.contains(word);
    let bases: Vec<String> = rows
        .iter()
        .filter(wanted)
        .map(|row| row.base.clone())
        .collect();
    rows.retain(|row| row.name.contains(word) || bases.contains(&row.name));
}
