//! `tls` and `client_tls`: objects inside the root.

use super::Reader;
use crate::{
    config::tls::{ClientTls, Crypto, KeyPair, Tls, version},
    json::Node,
    plan::TlsVersion,
    source::Spanned,
};

impl Reader {
    pub(super) fn tls(&mut self, root: &Node) -> Option<Tls> {
        let member = root.member("tls")?;
        let tls = &member.value;
        let has_lone = tls.get("public_key").is_some() || tls.get("private_key").is_some();
        let disabled = self.flag(tls, "disabled");
        Some(Tls {
            span: member.key.span,
            disabled: disabled.is_some_and(|disabled| disabled.value),
            keys: self.pairs(tls, "keys", "public_key"),
            lone: has_lone.then(|| self.pair(tls, "public_key")),
            crypto: self.crypto(tls),
            enable_mtls: self.flag(tls, "enable_mtls"),
            ca_certs: self.texts(tls, "ca_certs"),
            disable_system_ca_pool: self.flag(tls, "disable_system_ca_pool"),
        })
    }

    pub(super) fn client_tls(&mut self, root: &Node) -> Option<ClientTls> {
        let member = root.member("client_tls")?;
        let tls = &member.value;
        Some(ClientTls {
            span: member.key.span,
            allow_insecure_connections: self.flag(tls, "allow_insecure_connections"),
            ca_certs: self.texts(tls, "ca_certs"),
            disable_system_ca_pool: self.flag(tls, "disable_system_ca_pool"),
            client_certs: self.pairs(tls, "client_certs", "certificate"),
            crypto: self.crypto(tls),
        })
    }

    fn pairs(&mut self, tls: &Node, list: &str, certificate: &str) -> Vec<KeyPair> {
        let items = tls.get(list).map(Node::items).unwrap_or_default();
        items
            .iter()
            .map(|item| self.pair(item, certificate))
            .collect()
    }

    fn pair(&mut self, object: &Node, certificate: &str) -> KeyPair {
        KeyPair {
            certificate: self.text(object, certificate),
            key: self.text(object, "private_key"),
        }
    }

    fn crypto(&mut self, tls: &Node) -> Crypto {
        Crypto {
            min: self.version(tls, "min_version", true),
            max: self.version(tls, "max_version", false),
            groups: numbers(tls, "curve_preferences"),
            suites: numbers(tls, "cipher_suites"),
        }
    }

    fn version(&mut self, tls: &Node, key: &str, is_lower: bool) -> Option<Spanned<TlsVersion>> {
        let text = self.text(tls, key)?;
        let version = version(&text, is_lower)?;
        Some(Spanned::new(version, text.span))
    }
}

fn numbers(tls: &Node, key: &str) -> Vec<Spanned<u16>> {
    let items = tls.get(key).map(Node::items).unwrap_or_default();
    let number = |node: &Node| Some(Spanned::new(node.as_u64()?.try_into().ok()?, node.span));
    items.iter().filter_map(number).collect()
}
