//! TLS: what cannot work, what does nothing, and what opens a door.

use crate::{
    config::{
        Config, file,
        tls::{ClientTls, Crypto, KeyPair, TLS13_SUITES, Tls, group, name_of_unbuilt, suite},
    },
    describe::units::listed,
    diagnostic::{Code, Diagnostic, codes},
    json::Node,
    namespace,
    plan::{TlsGroup, TlsSuite, TlsVersion},
    source::{Span, Spanned},
};

pub fn check(root: &Node, config: &Config, findings: &mut Vec<Diagnostic>) {
    let mut judge = Judge { findings };
    if config.tls.as_ref().is_some_and(|tls| tls.disabled)
        && let Some(tls) = root.get("tls")
    {
        judge.off(tls);
    }
    if let Some(tls) = config.tls.as_ref().filter(|tls| !tls.disabled) {
        judge.listener(tls);
        if let Some(h2c) = config.use_h2c.filter(|h2c| h2c.value) {
            judge.inert(
                h2c.span,
                "`use_h2c` does nothing where the listener speaks TLS",
                "HTTP/2 is offered in the handshake",
            );
        }
    }
    let is_called = |host: &Spanned<crate::plan::Host>| host.tls;
    let backends = config.endpoints.iter().flat_map(|e| &e.backends);
    let mut called = backends.flat_map(|backend| backend.hosts(config));
    let has_https = called.any(|host| is_called(&host)) || namespace::zap::over_tls(config);
    if let Some(tls) = &config.client_tls {
        judge.client(tls, has_https);
    }
    let insecure = config.allow_insecure_connections.filter(|flag| flag.value);
    if let Some(flag) = insecure {
        judge.insecure(flag.span, has_https);
    }
}

struct Judge<'a> {
    findings: &'a mut Vec<Diagnostic>,
}

