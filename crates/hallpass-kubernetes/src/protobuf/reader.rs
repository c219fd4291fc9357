//! Protobuf's wire format: tags and values, one after another.

use super::error::Malformed;

/// Reads the fields of a message.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire<'a> {
    Bytes(&'a [u8]),
    Fixed32,
    Fixed64(u64),
    Varint(u64),
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's tag and value; absent at the end.
    pub(super) fn field(&mut self) -> Result<Option<(u32, Wire<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let tag = u32::try_from(key >> 3).map_err(|_| Malformed::Illegal)?;
        if tag == 0 {
            return Err(Malformed::Illegal);
        }
        let value = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(*self.chunk::<8>()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed::End)?;
                let (value, rest) = self.rest.split_at_checked(length).ok_or(Malformed::End)?;
                self.rest = rest;
                Wire::Bytes(value)
            }
            5 => {
                self.chunk::<4>()?;
                Wire::Fixed32
            }
            // Groups, which protobuf gave up before Kubernetes began.
            _ => return Err(Malformed::Illegal),
        };
        Ok(Some((tag, value)))
    }

    /// The next of numbers that stand without tags.
    pub(super) fn packed(&mut self) -> Result<Option<u64>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.varint().map(Some)
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Malformed::End)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed::Illegal);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed::Illegal)
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (chunk, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed::End)?;
        self.rest = rest;
        Ok(chunk)
    }
}

impl<'a> Wire<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Fixed32 | Self::Fixed64(_) | Self::Varint(_) => Err(Malformed::Type),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed::NotUtf8)
    }

    pub(super) fn varint(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Bytes(_) | Self::Fixed32 | Self::Fixed64(_) => Err(Malformed::Type),
        }
    }

    /// A whole number, which protobuf writes as its two's complement.
    pub(super) fn whole(self) -> Result<i64, Malformed> {
        self.varint().map(u64::cast_signed)
    }

    pub(super) fn double(self) -> Result<f64, Malformed> {
        match self {
            Self::Fixed64(bits) => Ok(f64::from_bits(bits)),
            Self::Bytes(_) | Self::Fixed32 | Self::Varint(_) => Err(Malformed::Type),
        }
    }
}
