//! Tables of what GitHub documents, and properties.

use serde_json::{Map, Value, json};

use super::*;

fn contexts() -> Map<String, Value> {
    let Value::Object(contexts) = json!({
        "github": {
            "ref": "refs/heads/main",
            "event": {
                "labels": [{ "name": "bug" }, { "name": "help" }, { "id": 3 }],
                "matrix": [[1, 2], [3]],
            },
            "event_name": "push",
        },
        "env": { "Name": "x", "EMPTY": "" },
        "steps": { "one": { "outputs": { "Digest": "sha256:1" }, "outcome": "success" } },
        "matrix": { "node": 20, "os": "linux" },
        "needs": { "a": { "result": "success" }, "b": { "result": "failure" } },
        "secrets": {},
    }) else {
        panic!("an object");
    };
    contexts
}

struct Files;

impl HashFiles for Files {
    fn hash_files(&self, patterns: &[String]) -> Result<String, String> {
        Ok(patterns.join("+"))
    }
}

fn value(expression: &str, status: Status) -> Result<Value, ExpressionError> {
    let contexts = contexts();
    evaluate(
        expression,
        &Scope {
            contexts: &contexts,
            status,
            files: Some(&Files),
        },
    )
}

#[test]
fn operators_and_coercions_are_githubs() {
    for (expression, wanted) in [
        ("1 == 1.0", json!(true)),
        ("'1' == 1", json!(true)),
        ("'' == 0", json!(true)),
        ("null == 0", json!(true)),
        ("null == ''", json!(true)),
        ("true == 1", json!(true)),
        ("'true' == true", json!(false)),
        ("'Push' == github.event_name", json!(true)),
        ("'a' < 'B'", json!(true)),
        ("'abc' > 1", json!(false)),
        ("'abc' < 1", json!(false)),
        ("'0x10' == 16", json!(true)),
        ("'0xFFFFFFFF' == -1", json!(true)),
        ("' 42 ' == 42", json!(true)),
        ("'inf' == 'INF'", json!(true)),
        ("'inf' < 1", json!(false)),
        ("github.event == github.event", json!(true)),
        ("github.event == github.event.labels", json!(false)),
        ("fromJSON('[]') == fromJSON('[]')", json!(false)),
        ("1 != 2 && 'yes' || 'no'", json!("yes")),
        ("false || ''", json!("")),
        ("null && 1", json!(null)),
        ("!github.nothing", json!(true)),
        ("!fromJSON('[]')", json!(false)),
        ("1 >= 1 && 1 <= 1 && !(2 < 1)", json!(true)),
        ("null >= null", json!(true)),
        ("'it''s'", json!("it's")),
        ("0x1F", json!(31)),
        ("-1.5e1", json!(-15)),
    ] {
        assert_eq!(
            value(expression, Status::Success),
            Ok(wanted),
            "{expression}"
        );
    }
}

#[test]
fn contexts_are_followed_as_far_as_they_go() {
    for (expression, wanted) in [
        ("github.REF", json!("refs/heads/main")),
        ("GitHub['event']['labels'][0].name", json!("bug")),
        ("steps.one.outputs.digest", json!("sha256:1")),
        ("steps.two.outputs.x", json!(null)),
        ("github.ref.x.y", json!(null)),
        ("github.event.labels[9]", json!(null)),
        ("github.event.labels[-1]", json!(null)),
        ("github.event.labels['0'].name", json!("bug")),
        ("github.event.labels.*.name", json!(["bug", "help"])),
        ("github.event.labels[*].name", json!(["bug", "help"])),
        ("github.event.labels.name", json!(null)),
        ("needs.*.result", json!(["success", "failure"])),
        ("github.event.matrix.*.*", json!([1, 2, 3])),
        ("github.event.matrix.*[0]", json!([1, 3])),
        ("github.ref.*", json!([])),
        ("env.Name", json!("x")),
        ("env.NAME", json!(null)),
        ("matrix[format('{0}', 'node')]", json!(20)),
        ("fromJSON('{\"a\":[1]}').a[0]", json!(1)),
    ] {
        assert_eq!(
            value(expression, Status::Success),
            Ok(wanted),
            "{expression}"
        );
    }
}

