//! Every fault of a document: its place, message, code and help, as a person sees them.

use hallpass_diag::LineIndex;
use hallpass_iam::{Document, Effect, MAX_DOCUMENT_BYTES, PolicyError, Principals, Version};
use miette::Diagnostic;

/// The faults, one a line: `line:column [underlined] code: message; help`.
fn faults(text: &str) -> String {
    let Err(errors) = Document::parse(text) else {
        return "none".to_owned();
    };
    let lines = LineIndex::new(text);
    let shown: Vec<String> = errors
        .errors()
        .iter()
        .map(|error| {
            let span = error.span();
            let part = text.get(span.start..span.end).unwrap_or("?");
            format!(
                "{} [{part}] {}: {error}; {}",
                lines.position(text, span.start),
                code(error),
                error
                    .help()
                    .map(|help| help.to_string())
                    .unwrap_or_default(),
            )
        })
        .collect();
    shown.join("\n")
}

fn code(error: &PolicyError) -> String {
    error
        .code()
        .map(|code| code.to_string())
        .unwrap_or_default()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(faults(text), expected, "of {text}");
}

const JSON_HELP: &str =
    "a policy is a JSON document: objects in braces, names and texts in double quotes";

#[track_caller]
fn check_syntax(text: &str, expected: &str) {
    let (place, message) = expected.split_once(": ").unwrap_or_default();
    check(
        text,
        &format!("{place} policy/syntax: {message}; {JSON_HELP}"),
    );
}

#[test]
fn both_forms() {
    check(
        "{\"Statement\": {\"Effect\": \"Allow\",\n  \"Action\": \"a:b\",\n  \"NotAction\": \"c:d\"}}",
        "3:3 [\"NotAction\"] policy/both-forms: `Action` and `NotAction` stand in one statement; \
         keep the one that you mean",
    );
    for name in ["Resource", "Principal"] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "a:b", "Not{name}": {{"AWS": "*"}}, "{name}": {{"AWS": "*"}}}}}}"#
        );
        let shown = faults(&text);
        assert!(
            shown.contains(&format!("`{name}` and `Not{name}` stand in one statement")),
            "{shown}"
        );
    }
}

#[test]
fn duplicate_element() {
    check(
        "{\"Version\": \"2012-10-17\",\n \"Version\": \"2008-10-17\", \"Statement\": []}",
        "2:2 [\"Version\"] policy/duplicate-element: `Version` stands twice in one object; \
         keep one: readers of JSON disagree on which of the two counts",
    );
    check(
        r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Condition": {"StringEquals": {"k": "1", "k": "2"}}}}"#,
        "1:93 [\"k\"] policy/duplicate-element: `k` stands twice in one object; \
         keep one: readers of JSON disagree on which of the two counts",
    );
    // The same name, once by escapes.
    check(
        r#"{"Effect": 1, "\u0045ffect": 2}"#,
        "1:15 [\"\\u0045ffect\"] policy/duplicate-element: `Effect` stands twice in one object; \
         keep one: readers of JSON disagree on which of the two counts",
    );
}

#[test]
fn empty() {
    check(
        r#"{"Statement": {"Effect": "Allow", "Action": [], "Resource": []}}"#,
        "1:45 [[]] policy/empty: `Action` is empty; name at least one, or leave the element out\n\
         1:61 [[]] policy/empty: `Resource` is empty; name at least one, or leave the element out",
    );
    check(
        r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": []}}}"#,
        "1:73 [[]] policy/empty: `AWS` is empty; name at least one, or leave the element out",
    );
}

#[test]
fn missing_element() {
    check(
        "{}",
        "1:1 [{] policy/missing-element: `Statement` is missing; add `Statement`",
    );
    check(
        r#"{"Statement": [{"Resource": "*"}]}"#,
        "1:16 [{] policy/missing-element: `Effect` is missing; add `Effect`\n\
         1:16 [{] policy/missing-element: `Action` is missing; add `Action`",
    );
}

#[test]
fn syntax() {
    check_syntax(
        "",
        "1:1 []: expected a value, found the end of the document",
    );
    check_syntax(
        "{",
        "1:2 []: expected a name in double quotes, found the end of the document",
    );
    check_syntax(
        "{a: 1}",
        "1:2 [a]: expected a name in double quotes, found `a`",
    );
    check_syntax("{\"a\" 1}", "1:6 [1]: expected `:`, found `1`");
    check_syntax(
        "{\"a\": 1 \"b\": 2}",
        "1:9 [\"]: expected `,` or `}`, found `\\\"`",
    );
    check_syntax(
        "{\"a\": 1,}",
        "1:9 [}]: expected a name in double quotes, found `}`",
    );
    check_syntax("[1, ]", "1:5 []]: expected a value, found `]`");
    check_syntax("[1 2]", "1:4 [2]: expected `,` or `]`, found `2`");
    check_syntax("nul", "1:1 [n]: expected a value, found `n`");
    check_syntax("// x", "1:1 [/]: expected a value, found `/`");
    check_syntax(
        "01",
        "1:1 [0]: expected a number as JSON writes it, found `0`",
    );
    check_syntax(
        "\"a",
        "1:3 []: expected the closing `\"` of a string, found the end of the document",
    );
    check_syntax(
        "\"a\tb\"",
        "1:3 [\t]: expected an escape such as `\\n` for a control character, found `\\t`",
    );
    check_syntax(
        r#""\x""#,
        "1:3 [x]: expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found `x`",
    );
}

