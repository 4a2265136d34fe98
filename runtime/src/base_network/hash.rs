//! The hash of a Base network: CRC-32C of the text, unsigned (BN-3).

/// The hash of what was said so far; more may follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u32);

impl Hash {
    pub fn of(text: &[u8]) -> Hash {
        Hash(crc32c::crc32c(text))
    }

    /// The hash of the text so far with `more` behind it.
    #[must_use]
    pub fn and(self, more: &[u8]) -> Hash {
        Hash(crc32c::crc32c_append(self.0, more))
    }

    pub fn value(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn bn_3_published_values() {
        // RFC 3720 B.4, and the check value of the catalogue of CRCs.
        for (text, value) in [
            (&b""[..], 0),
            (b"123456789", 0xE306_9283),
            (&[0; 32], 0x8A91_36AA),
            (&[0xFF; 32], 0x62A8_AB43),
        ] {
            assert_eq!(Hash::of(text).value(), value, "{text:?}");
            for cut in 0..=text.len() {
                let (start, rest) = text.split_at(cut);
                assert_eq!(
                    Hash::of(start).and(rest).value(),
                    value,
                    "{text:?} at {cut}"
                );
            }
        }
    }
}
