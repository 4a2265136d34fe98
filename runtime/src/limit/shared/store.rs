//! One Redis or Valkey server, as the control thread keeps in touch with it.

use super::Which;
use crate::{
    gate::Start,
    limit::RateLimit,
    measure::{Counter, Family, Measures},
    settings::Resolve,
};
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, RedisError, RedisFuture,
    aio::MultiplexedConnection, cmd, io::AsyncDNSResolver,
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    net::lookup_host,
    sync::Notify,
    time::{sleep, timeout},
};

/// How long what was taken waits for more of it before the store is told.
const PACE: Duration = Duration::from_millis(20);
/// To a connection, and to an answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a store that nobody has something to tell is asked whether it is there.
const IDLE: Duration = Duration::from_secs(1);
/// Between two attempts to connect: at first, and at most.
const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_secs(2);
/// Buckets in one script, for the store does nothing else meanwhile.
const BATCH: usize = 256;

/// Adds to buckets and says how many microseconds each is used up ahead of the store's clock. A bucket that is full again
/// is forgotten by the store itself.
const SCRIPT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ahead = {}
for i, key in ipairs(KEYS) do
  local until_ = math.max(tonumber(redis.call('GET', key) or now), now) + ARGV[i]
  redis.call('SET', key, string.format('%.2f', until_), 'PX', math.ceil((until_ - now) / 1000) + 1000)
  ahead[i] = math.ceil(until_ - now)
end
return ahead";

/// Said after why it cannot be reached.
const AWAY: &str = "limits that are shared are counted by this gateway alone";

static STORES: Mutex<Vec<&'static Store>> = Mutex::new(Vec::new());

/// A server, and the limits that are kept in it.
pub(crate) struct Store {
    /// As the config has it, slots filled: with its password.
    url: &'static str,
    /// `redis://host:6379`: without secrets.
    pub name: String,
    client: Client,
    resolve: &'static [Resolve],
    limits: Mutex<Vec<&'static RateLimit>>,
    up: AtomicBool,
    /// Whether something was noted since the last look.
    noted: AtomicBool,
    wanted: Notify,
    pub failures: Counter,
}

