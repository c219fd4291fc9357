//! Long texts made to fit a line: what agrees is cut first.

use super::run::{Contrast, Run};

impl Contrast {
    /// The contrast with both texts in about `width` characters: the middle of long runs becomes `…`.
    ///
    /// Texts that fit stay as they are. Runs that agree are cut before those that differ.
    #[must_use]
    pub fn elided(self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let agreeing = self.map(|run| {
            if run.is_different {
                run
            } else {
                cut(&run, KEPT_AGREEING)
            }
        });
        if agreeing.width() <= width {
            return agreeing;
        }
        agreeing.map(|run| {
            if run.is_different {
                cut(&run, KEPT_DIFFERENT)
            } else {
                run
            }
        })
    }

    fn width(&self) -> usize {
        let side = |text: fn(&Run) -> &str| -> usize {
            let runs = self.runs().iter();
            runs.map(|run| text(run).chars().count()).sum()
        };
        side(|run| &run.wanted).max(side(|run| &run.got))
    }
}

fn cut(run: &Run, kept: usize) -> Run {
    Run {
        wanted: short(&run.wanted, kept),
        got: short(&run.got, kept),
        is_different: run.is_different,
    }
}

/// The text's ends, where something worth cutting stands between them.
fn short(text: &str, kept: usize) -> String {
    let count = text.chars().count();
    if count <= kept * 2 + 1 {
        return text.to_owned();
    }
    let head = text.chars().take(kept);
    let tail = text.chars().skip(count - kept);
    head.chain(['…']).chain(tail).collect()
}

const KEPT_AGREEING: usize = 14;
const KEPT_DIFFERENT: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contrast::Reading;

    #[test]
    fn the_middle_of_what_agrees_goes_first() {
        let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
        let text = |end: &str| format!("arn:aws:iam::111122223333:oidc-provider/{issuer}{end}");
        let contrast = Contrast::new(&text("A"), &text("B"), Reading::Text).elided(60);
        let [same, different] = contrast.runs() else {
            panic!("{contrast:?}");
        };
        assert_eq!(same.wanted, "arn:aws:iam::1…3DE1B71EXAMPLE");
        assert_eq!(
            (same.got.as_str(), different.got.as_str()),
            (same.wanted.as_str(), "B")
        );
        let short = Contrast::new("a", "b", Reading::Text);
        assert_eq!(short.clone().elided(10), short);
    }

    #[test]
    fn what_differs_is_cut_where_nothing_else_helps() {
        let contrast = Contrast::new(&"a".repeat(500), &"b".repeat(500), Reading::Text);
        assert_eq!(contrast.elided(80).width(), 49);
    }
}
