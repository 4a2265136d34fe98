//! Both ends of TLS: an authority that signs certificates, and a client that looks at what it is offered.

use crate::{Client, PATIENCE, wire::Wire};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::{
    fs, io,
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, NamedGroup, ProtocolVersion, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    version,
};

/// Somebody who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub certificate: CertificateDer<'static>,
    pub pem: String,
}

/// A certificate and its key.
pub struct Issued {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    pub key: PrivateKeyDer<'static>,
    pub key_pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Authority {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// For these DNS names.
    pub fn sign(&self, names: &[&str]) -> Issued {
        self.sign_with(names, |_| ())
    }

    /// A certificate that ended long ago.
    pub fn sign_expired(&self, names: &[&str]) -> Issued {
        self.sign_with(names, |params| {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 3, 4);
        })
    }

    fn sign_with(&self, names: &[&str], change: impl Fn(&mut CertificateParams)) -> Issued {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("DNS names");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        Issued {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_der().try_into().expect("a key"),
            key_pem: key.serialize_pem(),
        }
    }
}

impl Issued {
    /// As `<name>.crt` and `<name>.key`.
    pub fn write(&self, dir: &Path, name: &str) {
        fs::write(dir.join(name).with_extension("crt"), &self.pem).expect("write the certificate");
        fs::write(dir.join(name).with_extension("key"), &self.key_pem).expect("write the key");
    }
}

/// What a client offers.
#[derive(Clone)]
pub struct Offer<'a> {
    /// Whom it believes.
    pub authority: &'a Authority,
    pub version: ProtocolVersion,
    pub groups: &'a [NamedGroup],
    pub alpn: &'a [&'a str],
    pub certificate: Option<&'a Issued>,
}

impl<'a> Offer<'a> {
    /// TLS 1.3 and HTTP/1.1, as a modern client does.
    pub fn new(authority: &'a Authority) -> Offer<'a> {
        Offer {
            authority,
            version: ProtocolVersion::TLSv1_3,
            groups: &[NamedGroup::X25519MLKEM768, NamedGroup::X25519],
            alpn: &["http/1.1"],
            certificate: None,
        }
    }

    pub fn config(&self) -> Arc<ClientConfig> {
        let mut provider = aws_lc_rs::default_provider();
        provider.kx_groups = { self.groups.iter() }
            .map(|wanted| {
                let mut all = aws_lc_rs::ALL_KX_GROUPS.iter();
                *all.find(|group| group.name() == *wanted).expect("a group")
            })
            .collect();
        let version = match self.version {
            ProtocolVersion::TLSv1_2 => &version::TLS12,
            _ => &version::TLS13,
        };
        let mut roots = RootCertStore::empty();
        roots
            .add(self.authority.certificate.clone())
            .expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match self.certificate {
            None => builder.with_no_client_auth(),
            Some(own) => builder
                .with_client_auth_cert(vec![own.certificate.clone()], own.key.clone_key())
                .expect("a certificate of its own"),
        };
        let alpn = self.alpn.iter().map(|name| name.as_bytes().to_vec());
        config.alpn_protocols = alpn.collect();
        Arc::new(config)
    }

    /// A handshake with whoever claims to be `name`. In TLS 1.3 a server that refuses the client's certificate says so
    /// only when it is read from.
    pub fn connect(&self, to: SocketAddr, name: &str) -> io::Result<Secure> {
        connect(self.config(), to, name)
    }

    /// The same, to send requests on.
    pub fn client(&self, to: SocketAddr, name: &str) -> Client {
        self.connect(to, name).expect("a handshake").client()
    }
}

/// A connection after its handshake.
pub struct Secure {
    tcp: TcpStream,
    session: StreamOwned<ClientConnection, TcpStream>,
}

pub fn connect(config: Arc<ClientConfig>, to: SocketAddr, name: &str) -> io::Result<Secure> {
    let mut tcp = TcpStream::connect_timeout(&to, PATIENCE)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_write_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut session = ClientConnection::new(config, name).map_err(io::Error::other)?;
    while session.is_handshaking() {
        session.complete_io(&mut tcp)?;
    }
    Ok(Secure {
        tcp: tcp.try_clone()?,
        session: StreamOwned::new(session, tcp),
    })
}

/// The bytes inside of a connection.
pub type Session = StreamOwned<ClientConnection, TcpStream>;

impl Secure {
    /// The bytes inside of it.
    pub fn stream(self) -> Session {
        self.session
    }

    pub fn state(&self) -> &ClientConnection {
        &self.session.conn
    }

    /// The certificate that was shown.
    pub fn certificate(&self) -> CertificateDer<'static> {
        let shown = self.session.conn.peer_certificates().expect("certificates");
        shown[0].clone().into_owned()
    }

    pub fn client(self) -> Client {
        Client {
            wire: Wire::over(self.tcp, Box::new(self.session)),
        }
    }
}