#[test]
fn unicode_escapes() {
    check_syntax(
        r#""\u12g4""#,
        "1:4 [1]: expected four hexadecimal digits, found `1`",
    );
    check_syntax(
        r#""\u12"#,
        "1:4 [1]: expected four hexadecimal digits, found `1`",
    );
    check_syntax(
        r#""\ud800""#,
        "1:8 [\"]: expected the second half of a surrogate pair, found `\\\"`",
    );
    check_syntax(
        r#""\ud800\u0041""#,
        "1:14 [\"]: expected the second half of a surrogate pair, found `\\\"`",
    );
    check_syntax(
        r#""\udc00""#,
        "1:8 [\"]: expected a Unicode scalar value, found `\\\"`",
    );
    let text = r#"{"Statement": {"Sid": "\u00e9\ud83d\ude00", "Effect": "\u0041llow", "Action": "s3:\u002a"}}"#;
    let document = Document::parse(text).ok();
    let statement = document
        .as_ref()
        .and_then(|document| document.statements().first());
    assert_eq!(
        statement.and_then(|statement| statement.sid.as_deref()),
        Some("é😀")
    );
    assert_eq!(
        statement.map(|statement| statement.effect),
        Some(Effect::Allow)
    );
}

#[test]
fn a_byte_order_mark_is_no_json() {
    check_syntax(
        "\u{feff}{\"Statement\": []}",
        "1:1 [\u{feff}]: expected a value, found `\\u{feff}`",
    );
}

#[test]
fn trailing_garbage() {
    check_syntax(
        "{\"Statement\": []}\n}",
        "2:1 [}]: expected the end of the document, found `}`",
    );
    check_syntax(
        "{\"Statement\": []}\0",
        "1:18 [\0]: expected the end of the document, found `\\u{0}`",
    );
    check("{\"Statement\": []} \r\n\t", "none");
}

#[test]
fn too_deep() {
    let nested = |depth: usize| {
        format!(
            r#"{{"Statement": {}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    check(
        &nested(64),
        "1:78 [[] policy/too-deep: the document is nested more than 64 levels deep; \
         no policy needs more than six levels",
    );
    assert!(!faults(&nested(63)).contains("too-deep"));
}

#[test]
fn too_large() {
    let text = |length: usize| {
        let document = r#"{"Statement": []}"#;
        format!("{document}{}", " ".repeat(length - document.len()))
    };
    check(&text(MAX_DOCUMENT_BYTES), "none");
    check(
        &text(MAX_DOCUMENT_BYTES + 1),
        "1:1 [] policy/too-large: the document is longer than the 1048576 bytes that are read; \
         IAM takes at most 10,240 characters; is this the file that you meant?",
    );
}

#[test]
fn unknown_effect() {
    check(
        "{\"Statement\": {\n  \"Effect\": \"allow\", \"Action\": \"a:b\"}}",
        "2:13 [\"allow\"] policy/unknown-effect: unknown effect `allow`; \
         write `Allow` or `Deny`; effects are case-sensitive",
    );
}

#[test]
fn unknown_element() {
    check(
        r#"{"statement": [], "Statement": {"Effect": "Allow", "Actions": "a:b", "Action": "a:b"}}"#,
        "1:2 [\"statement\"] policy/unknown-element: \
         unknown element `statement`, the nearest is `Statement`; \
         element names are case-sensitive; remove it or write `Statement`\n\
         1:52 [\"Actions\"] policy/unknown-element: \
         unknown element `Actions`, the nearest is `Action`; \
         element names are case-sensitive; remove it or write `Action`",
    );
    check(
        r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Principal": {"Aws": "*"}}}"#,
        "1:66 [\"Aws\"] policy/unknown-element: unknown element `Aws`, the nearest is `AWS`; \
         element names are case-sensitive; remove it or write `AWS`",
    );
}

#[test]
fn unknown_operator() {
    let with = |operator: &str| {
        format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "a:b", "Condition": {{"{operator}": {{"k": "v"}}}}}}}}"#
        )
    };
    check(
        &with("StringEqual"),
        "1:66 [\"StringEqual\"] policy/unknown-operator: \
         unknown condition operator `StringEqual`, the nearest is `StringEquals`; \
         see the IAM User Guide, \"Condition operators\"",
    );
    for (operator, nearest) in [
        ("ForAllValue:StringLike", "StringLike"),
        ("NullIfExists", "Null"),
        ("NotIPAdress", "NotIpAddress"),
        ("NumericLessThenEquals", "NumericLessThanEquals"),
    ] {
        let shown = faults(&with(operator));
        assert!(
            shown.contains(&format!(
                "unknown condition operator `{operator}`, the nearest is `{nearest}`"
            )),
            "{shown}"
        );
    }
}

