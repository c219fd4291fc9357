//! What is wanted beside what was got: two texts with the characters that differ marked, or words.

use hallpass_diag::{Contrast, Reading, Run};
use hallpass_iam::{BaseOperator, Context, Failure, Operator, fill};
use unicode_width::UnicodeWidthStr as _;

use super::paint::Paint;
use crate::snippet::{Drawing, printable};

/// A failing part: what is wanted, and what was got.
#[derive(Clone, Debug)]
pub(super) enum Comparison {
    /// Texts, put side by side.
    Texts {
        /// The nearest of the wanted values, its variables filled in, against the nearest that was got.
        contrast: Contrast,
        wanted: String,
        got: String,
        /// Which of the wanted values it is, from 0.
        index: usize,
        /// How many values would do.
        of: usize,
    },
    /// Anything else, in words.
    Words { wanted: String, got: String },
}

impl Comparison {
    /// Compares what a failure wants and what it got. `has_variables` tells whether the document's
    /// version has variables.
    pub(super) fn of(
        failure: &Failure,
        action: &str,
        context: &Context,
        has_variables: bool,
    ) -> Self {
        match failure {
            Failure::Action {
                wanted, is_negated, ..
            } => sides(wanted, &[action.to_owned()], *is_negated, Reading::Pattern),
            Failure::Principal {
                wanted,
                got,
                is_negated,
                ..
            } => sides(
                wanted,
                std::slice::from_ref(got),
                *is_negated,
                Reading::Text,
            ),
            Failure::Resource {
                wanted,
                got,
                is_negated,
                ..
            } => {
                let wanted = filled(wanted, context, has_variables);
                sides(
                    &wanted,
                    std::slice::from_ref(got),
                    *is_negated,
                    Reading::Arn,
                )
            }
            Failure::Condition {
                operator,
                wanted,
                got,
                ..
            } => condition(operator, wanted, got.as_deref(), context, has_variables),
        }
    }

    /// The lines that people read, each indented.
    pub(super) fn lines(&self, drawing: Drawing, paint: Paint) -> Vec<String> {
        match self {
            Self::Words { wanted, got } => vec![
                format!("  wanted  {}", printable(wanted)),
                format!("  got     {}", printable(got)),
            ],
            Self::Texts { contrast, of, .. } if drawing == Drawing::Lines => {
                vec![plain_line(contrast, *of)]
            }
            Self::Texts { contrast, of, .. } => drawn(&contrast.clone().elided(WIDTH), *of, paint),
        }
    }
}

fn condition(
    name: &str,
    wanted: &[String],
    got: Option<&[String]>,
    context: &Context,
    has_variables: bool,
) -> Comparison {
    use BaseOperator as B;
    let listed = |values: &[String]| -> String {
        let shown: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        shown.join(" or ")
    };
    let operator = Operator::parse(name).map(|operator| operator.base);
    let words = |wanted: String| Comparison::Words {
        wanted,
        got: match got {
            None => "nothing: the request has no such key".to_owned(),
            Some([]) => "no value: the key is there and empty".to_owned(),
            Some(values) => listed(values),
        },
    };
    if operator == Some(B::Null) {
        let is_absence_wanted = wanted
            .iter()
            .any(|value| value.eq_ignore_ascii_case("true"));
        let wish = if is_absence_wanted {
            "no such key"
        } else {
            "the key, with any value"
        };
        return words(wish.to_owned());
    }
    let wanted = filled(wanted, context, has_variables);
    let reading = match operator {
        Some(B::StringEquals | B::BinaryEquals) => Some(Reading::Text),
        Some(B::StringEqualsIgnoreCase) => Some(Reading::TextIgnoringCase),
        Some(B::StringLike) => Some(Reading::Pattern),
        Some(B::ArnEquals | B::ArnLike) => Some(Reading::Arn),
        Some(_) | None => None,
    };
    match (reading, got) {
        (Some(reading), Some(got)) if !got.is_empty() => sides(&wanted, got, false, reading),
        (None, _) if operator.is_some_and(BaseOperator::is_negated) => {
            words(format!("anything but {}", listed(&wanted)))
        }
        (None, _) => words(format!("{name} {}", listed(&wanted))),
        (Some(_), _) => words(listed(&wanted)),
    }
}

/// The values with their variables filled in; as they stand where one has no value.
fn filled(wanted: &[String], context: &Context, has_variables: bool) -> Vec<String> {
    let fill = |text: &String| {
        let is_plain = !has_variables || !text.contains("${");
        if is_plain {
            return text.clone();
        }
        fill(text, context).unwrap_or_else(|| text.clone())
    };
    wanted.iter().map(fill).collect()
}

