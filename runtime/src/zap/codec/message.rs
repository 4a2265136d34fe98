//! A message: sixteen bytes of header, and the objects behind it.

use super::{HEADER, MAGIC, Object, word};

/// Named by the protocol, and meant by nobody: a message that is compressed, encrypted or signed cannot be read.
const MODIFIERS: u16 = 0b111;

/// Why bytes are no message, or not the one that they say they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("a message of fewer than {HEADER} bytes")]
    Short,
    #[error("a message that does not begin with the magic")]
    Magic,
    #[error("a message of version {0}")]
    Version(u16),
    #[error("a message that is compressed, encrypted or signed")]
    Modified,
    #[error("a message whose size is not that of its bytes")]
    Size,
    #[error("a message without an object")]
    NoObject,
    #[error("an object that lies outside of its message")]
    Object,
    #[error("an object inside of itself, or too many in one another")]
    Nested,
    #[error("a field that lies outside of its object")]
    Field,
    #[error("a field whose data lie where none may")]
    Data,
    #[error("fields that share their data")]
    Overlap,
    #[error("a text that is not UTF-8")]
    Text,
    #[error("{0}")]
    Content(&'static str),
}

/// A message whose header is sound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Cut to the size that its header says.
    bytes: &'a [u8],
    flags: u16,
    root: usize,
}

impl<'a> Message<'a> {
    /// Reads the header; what lies behind the message is ignored.
    pub fn parse(bytes: &'a [u8]) -> Result<Message<'a>, Malformed> {
        if bytes.len() < HEADER {
            return Err(Malformed::Short);
        }
        if bytes[..4] != MAGIC {
            return Err(Malformed::Magic);
        }
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let whole = |at| word(bytes, at).and_then(|word| usize::try_from(word).ok());
        // Later nodes write 2, and mean the same.
        match half(4) {
            1 | 2 => {}
            version => return Err(Malformed::Version(version)),
        }
        let flags = half(6);
        if flags & MODIFIERS != 0 {
            return Err(Malformed::Modified);
        }
        let size = whole(12).filter(|size| (HEADER..=bytes.len()).contains(size));
        Ok(Message {
            bytes: &bytes[..size.ok_or(Malformed::Size)?],
            flags,
            root: whole(8).ok_or(Malformed::Object)?,
        })
    }

    /// The type of the message, which decides what is in it.
    pub fn kind(&self) -> u8 {
        self.flags.to_be_bytes()[0]
    }

    /// Type and modifiers.
    pub fn flags(&self) -> u16 {
        self.flags
    }

    /// All of it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The root object, whose fixed section has `fixed` bytes: the type of the message says how many.
    pub fn root(&self, fixed: usize) -> Result<Object<'a>, Malformed> {
        match self.root {
            0 => Err(Malformed::NoObject),
            root => Object::at(self.bytes, root, fixed),
        }
    }

    /// Where the root object begins; 0: there is none.
    pub fn root_offset(&self) -> usize {
        self.root
    }
}
