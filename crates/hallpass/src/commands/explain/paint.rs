//! Colours, where the terminal shows them. Colour never carries meaning: marks and words do.

use crate::snippet::Drawing;

/// Paints words, or leaves them as they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    has_colour: bool,
}

impl Paint {
    pub(super) fn of(drawing: Drawing) -> Self {
        Self {
            has_colour: drawing == Drawing::Coloured,
        }
    }

    /// What is good.
    pub(super) fn good(self, text: &str) -> String {
        self.painted("1;32", text)
    }

    /// What is bad, or differs.
    pub(super) fn bad(self, text: &str) -> String {
        self.painted("1;31", text)
    }

    /// A heading.
    pub(super) fn strong(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// What matters less.
    pub(super) fn dim(self, text: &str) -> String {
        self.painted("2", text)
    }

    fn painted(self, colour: &str, text: &str) -> String {
        if self.has_colour && !text.is_empty() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