/// The nearest pair of values.
fn sides(wanted: &[String], got: &[String], is_negated: bool, reading: Reading) -> Comparison {
    let mut pairs: Vec<(usize, &String, &String)> = wanted
        .iter()
        .enumerate()
        .flat_map(|(index, wanted)| got.iter().map(move |got| (index, wanted, got)))
        .collect();
    pairs.sort_by_key(|(_, wanted, got)| std::cmp::Reverse(common(wanted, got)));
    let nearest = pairs
        .into_iter()
        .take(MAX_CONTRASTS)
        .map(|(index, wanted, got)| (index, wanted, got, Contrast::new(wanted, got, reading)))
        .min_by_key(|(.., contrast)| contrast.distance());
    match nearest {
        Some((index, wanted_text, got, contrast)) if !is_negated => Comparison::Texts {
            contrast,
            wanted: wanted_text.clone(),
            got: got.clone(),
            index,
            of: wanted.len(),
        },
        _ => {
            let list = |values: &[String]| values.join(" or ");
            let other = if is_negated { "anything but " } else { "" };
            let wanted = if wanted.is_empty() {
                "(none is named)".to_owned()
            } else {
                list(wanted)
            };
            Comparison::Words {
                wanted: format!("{other}{wanted}"),
                got: list(got),
            }
        }
    }
}

/// How many bytes two texts share at their ends: a cheap measure of nearness.
fn common(a: &str, b: &str) -> usize {
    let ends = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    ends(&mut a.bytes(), &mut b.bytes()) + ends(&mut a.bytes().rev(), &mut b.bytes().rev())
}

/// Both texts in full, and what of them differs: nothing is drawn.
fn plain_line(contrast: &Contrast, of: usize) -> String {
    let side = |text: fn(&Run) -> &str| -> String { contrast.runs().iter().map(text).collect() };
    let parts: Vec<String> = contrast
        .runs()
        .iter()
        .filter(|run| run.is_different)
        .map(|run| {
            let shown = |text: &str| match text {
                "" => "nothing".to_owned(),
                text => format!("`{text}`"),
            };
            format!("{} against {}", shown(&run.wanted), shown(&run.got))
        })
        .collect();
    let nearest = if of > 1 {
        format!(" (the nearest of {of})")
    } else {
        String::new()
    };
    let text = format!(
        "  wanted `{}`{nearest}, got `{}`; differs: {}",
        side(|run| &run.wanted),
        side(|run| &run.got),
        parts.join(", ")
    );
    printable(&text).into_owned()
}

/// Two lines, and marks below: one row of them where the columns agree, else one for each text.
fn drawn(contrast: &Contrast, of: usize, paint: Paint) -> Vec<String> {
    let text = |side: fn(&Run) -> &str| -> String {
        let runs = contrast.runs().iter();
        runs.map(|run| {
            let shown = printable(side(run));
            if run.is_different {
                paint.bad(&shown)
            } else {
                shown.into_owned()
            }
        })
        .collect()
    };
    let wide = |text: &str| printable(text).width();
    let marks = |side: fn(&Run) -> &str, width: &dyn Fn(&Run) -> usize| -> String {
        let runs = contrast.runs().iter();
        let marks: String = runs
            .map(|run| {
                let (mark, columns) = if run.is_different {
                    ("^", width(run))
                } else {
                    (" ", wide(side(run)))
                };
                mark.repeat(columns)
            })
            .collect();
        marks.trim_end().to_owned()
    };
    let nearest = if of > 1 {
        format!("   (the nearest of {of})")
    } else {
        String::new()
    };
    let wanted = format!(
        "  wanted  {}{}",
        text(|run| &run.wanted),
        paint.dim(&nearest)
    );
    let got = format!("  got     {}", text(|run| &run.got));
    let row = |marks: String| format!("          {}", paint.bad(&marks));
    if contrast.is_in_step() {
        let widest = |run: &Run| wide(&run.wanted).max(wide(&run.got)).max(1);
        return vec![wanted, got, row(marks(|run| &run.wanted, &widest))];
    }
    let of_wanted = marks(|run| &run.wanted, &|run| wide(&run.wanted));
    let of_got = marks(|run| &run.got, &|run| wide(&run.got));
    let lines = [(wanted, of_wanted), (got, of_got)];
    lines
        .into_iter()
        .flat_map(|(line, marks)| {
            let marks = (!marks.is_empty()).then(|| row(marks));
            std::iter::once(line).chain(marks)
        })
        .collect()
}

/// With the label before it, a hundred columns.
const WIDTH: usize = 90;
/// How many pairs of values are put side by side, the likeliest first.
const MAX_CONTRASTS: usize = 8;
