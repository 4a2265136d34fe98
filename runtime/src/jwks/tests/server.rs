//! A TLS server that says `hi`, with a certificate of an authority of its own. It shows a stranger's certificate besides.

use crate::settings::Resolve;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData};
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

pub struct Server {
    /// The certificate of its authority.
    pub pem: String,
    /// Of its public key.
    pub sha256: [u8; 32],
    /// Of its authority's.
    pub authority: [u8; 32],
    /// Of the stranger's.
    pub stranger: [u8; 32],
    /// Every name that the tests use.
    pub resolve: Vec<Resolve>,
}

/// Ends with the test process.
pub fn start() -> Server {
    let key = || KeyPair::generate().expect("a key");
    let (own, authority, stranger) = (key(), key(), key());
    let sha256 = |key: &KeyPair| Sha256::digest(key.subject_public_key_info()).into();
    let fingerprints = [&own, &authority, &stranger].map(sha256);
    let root = || {
        let mut params = CertificateParams::new(vec![]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let stranger = root().self_signed(&stranger).expect("a certificate");
    let root_certificate = root().self_signed(&authority).expect("a certificate");
    let issuer = Issuer::new(root(), authority);
    let params = CertificateParams::new(vec!["right.test".to_owned()]).expect("parameters");
    let certificate = params.signed_by(&own, &issuer).expect("a certificate");
    let shown = [&certificate, &root_certificate, &stranger].map(|c| c.der().clone());
    let key = own.serialize_der().try_into().expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(shown.to_vec(), key)
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
        pem: root_certificate.pem(),
        sha256: fingerprints[0],
        authority: fingerprints[1],
        stranger: fingerprints[2],
        resolve: vec![named("right.test"), named("wrong.test")],
    }
}
