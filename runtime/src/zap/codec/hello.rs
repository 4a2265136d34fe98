//! The handshake: each side says once what it is called, the dialer first.

use super::{Malformed, Message, Writer};
use bytes::Bytes;
use std::fmt;

/// Bytes of a node's id.
pub(crate) const MAX_ID: usize = 60;
/// Bytes of the object that holds it: the id, zero padded, and its length.
const FIXED: usize = MAX_ID + 4;
/// Bytes of a handshake.
pub(crate) const HELLO: usize = super::HEADER + FIXED;

/// What a node is called. It is a claim: nothing proves it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(Box<str>);

impl NodeId {
    /// 1 to 60 bytes without control characters.
    pub fn new(id: &str) -> Option<NodeId> {
        let sound = (1..=MAX_ID).contains(&id.len()) && !id.chars().any(char::is_control);
        sound.then(|| NodeId(id.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The frame that says it.
    pub fn hello(&self) -> Bytes {
        let length = u32::try_from(self.0.len()).unwrap_or(0);
        Writer::bare(0, FIXED, 0)
            .inline(0, self.0.as_bytes())
            .u32(MAX_ID, length)
            .finish()
    }

    /// What a peer says that it is called, in the payload of its first frame.
    pub fn of_hello(payload: &[u8]) -> Result<NodeId, Malformed> {
        const NO_ID: Malformed = Malformed::Content("a handshake without a sound node id");
        let object = Message::parse(payload)?.root(FIXED)?;
        let length = usize::try_from(object.u32(MAX_ID)?).unwrap_or(usize::MAX);
        let id = object.inline::<MAX_ID>(0)?;
        let id = std::str::from_utf8(id.get(..length).ok_or(NO_ID)?).map_err(|_| NO_ID)?;
        NodeId::new(id).ok_or(NO_ID)
    }
}

/// Peers choose their names, and logs show them: whatever is not plain is escaped.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