#[test]
fn functions_are_githubs() {
    for (expression, wanted) in [
        ("contains('Hello world', 'WORLD')", json!(true)),
        ("contains(github.event.labels.*.name, 'Bug')", json!(true)),
        ("contains(github.event.labels.*.name, 'bu')", json!(false)),
        ("contains(fromJSON('[1, 2]'), '2')", json!(true)),
        ("contains(github.event, 'labels')", json!(false)),
        ("contains(123, 2)", json!(true)),
        ("startsWith(github.ref, 'REFS/heads/')", json!(true)),
        ("endsWith('abc', 'BC')", json!(true)),
        ("endsWith('abc', github.event)", json!(false)),
        ("format('{0}-{1}-{{x}}', 'a', 2.50)", json!("a-2.5-{x}")),
        ("join(github.event.labels.*.name, ', ')", json!("bug, help")),
        ("join(fromJSON('[1,true,null]'))", json!("1,true,")),
        ("join('text', '-')", json!("text")),
        (
            "toJSON(matrix)",
            json!("{\n  \"node\": 20,\n  \"os\": \"linux\"\n}"),
        ),
        ("toJSON(fromJSON('1.0'))", json!("1")),
        ("toJSON(fromJSON('{}'))", json!("{}")),
        ("fromJSON('true')", json!(true)),
        ("hashFiles('a', '!b')", json!("a+!b")),
        ("case(false, 1, true, 2, 3)", json!(2)),
        ("case(false, 1, 3)", json!(3)),
        ("SUCCESS()", json!(true)),
        ("failure()", json!(false)),
        ("always() && !cancelled()", json!(true)),
    ] {
        assert_eq!(
            value(expression, Status::Success),
            Ok(wanted),
            "{expression}"
        );
    }
}

#[test]
fn numbers_are_written_as_githubs() {
    for (number, wanted) in [
        (json!(1), "1"),
        (json!(1.50), "1.5"),
        (json!(-0.25), "-0.25"),
        (json!(0.1), "0.1"),
        (json!(123_456_789_012_345_u64), "123456789012345"),
        (json!(1e15), "1E+15"),
        (json!(1.5e20), "1.5E+20"),
        (json!(0.000_01), "0.00001"),
        (json!(0.000_001_5), "1.5E-06"),
        (json!(100), "100"),
        (json!(0), "0"),
    ] {
        assert_eq!(text_of(&number), wanted);
    }
}

#[test]
fn faults_are_told() {
    for (expression, says) in [
        ("", "empty expression"),
        ("github.", "expected an identifier"),
        ("\"x\"", "at character 1"),
        ("unknown.x", "there is no context `unknown` here"),
        ("nope()", "Unknown function: nope"),
        ("contains('a')", "exactly 2 arguments"),
        ("format('{1}', 'a')", "argument 1, and there are 1"),
        ("format('{x}', 'a')", "is no format"),
        ("fromJSON('{')", "fromJSON: "),
        ("fromJSON('')", "empty text"),
        ("1 = 1", "expected `==`"),
    ] {
        let error = value(expression, Status::Success).unwrap_err();
        assert!(
            error.reason.contains(says),
            "{expression}: {}",
            error.reason
        );
    }
    let mut doubling = "'0123456789'".to_owned();
    for _ in 0..40 {
        doubling = format!("format('{{0}}{{0}}', {doubling})");
    }
    let error = value(&doubling, Status::Success).unwrap_err();
    assert!(error.reason.contains("grows past"), "{}", error.reason);
}

