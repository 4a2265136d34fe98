//! The command line.

use crate::{
    compare::{self, Plan, Tempo},
    load, origin, relay, report,
    shape::{FULL, Shape, VARIANTS},
    soak, syscalls, tokens,
};
use lexopt::{
    Parser,
    prelude::{Long, Value, ValueExt as _},
};
use std::{error::Error, fs, path::PathBuf, time::Duration};

const HELP: &str = "\
usage: benches compare --out DIR --gateways DIR --peers DIR [--gwc FILE] [--quick]
                       [--only WORD]... [--without TEXT]...
       benches report RUN DIR      writes report.md, report.svg and report.json of the results in RUN into DIR
       benches shapes DIR          writes the configs of the gateways that are compared
       benches soak --gateway FILE --out DIR [--minutes N]
       benches syscalls --gateway FILE --out DIR
       benches tokens DIR [--rounds N] [--requests N] [--only WORD] [--instructions]

Its own processes: benches origin ADDRESS KEYS, benches relay ADDRESS UPSTREAM THREADS, benches load JOB.
README.md says what is measured; bench.sh builds what this needs.";

type Done = Result<(), Box<dyn Error>>;

pub fn run() -> Done {
    let mut parser = Parser::from_env();
    let Some(Value(command)) = parser.next()? else {
        println!("{HELP}");
        return Ok(());
    };
    match command.string()?.as_str() {
        "compare" => compare(&mut parser),
        "report" => report::write(&one(&mut parser)?, &one(&mut parser)?),
        "shapes" => shapes(&one(&mut parser)?),
        "soak" => start_soak(&mut parser),
        "syscalls" => {
            let (gateway, out) = gateway_and_out(&mut parser)?;
            syscalls::run(&gateway, &out)
        }
        "tokens" => count_tokens(&mut parser),
        "origin" => {
            let (at, keys) = (parser.value()?.parse()?, parser.value()?);
            Ok(origin::run(at, &fs::read(keys)?)?)
        }
        "relay" => {
            let (at, origin) = (parser.value()?.parse()?, parser.value()?.parse()?);
            Ok(relay::run(at, origin, parser.value()?.parse()?)?)
        }
        "load" => load::run(&serde_json::from_str(&parser.value()?.string()?)?),
        other => Err(format!("no command {other:?}\n{HELP}").into()),
    }
}

fn compare(parser: &mut Parser) -> Done {
    let (mut out, mut gateways, mut peers, mut gwc) = (None, None, None, None);
    let (mut pace, mut only, mut left_out) = (Tempo::FULL, Vec::new(), Vec::new());
    let mut rounds = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("out") => out = Some(parser.value()?.into()),
            Long("gateways") => gateways = Some(parser.value()?.into()),
            Long("peers") => peers = Some(parser.value()?.into()),
            Long("gwc") => gwc = Some(PathBuf::from(parser.value()?).canonicalize()?),
            Long("quick") => pace = Tempo::QUICK,
            Long("rounds") => rounds = Some(parser.value()?.parse()?),
            Long("only") => only.push(parser.value()?.string()?),
            Long("without") => left_out.push(parser.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    pace.rounds = rounds.unwrap_or(pace.rounds);
    let needed =
        |path: Option<PathBuf>, name| path.ok_or_else(|| format!("{name} is needed\n{HELP}"));
    compare::run(&Plan {
        out: needed(out, "--out")?,
        // Gateways run in directories of their own.
        gateways: needed(gateways, "--gateways")?.canonicalize()?,
        peers: needed(peers, "--peers")?.canonicalize()?,
        gwc,
        pace,
        only,
        left_out,
    })
}

/// A config for each gateway, named as the binary is to be.
fn shapes(dir: &PathBuf) -> Done {
    fs::create_dir_all(dir)?;
    let shapes: Vec<Shape> = VARIANTS.into_iter().chain([FULL]).collect();
    for shape in shapes {
        let file = dir.join(shape.name).with_extension("json");
        let config = shape.config(false);
        // What did not change keeps its time, and is not built again.
        if fs::read_to_string(&file).ok().as_ref() != Some(&config) {
            fs::write(file, config)?;
        }
    }
    Ok(())
}

fn start_soak(parser: &mut Parser) -> Done {
    let (mut gateway, mut out, mut minutes) = (None, None, 30.0);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("gateway") => gateway = Some(PathBuf::from(parser.value()?)),
            Long("out") => out = Some(PathBuf::from(parser.value()?)),
            Long("minutes") => minutes = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let gateway = gateway.ok_or("--gateway is needed")?;
    let out = out.ok_or("--out is needed")?;
    soak::run(&gateway, &out, Duration::from_secs_f64(minutes * 60.0))
}

fn gateway_and_out(parser: &mut Parser) -> Result<(PathBuf, PathBuf), Box<dyn Error>> {
    let (mut gateway, mut out) = (None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("gateway") => gateway = Some(PathBuf::from(parser.value()?)),
            Long("out") => out = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok((
        gateway.ok_or("--gateway is needed")?,
        out.ok_or("--out is needed")?,
    ))
}

fn count_tokens(parser: &mut Parser) -> Done {
    let (mut gateways, mut only, mut instructions) = (None, None, false);
    let (mut rounds, mut requests) = (7, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("rounds") => rounds = parser.value()?.parse()?,
            Long("requests") => requests = Some(parser.value()?.parse()?),
            Long("only") => only = Some(parser.value()?.string()?),
            Long("instructions") => instructions = true,
            Value(dir) if gateways.is_none() => gateways = Some(dir.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    tokens::start(&tokens::Options {
        gateways: gateways.ok_or("which gateways?")?,
        rounds,
        requests: requests.unwrap_or(if instructions { 1_000 } else { 20_000 }),
        instructions,
        only,
    })
}

/// The one argument that is left.
fn one(parser: &mut Parser) -> Result<PathBuf, Box<dyn Error>> {
    match parser.next()? {
        Some(Value(path)) => Ok(path.into()),
        Some(other) => Err(other.unexpected().into()),
        None => Err(HELP.into()),
    }
}
