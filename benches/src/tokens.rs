//! What tokens cost a gateway: CPU time of its process, over a counted number of requests.
//!
//! The gateway has one core to itself; the load and the upstream share another, this program's. Rows take turns, so that
//! whatever else the machine does meets all of them alike. `benches/requests.sh` builds the gateways and starts this. It
//! can count instructions too, for machines that are never quiet.
//!
//! | file | |
//! |---|---|
//! | `rows` | the rows: requests with tokens and without |
//! | `row` | requests of one kind, to one gateway; its turns |
//! | `gateway` | a running gateway, its CPU time, its instructions |
//! | `load` | whoever sends requests |
//! | `origin` | who answers them: the upstream, and the issuer's key set |
//! | `figures` | medians, ratios, and the table |

mod figures;
mod gateway;
mod load;
mod origin;
mod row;
mod rows;

use crate::signer;
use gateway::{Gateway, Under};
use row::Row;
use std::{
    collections::{HashMap, hash_map::Entry},
    error::Error,
    net::SocketAddr,
    path::PathBuf,
};

/// What the command line says.
pub struct Options {
    pub gateways: PathBuf,
    /// Turns of each row.
    pub rounds: usize,
    /// Requests in a turn.
    pub requests: usize,
    pub instructions: bool,
    /// Rows whose name has this word, and what they are compared with. Default: all.
    pub only: Option<String>,
}

pub fn start(options: &Options) -> Result<(), Box<dyn Error>> {
    // One thread, as the upstream is one: they share a core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(run(options)))
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let keys = signer::Keys::new();
    let origin = origin::start(&keys.set())?;
    let mut rows = rows::rows(&keys);
    if let Some(word) = &options.only {
        row::keep(&mut rows, word);
    }
    if options.instructions {
        let counts = count(options, &rows, origin).await?;
        eprintln!();
        figures::print("instructions", &rows, &counts);
    } else {
        let times = time(options, &rows, origin).await?;
        eprintln!();
        figures::print("CPU µs", &rows, &times);
    }
    Ok(())
}

/// Microseconds of CPU per request: of each row, of each round.
async fn time(
    options: &Options,
    rows: &[Row],
    origin: SocketAddr,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut gateways = HashMap::new();
    for row in rows {
        if let Entry::Vacant(place) = gateways.entry(row.gateway) {
            let binary = options.gateways.join(row.gateway);
            place.insert(Gateway::start(&binary, Under::Nothing, origin)?);
        }
    }
    let mut times = vec![Vec::new(); rows.len()];
    // The first round warms everything up.
    for round in 0..=options.rounds {
        for turn in 0..rows.len() {
            let n = (turn + round) % rows.len();
            let row = &rows[n];
            let spent = row.turn(&gateways[row.gateway], options.requests).await?;
            eprint!(
                "\rround {round} of {}, row {turn} of {}  ",
                options.rounds,
                rows.len()
            );
            if round > 0 {
                times[n].push(spent);
            }
        }
    }
    Ok(times)
}

/// Instructions per request: what twice as many requests take more, in a gateway of their own.
async fn count(
    options: &Options,
    rows: &[Row],
    origin: SocketAddr,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut counts = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        eprint!("\rrow {n} of {}  ", rows.len());
        let binary = options.gateways.join(row.gateway);
        let mut total = [0.0; 2];
        for (times, total) in [1, 2].into_iter().zip(&mut total) {
            let gateway = Gateway::start(&binary, Under::Callgrind, origin)?;
            row.send(gateway.address, times * options.requests).await?;
            *total = gateway.instructions()?;
        }
        #[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
        counts.push(vec![(total[1] - total[0]) / options.requests as f64]);
    }
    Ok(counts)
}
