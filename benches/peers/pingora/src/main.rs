//! The least that is a reverse proxy with Pingora: `pingora-peer LISTEN ORIGIN THREADS`.

use async_trait::async_trait;
use pingora::{prelude::*, server::configuration::ServerConf};
use std::{env, net::SocketAddr};

struct Proxy {
    origin: SocketAddr,
}

#[async_trait]
impl ProxyHttp for Proxy {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _: &mut Session, _: &mut ()) -> Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.origin, false, String::new())))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        _: &mut (),
    ) -> Result<()> {
        if let Some(address) = session.client_addr().and_then(|address| address.as_inet()) {
            request.insert_header("x-forwarded-for", address.ip().to_string())?;
        }
        Ok(())
    }
}

fn main() {
    let mut args = env::args().skip(1);
    let mut next = || args.next().expect("LISTEN ORIGIN THREADS");
    let listen = next();
    let origin = next().parse().expect("an address");
    let threads = next().parse().expect("a number");
    let conf = ServerConf {
        threads,
        upstream_keepalive_pool_size: 256,
        // It ends when it is told to.
        grace_period_seconds: Some(0),
        graceful_shutdown_timeout_seconds: Some(0),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let mut service = http_proxy_service(&server.configuration, Proxy { origin });
    service.add_tcp(&listen);
    server.add_service(service);
    server.run_forever();
}
