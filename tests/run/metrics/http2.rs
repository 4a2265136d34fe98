//! HTTP/2: streams are requests like others, and one that is reset is cancelled.

use super::{Counting, ended, of_route};
use harness::{Origin, PATIENCE, within};
use http::Request;
use std::{future::Future, sync::mpsc};
use tokio::{net::TcpStream, time::timeout};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    runtime.block_on(async {
        timeout(PATIENCE, test)
            .await
            .expect("the test ends in time");
    });
}

#[test]
fn streams_are_counted_one_by_one() {
    let (ready, at_point) = mpsc::channel();
    let origin = Origin::start(move |x| {
        if x.target() != "/slow" {
            return x.reply("200 OK", &[], b"ok");
        }
        x.begin_stream();
        x.chunk(b"data: 1\n\n");
        ready.send(()).expect("the test waits");
        x.closed(PATIENCE);
    });
    let counting = Counting::start("metrics-h2", &origin);
    run(async {
        let stream = TcpStream::connect(counting.gateway.address)
            .await
            .expect("connect");
        let (sender, connection) = h2::client::handshake(stream).await.expect("handshake");
        tokio::spawn(async move { drop(connection.await) });
        let mut sender = sender.ready().await.expect("ready");
        let mut send = |path: &str| {
            let request = Request::get(format!("http://gateway.test{path}"));
            let request = request.body(()).expect("a request");
            let (answer, _) = sender.send_request(request, true).expect("send");
            answer
        };
        for path in ["/all/1", "/all/2", "/nothing"] {
            let answer = send(path).await.expect("an answer");
            let mut body = answer.into_body();
            while let Some(piece) = body.data().await {
                let length = piece.expect("data").len();
                body.flow_control()
                    .release_capacity(length)
                    .expect("capacity");
            }
        }
        let answer = send("/all/slow").await.expect("an answer");
        while at_point.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        // Dropped before its end, it is reset; the connection stays.
        drop(answer);
        let answer = send("/all/3").await.expect("an answer");
        assert_eq!(answer.status(), 200);
        drop(answer.into_body().data().await);
        let scrape = within(PATIENCE, "the end of every stream", || {
            let scrape = counting.scrape();
            let ended = ended(&scrape, "GET /all/*", "cancelled") == 1;
            (ended && scrape.sum("gateway_requests_in_flight", &[]) == 0).then_some(scrape)
        });
        assert_eq!(ended(&scrape, "GET /all/*", "2xx"), 3);
        assert_eq!(ended(&scrape, "none none", "4xx"), 1);
        assert_eq!(scrape.sum("gateway_requests_total", &[]), 5);
        assert_eq!(scrape.count("gateway_connections_total", &[]), Some(1));
        let first = of_route(&scrape, "gateway_first_byte_seconds_count", "GET /all/*");
        assert_eq!(first, 4);
    });
}
