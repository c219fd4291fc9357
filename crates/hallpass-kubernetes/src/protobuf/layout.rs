//! Which field has which tag.

use std::collections::BTreeMap;

use crate::builtin::Field;

/// The fields of a message, by tag.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(super) slots: BTreeMap<u32, Slot>,
}

/// What a tag stands for.
#[derive(Debug)]
pub(super) enum Slot {
    /// A field.
    Field(Box<Field>),
    /// A message that JSON does not know: its fields are there those of the message around it.
    Inline(Layout),
}

impl Layout {
    /// That of these fields.
    pub(crate) fn new(fields: impl Iterator<Item = Field>) -> Self {
        let mut layout = Self::default();
        for field in fields {
            let tags = field.tags.clone();
            layout.put(&tags, field);
        }
        layout
    }

    fn put(&mut self, tags: &[u32], field: Field) {
        match tags {
            [] => {}
            [tag] => {
                self.slots.insert(*tag, Slot::Field(Box::new(field)));
            }
            [tag, inner @ ..] => {
                let inline = || Slot::Inline(Self::default());
                if let Slot::Inline(layout) = self.slots.entry(*tag).or_insert_with(inline) {
                    layout.put(inner, field);
                }
            }
        }
    }
}
