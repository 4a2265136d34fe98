//! `run`: the gateway from its first line of log to its last.

use super::version;
#[cfg(feature = "dns")]
use crate::upstream;
use crate::{control, gate, log, serve, settings::Settings};
use std::process::ExitCode;

/// Serves until a signal says otherwise, and until what was in flight then has ended or been cut.
pub(super) fn run(mut settings: Settings, mock: bool, warnings: &[String]) -> ExitCode {
    if let Err(error) = log::start(settings.log) {
        return super::fail(&format_args!("cannot start the log: {error}"));
    }
    let gateway = settings.gateway;
    tracing::info!(
        gwc = version::GWC,
        config = &version::digest(gateway.config)[..12],
        "starting {}",
        gateway.name
    );
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    #[cfg(any(feature = "tls", feature = "tls-listener"))]
    if let Err(faults) = crate::tls::start(&mut settings, mock) {
        for fault in &faults {
            tracing::error!(target: log::CRITICAL, "{fault}");
        }
        return give_up("TLS cannot be set up as the config asks");
    }
    if mock && let Err(error) = answer_from_inside(&mut settings) {
        return give_up(&format!("cannot start the mock: {error}"));
    }
    // For the life of the process, so that every core holds a plain reference.
    let settings: &'static Settings = Box::leak(Box::new(settings));
    #[cfg_attr(
        not(feature = "dns"),
        expect(unused_mut, reason = "services add to it")
    )]
    let mut tasks = match gate::Start::all(settings) {
        Ok(tasks) => tasks,
        Err(failures) => return give_up(&failures.join("; ")),
    };
    #[cfg(feature = "dns")]
    tasks.extend(upstream::discover::tasks(settings));
    let phases = match control::start(settings.lame_duck, gateway.drain_timeout, tasks) {
        Ok(phases) => phases,
        Err(error) => return give_up(&format!("cannot start the control thread: {error}")),
    };
    #[cfg(any(feature = "auth", feature = "cluster", feature = "dns"))]
    crate::expected::wait();
    let cores = match serve::start(settings, phases) {
        Ok(cores) => cores,
        // It names the address.
        Err(error) => return give_up(&error.to_string()),
    };
    announce(settings, &cores);
    let cut = cores.join();
    if cut == 0 {
        tracing::info!("stopped, nothing was cut");
    } else {
        tracing::warn!(
            cut,
            "stopped; the drain timeout cut what was still in flight"
        );
    }
    log::close();
    ExitCode::SUCCESS
}

fn announce(settings: &Settings, cores: &serve::Cores) {
    for what in settings.gateway.left_out {
        tracing::warn!("left out of this build: {what}");
    }
    #[cfg(feature = "tls")]
    if settings.gateway.upstream_tls.is_some_and(|tls| !tls.verify) {
        tracing::warn!(
            "CERTIFICATES OF UPSTREAMS ARE NOT CHECKED (`allow_insecure_connections`): whoever is on the way can \
             read and change what is sent"
        );
    }
    if let Some(mock) = settings.mock {
        tracing::warn!(
            "--mock: NO UPSTREAM IS CALLED; this process answers for all of them, at {mock}"
        );
    }
    tracing::info!(
        routes = settings.gateway.routes.len(),
        workers = settings.workers,
        "ready"
    );
    let protocol = if settings.is_secure() {
        " with TLS"
    } else {
        ""
    };
    for address in &cores.addresses {
        tracing::info!("listening on {address}{protocol}");
    }
}

#[cfg(feature = "mock")]
fn answer_from_inside(settings: &mut Settings) -> std::io::Result<()> {
    settings.mock = Some(crate::mock::start()?);
    Ok(())
}

/// Never called: without the feature, the command line refuses `--mock`.
#[cfg(not(feature = "mock"))]
fn answer_from_inside(_: &mut Settings) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn give_up(why: &str) -> ExitCode {
    tracing::error!(target: log::CRITICAL, "{why}");
    log::close();
    ExitCode::FAILURE
}
