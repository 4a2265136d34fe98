//! A TLS server that says `hi`, with a certificate of its own.

use crate::settings::Resolve;
use rcgen::{CertifiedKey, PublicKeyData, generate_simple_self_signed};
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

pub struct Server {
    /// Its certificate.
    pub pem: String,
    /// Of its public key.
    pub sha256: [u8; 32],
    /// Every name that the tests use.
    pub resolve: Vec<Resolve>,
}

/// Ends with the test process.
pub fn start() -> Server {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["right.test".to_owned()]).expect("a certificate");
    let key = signing_key.serialize_der().try_into().expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let to = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let (mut socket, config) = (socket, config.clone());
            thread::spawn(move || {
                let mut tls = ServerConnection::new(config).expect("a connection");
                let mut stream = Stream::new(&mut tls, &mut socket);
                // Whoever does not believe us leaves.
                if stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
                    tls.send_close_notify();
                    let _ = tls.complete_io(&mut socket);
                }
            });
        }
    });
    let named = |host: &str| Resolve {
        host: host.to_owned(),
        port: 8443,
        to,
    };
    Server {
        pem: cert.pem(),
        sha256: Sha256::digest(signing_key.subject_public_key_info()).into(),
        resolve: vec![named("right.test"), named("wrong.test")],
    }
}