#[test]
fn texts_are_filled_in() {
    let contexts = contexts();
    let scope = Scope {
        contexts: &contexts,
        status: Status::Success,
        files: None,
    };
    for (template, wanted) in [
        ("plain", json!("plain")),
        ("${{ matrix.node }}", json!(20)),
        ("v${{ matrix.node }}-${{matrix.os}}", json!("v20-linux")),
        ("${{ '}}' }}", json!("}}")),
        ("${{ 'it''s }}' }}!", json!("it's }}!")),
        ("a } b }} c", json!("a } b }} c")),
        ("${{ null }}", json!(null)),
        ("x${{ null }}", json!("x")),
        ("x${{ github.event }}", json!("xObject")),
    ] {
        assert_eq!(fill(template, &scope), Ok(wanted), "{template}");
    }
    assert!(fill("${{ matrix.node", &scope).is_err());
    assert!(
        fill("${{ hashFiles('x') }}", &scope)
            .unwrap_err()
            .reason
            .contains("workspace")
    );
    let filled = fill_value(&json!({ "a": ["${{ matrix.os }}", 1] }), &scope);
    assert_eq!(filled, Ok(json!({ "a": ["linux", 1] })));
}

#[test]
fn conditions_mean_success_unless_they_ask() {
    let contexts = contexts();
    for (condition, success, failure, cancelled) in [
        (None, true, false, false),
        (Some(""), true, false, false),
        (Some("true"), true, false, false),
        (Some("false"), false, false, false),
        (Some("always()"), true, true, true),
        (Some("${{ always() }}"), true, true, true),
        (Some("failure()"), false, true, false),
        (
            Some("failure() && github.event_name == 'push'"),
            false,
            true,
            false,
        ),
        (Some("!cancelled()"), true, true, false),
        (Some("cancelled()"), false, false, true),
        (Some("github.event_name == 'push'"), true, false, false),
        (Some("${{ github.event_name }} == 'x'"), true, false, false),
        (
            Some("contains(needs.*.result, 'failure') && always()"),
            true,
            true,
            true,
        ),
    ] {
        for (status, wanted) in [
            (Status::Success, success),
            (Status::Failure, failure),
            (Status::Cancelled, cancelled),
        ] {
            let scope = Scope {
                contexts: &contexts,
                status,
                files: None,
            };
            assert_eq!(
                holds(condition, &scope),
                Ok(wanted),
                "{condition:?} {status:?}"
            );
        }
    }
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    fn words() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            Just("github.event.labels"),
            Just("env.Name"),
            Just(".*"),
            Just("[0]"),
            Just("'x'"),
            Just("''"),
            Just("1"),
            Just("0x"),
            Just("=="),
            Just("<"),
            Just("&&"),
            Just("||"),
            Just("!"),
            Just("("),
            Just(")"),
            Just("contains("),
            Just("format("),
            Just("'{0}{{'"),
            Just(","),
            Just("toJSON("),
            Just("fromJSON("),
            Just("join("),
            Just("null"),
            Just("true"),
            Just("case("),
            Just("${{"),
            Just("}}"),
            Just("é"),
            Just("'"),
        ];
        proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn nothing_panics(text in words(), other in ".{0,40}") {
            let contexts = contexts();
            let scope = Scope { contexts: &contexts, status: Status::Success, files: Some(&Files) };
            for text in [&text, &other] {
                let _ = evaluate(text, &scope);
                let _ = fill(text, &scope);
                let _ = holds(Some(text), &scope);
            }
        }

        #[test]
        fn a_quoted_text_is_itself(text in ".{0,40}") {
            let contexts = contexts();
            let scope = Scope { contexts: &contexts, status: Status::Success, files: None };
            let quoted = format!("'{}'", text.replace('\'', "''"));
            prop_assert_eq!(evaluate(&quoted, &scope), Ok(Value::String(text.clone())));
            prop_assert_eq!(evaluate(&format!("{quoted} == {quoted}"), &scope), Ok(Value::Bool(true)));
            let filled = fill(&format!("<${{{{ {quoted} }}}}>"), &scope);
            prop_assert_eq!(filled, Ok(Value::String(format!("<{text}>"))));
        }

        #[test]
        fn json_comes_back(number in any::<i32>(), text in ".{0,20}") {
            let Value::Object(contexts) = json!({ "matrix": { "n": number, "t": text } }) else { return Ok(()) };
            let scope = Scope { contexts: &contexts, status: Status::Success, files: None };
            let back = evaluate("fromJSON(toJSON(matrix))", &scope);
            prop_assert_eq!(back, Ok(json!({ "n": number, "t": text })));
        }
    }
}
