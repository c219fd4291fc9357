//! Writes protobuf's wire format.

/// A message that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// The message.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A field with a text.
    pub(crate) fn text(&mut self, tag: u32, text: &str) {
        self.bytes(tag, text.as_bytes());
    }

    /// A field with bytes.
    pub(crate) fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        self.key(tag, 2);
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.bytes.extend_from_slice(bytes);
    }

    /// A field with a whole number or a truth value.
    pub(crate) fn varint(&mut self, tag: u32, number: u64) {
        self.key(tag, 0);
        self.number(number);
    }

    /// A field with a number.
    pub(crate) fn double(&mut self, tag: u32, number: f64) {
        self.key(tag, 1);
        self.bytes
            .extend_from_slice(&number.to_bits().to_le_bytes());
    }

    /// A field with a message.
    pub(crate) fn message(&mut self, tag: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(tag, &inner.bytes);
    }

    fn key(&mut self, tag: u32, wire: u64) {
        self.number(u64::from(tag) << 3 | wire);
    }

    fn number(&mut self, mut number: u64) {
        loop {
            let bits = number.to_le_bytes().first().map_or(0, |byte| byte & 0x7f);
            number >>= 7;
            if number == 0 {
                self.bytes.push(bits);
                return;
            }
            self.bytes.push(bits | 0x80);
        }
    }
}