impl Judge<'_> {
    /// Whoever reads the rest must not take it for what is spoken.
    fn off(&mut self, tls: &Node) {
        let keys = tls.members().iter().filter(|member| {
            !member.key.starts_with(['@', '$', '_', '#']) && member.key.value != "disabled"
        });
        let keys: Vec<_> = keys
            .map(|member| format!("`{}`", member.key.value))
            .collect();
        if let (Some(disabled), false) = (tls.member("disabled"), keys.is_empty()) {
            self.say(
                &codes::INERT_KEY,
                &format!("`disabled` switches {} of `tls` off", listed(&keys)),
                disabled.value.span,
                "the listener speaks plain HTTP",
                "remove `disabled` to speak TLS, or the other keys where TLS ends before the gateway",
            );
        }
    }

    fn listener(&mut self, tls: &Tls) {
        if tls.keys.is_empty() && tls.lone.is_none() {
            self.say(
                &codes::NO_CERTIFICATE,
                "`tls` without a certificate",
                tls.span,
                "no `keys` are named here",
                "write `\"keys\": [{ \"public_key\": \"tls.crt\", \"private_key\": \"tls.key\" }]`, or \
                 `\"disabled\": true` for plain HTTP",
            );
        }
        self.pairs(tls.keys.iter().chain(&tls.lone));
        self.crypto(&tls.crypto);
        self.paths(&tls.ca_certs);
        let no_system = tls.disable_system_ca_pool.filter(|flag| flag.value);
        match tls.enable_mtls.filter(|flag| flag.value) {
            None => {
                let keys = [
                    ("ca_certs", tls.ca_certs.first().map(|path| path.span)),
                    ("disable_system_ca_pool", no_system.map(|flag| flag.span)),
                ];
                for (key, span) in keys {
                    if let Some(span) = span {
                        self.inert(
                            span,
                            &format!("`{key}` of `tls` does nothing without `enable_mtls`"),
                            "no client is asked for a certificate",
                        );
                    }
                }
            }
            Some(mtls) if no_system.is_none() => self.say(
                &codes::PUBLIC_CLIENT_ROOTS,
                "every authority that the system trusts may let clients in",
                mtls.span,
                "whoever has a certificate of any public authority passes",
                "write `\"disable_system_ca_pool\": true`, and name your own authority in `ca_certs`",
            ),
            Some(mtls) if tls.ca_certs.is_empty() => self.say(
                &codes::NO_AUTHORITY,
                "`enable_mtls` without an authority",
                mtls.span,
                "no authority is believed, so no client could connect",
                "name the files of the authorities that sign your clients' certificates in `ca_certs`",
            ),
            Some(_) => {}
        }
    }

    fn client(&mut self, tls: &ClientTls, has_https: bool) {
        self.pairs(&tls.client_certs);
        self.crypto(&tls.crypto);
        self.paths(&tls.ca_certs);
        let insecure = tls.allow_insecure_connections.filter(|flag| flag.value);
        if !has_https {
            return self.inert(
                tls.span,
                "`client_tls` does nothing where no backend is https",
                "no backend is called over TLS",
            );
        }
        let no_system = tls.disable_system_ca_pool.filter(|flag| flag.value);
        if let Some(insecure) = insecure {
            self.insecure(insecure.span, true);
            let keys = [
                ("ca_certs", tls.ca_certs.first().map(|path| path.span)),
                ("disable_system_ca_pool", no_system.map(|flag| flag.span)),
            ];
            for (key, span) in keys {
                if let Some(span) = span {
                    self.inert(
                        span,
                        &format!("`{key}` does nothing where every certificate is believed"),
                        "`allow_insecure_connections` is set",
                    );
                }
            }
        } else if let Some(no_system) = no_system.filter(|_| tls.ca_certs.is_empty()) {
            self.say(
                &codes::NO_AUTHORITY,
                "`disable_system_ca_pool` without an authority",
                no_system.span,
                "no authority is believed, so no https backend could be called",
                "name the files of the authorities that sign your backends' certificates in `ca_certs`",
            );
        }
    }

    fn insecure(&mut self, span: Span, has_https: bool) {
        if !has_https {
            return self.inert(
                span,
                "`allow_insecure_connections` does nothing where no backend is https",
                "no backend is called over TLS",
            );
        }
        self.say(
            &codes::INSECURE_UPSTREAMS,
            "certificates of backends are not checked",
            span,
            "whoever is on the way can read and change what is sent",
            "remove it, and name the authority of your backends in `client_tls.ca_certs`",
        );
    }

    fn pairs<'a>(&mut self, pairs: impl IntoIterator<Item = &'a KeyPair>) {
        for pair in pairs {
            self.paths(pair.certificate.iter().chain(&pair.key));
        }
    }

    fn paths<'a>(&mut self, paths: impl IntoIterator<Item = &'a Spanned<String>>) {
        let wrong = paths
            .into_iter()
            .filter_map(|path| file::judge(path, path.span));
        self.findings.extend(wrong);
    }

    fn crypto(&mut self, crypto: &Crypto) {
        if let (true, Some(bound)) = (
            crypto.min() > crypto.max(),
            crypto.max.or(crypto.min).map(|bound| bound.span),
        ) {
            self.say(
                &codes::NO_TLS_VERSION,
                "`min_version` is above `max_version`",
                bound,
                &format!(
                    "from TLS {} to TLS {}: there is none",
                    crypto.min(),
                    crypto.max()
                ),
                "TLS13 is the default of both; write both where TLS 1.3 is not wanted",
            );
        }
        for code in &crypto.groups {
            if group(code.value).is_none() {
                self.unbuilt(
                    "curve",
                    *code,
                    TlsGroup::ALL.iter().map(|g| (g.code(), g.name())),
                );
            }
        }
        let Some(first) = crypto.suites.first() else {
            return;
        };
        if crypto.min() == TlsVersion::V13 {
            return self.inert(
                first.span,
                "`cipher_suites` does nothing where only TLS 1.3 is spoken",
                "TLS 1.3 has three suites, all of them strong, and offers all",
            );
        }
        for code in &crypto.suites {
            if let Some((_, name)) = TLS13_SUITES
                .iter()
                .find(|(number, _)| *number == code.value)
            {
                self.inert(
                    code.span,
                    &format!("cipher suite {} ({name}) is always offered", code.value),
                    "the suites of TLS 1.3 are not a choice",
                );
            } else if suite(code.value).is_none() {
                let built = TlsSuite::ALL.iter().map(|s| (s.code(), s.name()));
                self.unbuilt("cipher suite", *code, built);
            }
        }
    }

    fn unbuilt(
        &mut self,
        what: &str,
        code: Spanned<u16>,
        built: impl Iterator<Item = (u16, &'static str)>,
    ) {
        let number = code.value;
        let name = name_of_unbuilt(number).map_or(String::new(), |name| format!(" ({name})"));
        let built: Vec<_> = built
            .map(|(code, name)| format!("{code} ({name})"))
            .collect();
        self.say(
            &codes::UNSUPPORTED_VALUE,
            &format!("{what} {number}{name} is not supported"),
            code.span,
            "",
            &format!("remove it; there are {}", built.join(", ")),
        );
    }

    fn inert(&mut self, span: Span, message: &str, label: &str) {
        self.say(&codes::INERT_KEY, message, span, label, "remove it");
    }

    fn say(&mut self, code: &'static Code, message: &str, span: Span, label: &str, help: &str) {
        self.findings
            .push(Diagnostic::new(code, message, span, label).help(help));
    }
}
