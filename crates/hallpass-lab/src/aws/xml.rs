//! Writing XML answers of the Query protocol.

use std::fmt::Write as _;

use hallpass_types::Timestamp;
use quick_xml::escape::escape;

/// XML in the making. Element names are ours; text is escaped.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// `<name>text</name>`.
    pub(crate) fn text(&mut self, name: &str, text: impl AsRef<str>) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "<{name}>{}</{name}>", escape(text.as_ref()));
        self
    }

    /// The same for a number, a flag or a time.
    pub(crate) fn value(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.text(name, value.to_string())
    }

    /// The element, unless the text is absent.
    pub(crate) fn optional(&mut self, name: &str, text: Option<impl AsRef<str>>) -> &mut Self {
        if let Some(text) = text {
            self.text(name, text);
        }
        self
    }

    /// A time as the Query protocol writes it: ISO 8601 in UTC, in whole seconds.
    pub(crate) fn time(&mut self, name: &str, time: Timestamp) -> &mut Self {
        self.value(name, time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }

    /// `<name>...</name>` around what `inside` writes.
    pub(crate) fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let _ = write!(self.0, "<{name}>");
        inside(self);
        let _ = write!(self.0, "</{name}>");
        self
    }

    /// `<name><member>...</member>...</name>`, one `member` an item.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |xml| {
            for item in items {
                xml.element("member", |xml| each(xml, item));
            }
        })
    }

    /// `<name><member>text</member>...</name>`.
    pub(crate) fn texts<T: AsRef<str>>(
        &mut self,
        name: &str,
        texts: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.element(name, |xml| {
            for text in texts {
                xml.text("member", text);
            }
        })
    }

    /// The XML so far.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}