#[test]
fn unknown_version() {
    check(
        r#"{"Version": "2012-10-18", "Statement": []}"#,
        "1:13 [\"2012-10-18\"] policy/unknown-version: unknown version `2012-10-18`; \
         write `2012-10-17`; `2008-10-17` knows no policy variables",
    );
}

#[test]
fn wrong_type() {
    check(
        "[]",
        "1:1 [[]] policy/wrong-type: `the document` takes an object, found a list; \
         write an object",
    );
    check(
        r#"{"Statement": {"Effect": true, "Action": [["a:b"]], "Principal": "ana"}}"#,
        "1:26 [true] policy/wrong-type: `Effect` takes a string, found true or false; \
         write a string\n\
         1:43 [[\"a:b\"]] policy/wrong-type: `Action` takes a string, found a list; \
         write a string\n\
         1:66 [\"ana\"] policy/wrong-type: `Principal` takes `\"*\"` or an object, found a string; \
         write `\"*\"` or an object",
    );
    check(
        r#"{"Statement": {"Effect": "Deny", "Action": "a:b", "Condition": {"Bool": 1, "Null": {"k": {}}}}}"#,
        "1:73 [1] policy/wrong-type: `Bool` takes an object, found a number; write an object\n\
         1:90 [{}] policy/wrong-type: `k` takes a string, a number, true or false, \
         found an object; write a string, a number, true or false",
    );
    check(
        r#"{"Version": 2012, "Id": null, "Statement": "x"}"#,
        "1:13 [2012] policy/wrong-type: `Version` takes a string, found a number; write a string\n\
         1:25 [null] policy/wrong-type: `Id` takes a string, found null; write a string\n\
         1:44 [\"x\"] policy/wrong-type: `a statement` takes an object, found a string; \
         write an object",
    );
}

#[test]
fn all_faults_are_told_at_once_and_the_first_stands_for_them() {
    let text = r#"{"Version": "1", "Statement": {"Effect": "no", "Action": []}}"#;
    let Err(errors) = Document::parse(text) else {
        panic!("{text} is a policy");
    };
    let codes: Vec<String> = errors.errors().iter().map(code).collect();
    assert_eq!(
        codes,
        [
            "policy/unknown-version",
            "policy/unknown-effect",
            "policy/empty"
        ]
    );
    assert_eq!(errors.to_string(), "1:13: unknown version `1` (and 2 more)");
}

#[test]
fn columns_count_characters() {
    check(
        "{\"Id\": \"ééé\", \"Version\": \"x\", \"Statement\": []}",
        "1:26 [\"x\"] policy/unknown-version: unknown version `x`; \
         write `2012-10-17`; `2008-10-17` knows no policy variables",
    );
}

#[test]
fn a_document_keeps_what_it_says() {
    let text = r#"{"Version": "2008-10-17", "Id": "i", "Statement": [
        {"Sid": "s", "Effect": "Deny", "NotPrincipal": {"AWS": ["*"], "CanonicalUser": "c"},
         "NotAction": "a:b", "NotResource": ["*"],
         "Condition": {"NumericLessThan": {"k": [1, "2"]}, "Bool": {"l": true}}}]}"#;
    let document = Document::parse(text);
    let Ok(document) = document else {
        panic!("{}", faults(text));
    };
    assert_eq!(document.version(), Some(Version::V2008));
    assert_eq!(document.id(), Some("i"));
    assert_eq!(
        document.quota_length(),
        text.chars().filter(|c| !c.is_whitespace()).count()
    );
    let [statement] = document.statements() else {
        panic!("one statement stands there");
    };
    assert!(
        statement
            .action
            .as_ref()
            .is_some_and(|action| action.is_negated)
    );
    assert!(
        statement
            .principal
            .as_ref()
            .is_some_and(|principal| principal.is_negated
                && matches!(&principal.value, Principals::Listed { aws, .. } if aws.len() == 1))
    );
    let conditions: Vec<(String, &str, Vec<&str>)> = statement
        .conditions
        .iter()
        .map(|condition| {
            let values = condition
                .values
                .iter()
                .map(|value| value.text.as_str())
                .collect();
            (
                condition.operator.to_string(),
                condition.key.as_str(),
                values,
            )
        })
        .collect();
    assert_eq!(
        conditions,
        [
            ("NumericLessThan".to_owned(), "k", vec!["1", "2"]),
            ("Bool".to_owned(), "l", vec!["true"]),
        ]
    );
}

#[test]
fn a_document_of_nothing_but_faults_costs_a_hundred_of_them_each_in_short() {
    let members: Vec<String> = (0..80_000)
        .map(|number| format!("\"{number}\":1"))
        .collect();
    let errors = Document::parse(&format!("{{{}}}", members.join(","))).unwrap_err();
    assert_eq!(errors.errors().len(), 100);
    let long = format!("{{\"{}\": 1}}", "x".repeat(500_000));
    assert!(Document::parse(&long).unwrap_err().to_string().len() < 300);
}