impl Store {
    /// The store at `url`, in which `limit` is kept from now on; the same for all limits with this URL.
    pub fn join(
        url: &'static str,
        limit: &'static RateLimit,
        start: &mut Start,
    ) -> Result<&'static Store, RedisError> {
        let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = stores.iter().find(|store| store.url == url).copied();
        let store = if let Some(store) = known {
            store
        } else {
            let store = Store::new(url, &start.settings.resolve)?;
            let store: &'static Store = Box::leak(Box::new(store));
            stores.push(store);
            if start.settings.mock.is_none() {
                start.spawn(store.keep(start.settings.gateway.name));
            } else {
                tracing::info!("--mock: {} is not asked; {AWAY}", store.name);
            }
            store
        };
        let mut limits = store.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.push(limit);
        Ok(store)
    }

    /// Every store that some limit is kept in.
    pub fn all() -> Vec<&'static Store> {
        let stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
        stores.clone()
    }

    pub(super) fn new(url: &'static str, resolve: &'static [Resolve]) -> Result<Store, RedisError> {
        let info = url.into_connection_info()?;
        let (scheme, _) = url.split_once("://").unwrap_or(("redis", ""));
        let name = format!("{scheme}://{}", info.addr());
        Ok(Store {
            url,
            name,
            client: Client::open(info)?,
            resolve,
            limits: Mutex::default(),
            up: AtomicBool::new(false),
            noted: AtomicBool::new(false),
            wanted: Notify::new(),
            failures: Counter::new(),
        })
    }

    pub fn is_up(&self) -> bool {
        self.up.load(Relaxed)
    }

    /// Whether `limit` is the one that speaks for it.
    pub fn is_firsts(&self, limit: &RateLimit) -> bool {
        let first = self.limits().first().copied();
        first.is_some_and(|first| std::ptr::eq(first, limit))
    }

    /// Tells how it is.
    pub fn measure(&self, to: &mut dyn Measures) {
        static UP: Family = Family {
            name: "gateway_limit_store_up",
            help: "Whether the store of shared limits can be reached; while it is 0, each gateway counts alone",
        };
        static FAILURES: Family = Family {
            name: "gateway_limit_store_failures_total",
            help: "Times that the store of shared limits could not be reached, or did not answer",
        };
        let label = [("store", self.name.as_str())];
        to.gauge(&UP, &label, f64::from(u8::from(self.is_up())));
        to.counter(&FAILURES, &label, self.failures.get());
    }

    #[cfg(test)]
    pub fn set_up(&self, is_up: bool) {
        self.up.store(is_up, Relaxed);
    }

    /// There is something to tell. Costs a system call once per pace, and else a look.
    pub fn wake(&self) {
        if !self.noted.load(Relaxed) && !self.noted.swap(true, Relaxed) {
            self.wanted.notify_one();
        }
    }

    /// A connection that can do what is needed; for `check`.
    pub async fn probe(&self) -> Result<(), RedisError> {
        self.connect().await.map(|_| ())
    }

    /// In touch, for the life of the process.
    async fn keep(&'static self, gateway: &'static str) {
        let mut pause = SOON;
        let mut is_told = false;
        loop {
            let why = match self.connect().await {
                Ok((connection, script)) => {
                    pause = SOON;
                    is_told = false;
                    self.up.store(true, Relaxed);
                    tracing::info!("{}: limits are shared with other gateways", self.name);
                    self.talk(connection, &script, gateway).await
                }
                Err(why) => why,
            };
            self.up.store(false, Relaxed);
            self.failures.add(1);
            self.forget();
            if !is_told {
                tracing::warn!("{}: {why}; {AWAY} until it is back", self.name);
                is_told = true;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LATE);
        }
    }

    async fn connect(&self) -> Result<(MultiplexedConnection, String), RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_dns_resolver(Names(self.resolve))
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let client = &self.client;
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let script = cmd("SCRIPT")
            .arg("LOAD")
            .arg(SCRIPT)
            .query_async(&mut connection)
            .await?;
        Ok((connection, script))
    }

    /// Until it fails, and why.
    async fn talk(
        &self,
        mut connection: MultiplexedConnection,
        script: &str,
        gateway: &str,
    ) -> RedisError {
        loop {
            if timeout(IDLE, self.wanted.notified()).await.is_err() {
                let ping = cmd("PING").query_async::<()>(&mut connection).await;
                if let Err(why) = ping {
                    return why;
                }
                continue;
            }
            sleep(PACE).await;
            // What is noted from here on is told the next time.
            self.noted.store(false, Relaxed);
            for limit in self.limits() {
                for batch in limit.spent().chunks(BATCH) {
                    if let Err(why) = tell(&mut connection, script, gateway, limit, batch).await {
                        return why;
                    }
                }
            }
        }
    }

    /// What was noted and not told is nobody's debt.
    fn forget(&self) {
        self.noted.store(false, Relaxed);
        for limit in self.limits() {
            drop(limit.spent());
        }
    }

    fn limits(&self) -> Vec<&'static RateLimit> {
        let limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.clone()
    }
}

/// Tells what was taken, and raises our own buckets to what the store knows.
async fn tell(
    connection: &mut MultiplexedConnection,
    script: &str,
    gateway: &str,
    limit: &'static RateLimit,
    batch: &[(Which, u32)],
) -> Result<(), RedisError> {
    let mut call = cmd("EVALSHA");
    call.arg(script).arg(batch.len());
    for (which, _) in batch {
        let name = limit.name;
        call.arg(match which {
            Which::Everybodys => format!("gwc:{gateway}:{name}:all"),
            Which::Clients(client) => format!("gwc:{gateway}:{name}:{client:016x}"),
        });
    }
    for (which, n) in batch {
        let microseconds = limit.interval(*which).as_secs_f64() * 1e6 * f64::from(*n);
        call.arg(microseconds);
    }
    let sent = Instant::now();
    let ahead: Vec<u64> = call.query_async(connection).await?;
    // The store has looked at its clock about half way.
    let since = sent.elapsed() / 2;
    for ((which, _), ahead) in batch.iter().zip(ahead) {
        let ahead = Duration::from_micros(ahead).saturating_sub(since);
        limit.raise(*which, ahead);
    }
    Ok(())
}

/// Names as the gateway resolves them: by `--resolve`, else by the system.
struct Names(&'static [Resolve]);

impl AsyncDNSResolver for Names {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            let here = |r: &&Resolve| r.port == port && r.host.eq_ignore_ascii_case(host);
            let found: Vec<SocketAddr> = match self.0.iter().find(here) {
                Some(found) => vec![found.to],
                None => lookup_host((host, port)).await?.collect(),
            };
            let found: Box<dyn Iterator<Item = SocketAddr> + Send> = Box::new(found.into_iter());
            Ok(found)
        })
    }
}
