//! Findings as people read them: the message, the place in the text, what to do, where to read more.
//!
//! The drawing is rustc's own, by `annotate-snippets`. What comes out of a document is shown without
//! its control characters: a policy must not write on the reader's terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::renderer::{DEFAULT_HELP_STYLE, DEFAULT_LINE_NUM_STYLE, DEFAULT_NOTE_STYLE};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use hallpass_diag::{Finding, Label, LineIndex, Position, Severity, Span};

use crate::cli::Format;

/// A text that findings are about, and its name.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    /// The name, such as a path.
    pub(crate) name: &'a str,
    text: &'a str,
    lines: LineIndex,
}

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// The lines of the text, in colour.
    Coloured,
    /// A line a finding and one for its help: for logs and screen readers.
    Lines,
    /// The lines of the text.
    Uncoloured,
}

impl<'a> Source<'a> {
    /// A text by its name.
    pub(crate) fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            lines: LineIndex::new(text),
        }
    }

    /// Where a byte of the text stands.
    pub(crate) fn position(&self, offset: usize) -> Position {
        self.lines.position(self.text, offset)
    }

    /// The whole lines that hold all the spans: their first byte, and the lines.
    fn lines_of(&self, spans: impl Iterator<Item = Span> + Clone) -> (usize, &'a str) {
        let first = spans.clone().map(|span| span.start).min().unwrap_or(0);
        let last = spans.map(|span| span.end).max().unwrap_or(0);
        let before = self.text.get(..first).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let after = self.text.get(last..).unwrap_or_default();
        let end = after
            .find('\n')
            .map_or(self.text.len(), |length| last + length);
        (start, self.text.get(start..end).unwrap_or_default())
    }
}

impl Drawing {
    /// What the format draws, on a stream that shows colour or does not.
    pub(crate) const fn of(format: Format, has_colour: bool) -> Self {
        match format {
            Format::Human if has_colour => Self::Coloured,
            Format::Human => Self::Uncoloured,
            Format::Json | Format::Plain => Self::Lines,
        }
    }

    /// What stands between two findings.
    pub(crate) const fn between(self) -> &'static str {
        match self {
            Self::Coloured | Self::Uncoloured => "\n\n",
            Self::Lines => "\n",
        }
    }
}

/// A finding as text, without a line break at its end.
pub(crate) fn render(source: &Source<'_>, finding: &Finding, drawing: Drawing) -> String {
    if drawing == Drawing::Lines {
        return line(source, finding);
    }
    let mut text = picture(source, finding, drawing);
    let (note, help, end) = if drawing == Drawing::Coloured {
        let end = format!("{DEFAULT_NOTE_STYLE:#}");
        let note = format!("{DEFAULT_NOTE_STYLE}");
        (note, format!("{DEFAULT_HELP_STYLE}"), end)
    } else {
        (String::new(), String::new(), String::new())
    };
    // Writing to a string cannot fail.
    for said in &finding.notes {
        let _ = write!(text, "\n{note}note{end}: {}", printable(said));
    }
    if !finding.help.is_empty() {
        let _ = write!(text, "\n{help}help{end}: {}", printable(&finding.help));
    }
    let dim = if drawing == Drawing::Coloured {
        format!("{DEFAULT_LINE_NUM_STYLE}")
    } else {
        String::new()
    };
    let _ = write!(
        text,
        "\n{dim}more{end}: hallpass rules {}",
        finding.code.as_str()
    );
    text
}

/// `file:line:col: severity[code]: message`, and the notes and the help in lines of their own.
fn line(source: &Source<'_>, finding: &Finding) -> String {
    let mut text = format!(
        "{}:{}: {}[{}]: {}",
        printable(source.name),
        source.position(finding.primary.span.start),
        finding.severity.as_str(),
        finding.code,
        printable(&finding.message)
    );
    for note in &finding.notes {
        let _ = write!(text, "\n  note: {}", printable(note));
    }
    if !finding.help.is_empty() {
        let _ = write!(text, "\n  help: {}", printable(&finding.help));
    }
    text
}

/// The message and the text's lines, with marks.
fn picture(source: &Source<'_>, finding: &Finding, drawing: Drawing) -> String {
    let renderer = if drawing == Drawing::Coloured {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&finding.message))
        .id(finding.code.as_str());
    renderer.render(&[title.element(place(source, &finding.primary, &finding.related))])
}

/// The text's lines, with marks, and nothing around them; plainly, nothing: words name the place.
pub(crate) fn excerpt(
    source: &Source<'_>,
    primary: &Label,
    related: &[Label],
    drawing: Drawing,
) -> String {
    let renderer = match drawing {
        Drawing::Coloured => Renderer::styled(),
        Drawing::Lines => return String::new(),
        Drawing::Uncoloured => Renderer::plain(),
    };
    let group = Group::with_level(Level::NOTE).element(place(source, primary, related));
    renderer.render(&[group])
}

