//! Writing XML answers of the Query protocol.

use std::borrow::Cow;
use std::fmt::Write as _;

use hallpass_types::Timestamp;
use quick_xml::escape::escape;

use super::text::iso_8601;

/// XML in the making. Element names are ours; text is escaped.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// `<name>text</name>`.
    pub(crate) fn text(&mut self, name: &str, text: impl AsRef<str>) -> &mut Self {
        let text = representable(text.as_ref());
        // Writing to a string cannot fail.
        let _ = write!(self.0, "<{name}>");
        let mut lines = text.split('\r');
        self.0.push_str(&escape(lines.next().unwrap_or_default()));
        for line in lines {
            // A reader takes a bare carriage return for a line's end (XML 1.0, section 2.11).
            let _ = write!(self.0, "&#xD;{}", escape(line));
        }
        let _ = write!(self.0, "</{name}>");
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
        self.text(name, iso_8601(time))
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
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The XML, done.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// The text without characters that XML cannot carry, not even escaped (XML 1.0, section 2.2).
fn representable(text: &str) -> Cow<'_, str> {
    let is_foreign = |c: char| matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_foreign) {
        Cow::Owned(text.replace(is_foreign, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_what_xml_cannot_carry_is_replaced() {
        let mut xml = Xml::default();
        xml.text("a", "<&> \"\r\n\t\u{0}\u{1f}\u{ffff}é");
        assert_eq!(
            xml.into_string(),
            "<a>&lt;&amp;&gt; &quot;&#xD;\n\t\u{fffd}\u{fffd}\u{fffd}é</a>"
        );
    }

    #[test]
    fn lists_have_a_member_an_item() {
        let mut xml = Xml::default();
        xml.texts("l", ["a", "b"]).texts("m", [""; 0]);
        assert_eq!(
            xml.into_string(),
            "<l><member>a</member><member>b</member></l><m></m>"
        );
    }
}
