//! The algorithms of RFC 7518 and RFC 8037 that sign; `none` is not one of them.

/// An algorithm of a token's signature, as `alg` of `auth/validator` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alg {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

impl Alg {
    const ALL: [(Alg, &str); 13] = [
        (Alg::Hs256, "HS256"),
        (Alg::Hs384, "HS384"),
        (Alg::Hs512, "HS512"),
        (Alg::Rs256, "RS256"),
        (Alg::Rs384, "RS384"),
        (Alg::Rs512, "RS512"),
        (Alg::Ps256, "PS256"),
        (Alg::Ps384, "PS384"),
        (Alg::Ps512, "PS512"),
        (Alg::Es256, "ES256"),
        (Alg::Es384, "ES384"),
        (Alg::Es512, "ES512"),
        (Alg::EdDsa, "EdDSA"),
    ];

    /// By its name; case matters (RFC 7515 4.1.1).
    pub(crate) fn named(name: &str) -> Option<Alg> {
        let row = Alg::ALL.iter().find(|(_, n)| *n == name)?;
        Some(row.0)
    }

    /// As tokens spell it.
    #[cfg(feature = "signer")]
    pub(crate) fn name(self) -> &'static str {
        let row = Alg::ALL.iter().find(|(alg, _)| *alg == self);
        row.map_or("", |(_, name)| name)
    }
}

/// A set of algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Algs(u16);

impl Algs {
    /// What the edge accepts (AUTH-19).
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "the edge's identity asks for it")
    )]
    pub const EDGE: Algs = Algs::of(&[
        Alg::Rs256,
        Alg::Rs384,
        Alg::Rs512,
        Alg::Ps256,
        Alg::Ps384,
        Alg::Ps512,
        Alg::Es256,
        Alg::Es384,
        Alg::Es512,
    ]);

    pub const fn of(algs: &[Alg]) -> Algs {
        let (mut bits, mut n) = (0, 0);
        while n < algs.len() {
            bits |= 1 << algs[n] as u16;
            n += 1;
        }
        Algs(bits)
    }

    pub fn contains(self, alg: Alg) -> bool {
        self.0 & (1 << alg as u16) != 0
    }
}
