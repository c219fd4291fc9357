//! What is built on the policy language: cases, rules, counter-examples, comparisons.

use hallpass_iam::{
    Case, Document, Outcome, Policy, PolicyKind, PolicySet, Request, UseFilter, UseLog, cases,
    check, compare, decide, intruders, tighten,
};
use serde_json::Value;

use crate::sections::sections;

/// Cases: each that can be read is decided as it is explained.
pub fn iam_case(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for case in cases(text) {
        match case {
            Ok(case) => assert_eq!(case.explain().outcome(), case.decide(), "{text}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let is_one = Case::parse(text).is_ok();
    assert!(!is_one || cases(text).iter().all(Result::is_ok), "{text}");
    let _ = Case::name_in(text);
}

/// A document, checked: findings have words, and lie inside it.
pub fn iam_check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    let kinds = PolicyKind::ALL.iter().map(|kind| Some(*kind));
    for kind in kinds.chain([None]) {
        let findings = check(&document, kind);
        for finding in &findings {
            assert!(!finding.message.is_empty() && !finding.message.ends_with('.'));
            for label in std::iter::once(&finding.primary).chain(&finding.related) {
                let span = label.span;
                assert!(text.get(span.start..span.end).is_some(), "{finding:?}");
            }
        }
        assert_eq!(check(&document, kind), findings, "{text}");
    }
}

/// A trust policy: each token that should not pass, passes.
pub fn iam_intruders(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    for intruder in intruders(&document) {
        assert!(!intruder.subject().is_empty(), "{text}");
    }
}

/// Two documents: a document is itself, and each difference's witness shows it.
pub fn iam_compare(input: &[u8]) {
    let Some([one, other]) = sections(input) else {
        return;
    };
    let (Ok(one), Ok(other)) = (Document::parse(one), Document::parse(other)) else {
        return;
    };
    assert!(
        compare(&one, &one, PolicyKind::Identity)
            .differences
            .is_empty()
    );
    let policies = [&one, &other].map(|it| Policy::compile("", PolicyKind::Identity, it));
    for found in compare(&one, &other, PolicyKind::Identity).differences {
        let witness = &found.witness;
        let request = Request {
            caller: witness.caller.caller(),
            action: &witness.action,
            resource: &witness.resource,
            resource_account: witness.resource_account.as_deref(),
            context: &witness.context,
        };
        let [before, after] = policies.each_ref().map(|policy| -> Outcome {
            let set = PolicySet {
                identity: vec![policy],
                ..PolicySet::default()
            };
            decide(&request, &set)
        });
        assert_eq!((before, after), (found.before, found.after), "{request:?}");
        assert_ne!(before, after, "{request:?}");
    }
    // One of the other kinds: a pattern that any service may match is dear enough without both.
    let kind = if input.len().is_multiple_of(2) {
        PolicyKind::Resource
    } else {
        PolicyKind::Trust
    };
    let _ = compare(&one, &other, kind);
}

/// A policy and a log: what is narrowed to the log allows no more than before.
pub fn iam_tighten(input: &[u8]) {
    let Some([policy, log]) = sections(input) else {
        return;
    };
    let (Ok(document), Ok(text), Ok(event)) = (
        Document::parse(policy),
        serde_json::from_str::<Value>(policy),
        serde_json::from_str::<Value>(log),
    ) else {
        return;
    };
    let mut uses = UseLog::default();
    uses.add(&event, &UseFilter::default());
    for keeps_resources in [false, true] {
        let narrowed = tighten(&document, &text, &uses, keeps_resources).policy;
        let Ok(narrowed) = Document::parse(&narrowed.to_string()) else {
            panic!("{narrowed} is no policy");
        };
        let compared = compare(&document, &narrowed, PolicyKind::Identity);
        for found in compared.differences {
            assert_ne!(found.after, Outcome::Allow, "{policy} {log}");
        }
    }
}