/// The lines of a place; where they would be too many, its name alone.
fn place<'a>(source: &Source<'a>, primary: &'a Label, related: &'a [Label]) -> Element<'a> {
    let labels = std::iter::once(primary).chain(related);
    let (start, lines) = source.lines_of(labels.map(|label| label.span));
    if lines.len() > MAX_DRAWN || lines.is_empty() {
        let at = source.position(primary.span.start);
        let origin = Origin::path(printable(source.name));
        return origin.line(at.line).char_column(at.column).into();
    }
    drawn(source, primary, related, start, lines).into()
}

fn drawn<'a>(
    source: &Source<'a>,
    primary: &'a Label,
    related: &'a [Label],
    start: usize,
    lines: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mark = |kind: AnnotationKind, label: &'a Label| {
        let within = |offset: usize| lines.floor_char_boundary(offset.saturating_sub(start));
        let (from, to) = (within(label.span.start), within(label.span.end));
        let text = (!label.text.is_empty()).then(|| printable(&label.text));
        kind.span(from..to.max(from)).label(text)
    };
    let mut snippet = Snippet::source(lines)
        .path(printable(source.name))
        .line_start(source.position(start).line)
        .annotation(mark(AnnotationKind::Primary, primary));
    for label in related {
        snippet = snippet.annotation(mark(AnnotationKind::Context, label));
    }
    snippet
}

/// The text without characters that act on a terminal or turn its reading order.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

// A document without line breaks is one line; beyond this its picture would help nobody.
const MAX_DRAWN: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use hallpass_diag::{Code, Confidence};

    use super::*;

    const TEXT: &str =
        "{\n  \"Effect\": \"allow\",\n  \"Action\": \"s3:*\",\n  \"Resource\": \"é\"\n}\n";

    fn finding(span: Span, related: &[(Span, &str)]) -> Finding {
        Finding {
            code: Code::known("policy/unknown-effect"),
            severity: Severity::Error,
            confidence: Confidence::High,
            message: "unknown effect `allow`".to_owned(),
            primary: Label::new(span, "not an effect"),
            related: related
                .iter()
                .map(|(span, text)| Label::new(*span, *text))
                .collect(),
            notes: vec!["it is read as it stands".to_owned()],
            help: "write `Allow`; effects are case-sensitive".to_owned(),
        }
    }

    fn span_of(part: &str) -> Span {
        let start = TEXT.find(part).unwrap();
        Span::new(start, start + part.len())
    }

    #[test]
    fn a_finding_is_drawn_with_its_lines() {
        let source = Source::new("trust.json", TEXT);
        let found = finding(span_of("\"allow\""), &[(span_of("\"é\""), "for this")]);
        insta::assert_snapshot!(render(&source, &found, Drawing::Uncoloured), @r#"
        error[policy/unknown-effect]: unknown effect `allow`
         --> trust.json:2:13
          |
        2 |   "Effect": "allow",
          |             ^^^^^^^ not an effect
        3 |   "Action": "s3:*",
        4 |   "Resource": "é"
          |               --- for this
        note: it is read as it stands
        help: write `Allow`; effects are case-sensitive
        more: hallpass rules policy/unknown-effect
        "#);
    }

    #[test]
    fn plainly_it_is_one_line_and_its_help() {
        let source = Source::new("trust.json", TEXT);
        let found = finding(span_of("\"allow\""), &[]);
        insta::assert_snapshot!(render(&source, &found, Drawing::Lines), @r"
        trust.json:2:13: error[policy/unknown-effect]: unknown effect `allow`
          note: it is read as it stands
          help: write `Allow`; effects are case-sensitive
        ");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let source = Source::new("trust.json", TEXT);
        let found = finding(span_of("\"allow\""), &[]);
        let coloured = render(&source, &found, Drawing::Coloured);
        let mut bare = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        assert_eq!(bare, render(&source, &found, Drawing::Uncoloured));
        assert_ne!(bare, coloured);
    }

    #[test]
    fn a_document_writes_nothing_on_the_terminal() {
        let text = "{\"\u{1b}[31m\u{202e}\": 1}";
        let source = Source::new("a\u{1b}]0;x\u{7}.json", text);
        let mut found = finding(Span::new(1, text.len() - 3), &[]);
        found.message = "unknown element `\u{1b}[31m\n`".to_owned();
        found.help = "remove `\u{9b}`".to_owned();
        for drawing in [Drawing::Uncoloured, Drawing::Lines] {
            let said = render(&source, &found, drawing);
            let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!said.contains(bad), "{said:?}");
        }
    }

    #[test]
    fn any_span_is_drawn_or_left_out() {
        let long = format!("[{}]", "\"é\",".repeat(100_000));
        for text in ["", "\n", "é", "é\r\né", TEXT, &long] {
            let source = Source::new("x", text);
            for start in [0, 1, 2, 5, text.len(), text.len() + 9] {
                for length in [0, 1, 2, 1000] {
                    let found =
                        finding(Span::new(start, start + length), &[(Span::new(1, 2), "x")]);
                    for drawing in [Drawing::Coloured, Drawing::Lines, Drawing::Uncoloured] {
                        assert!(render(&source, &found, drawing).contains("policy/unknown-effect"));
                    }
                }
            }
        }
    }
}
