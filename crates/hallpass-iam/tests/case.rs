//! What a case means, field by field, and what is said of a case that cannot be used.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test file outside `cfg(test)` modules"
)]

use hallpass_iam::{Case, CaseError, MAX_CASE_BYTES, MAX_DOCUMENTS, Outcome, cases};
use proptest::prelude::*;
use serde_json::{Value, json};

const ALLOW_ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// A case of a user that reads an object, with `change` made to it.
fn case(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = json!({
        "name": "n",
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::bucket/key",
        },
        "identityPolicies": [document(ALLOW_ALL)],
    });
    change(&mut value);
    value
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// An `Allow` of everything under conditions.
fn under(conditions: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions},
    ]})
}

/// Decides the case with the keys that follow from it.
fn decided_filled(value: &Value) -> Outcome {
    let mut case = Case::parse(&value.to_string()).unwrap();
    case.fill_keys();
    case.decide()
}

fn decided(value: &Value) -> Outcome {
    let case = Case::parse(&value.to_string()).unwrap_or_else(|why| panic!("{why}: {value}"));
    assert_eq!(case.decide(), case.explain().outcome(), "{value}");
    case.decide()
}

fn refused(text: &str) -> CaseError {
    match Case::parse(text) {
        Ok(case) => panic!("taken: {case:?}"),
        Err(error) => error,
    }
}

#[test]
fn absent_null_and_empty_fields_are_none_of_that_kind() {
    for field in [
        "permissionBoundaries",
        "sessionPolicies",
        "serviceControlPolicies",
        "resourceControlPolicies",
    ] {
        for value in [Value::Null, json!([])] {
            let case = case(|case| case[field] = value.clone());
            assert_eq!(decided(&case), Outcome::Allow, "{field}: {value}");
        }
    }
    assert_eq!(
        decided(&case(|case| case["resourcePolicy"] = Value::Null)),
        Outcome::Allow
    );
}

#[test]
fn an_empty_level_allows_nothing() {
    for field in ["serviceControlPolicies", "resourceControlPolicies"] {
        let level =
            |second: Value| case(|case| case[field] = json!([[document(ALLOW_ALL)], second]));
        assert_eq!(
            decided(&level(json!([document(ALLOW_ALL)]))),
            Outcome::Allow
        );
        assert_eq!(decided(&level(json!([]))), Outcome::ImplicitDeny, "{field}");
    }
}

#[test]
fn of_several_boundaries_each_binds() {
    let nothing = json!({"Statement": []});
    let denies = json!({"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    let bounded = |boundaries: Vec<Value>| {
        decided(&case(|case| {
            case["permissionBoundaries"] = Value::from(boundaries);
        }))
    };
    let all = || document(ALLOW_ALL);
    assert_eq!(bounded(vec![all(), all()]), Outcome::Allow);
    assert_eq!(bounded(vec![all(), nothing.clone()]), Outcome::ImplicitDeny);
    assert_eq!(bounded(vec![nothing, denies, all()]), Outcome::ExplicitDeny);
}

#[test]
fn documents_may_be_texts() {
    let case = case(|case| {
        case["identityPolicies"] = json!([ALLOW_ALL]);
        case["permissionBoundaries"] = json!([ALLOW_ALL]);
        case["serviceControlPolicies"] = json!([[ALLOW_ALL]]);
    });
    assert_eq!(decided(&case), Outcome::Allow);
}

#[test]
fn context_values_are_texts_numbers_truths_and_lists_of_these() {
    for (value, condition) in [
        (json!("a"), json!({"StringEquals": {"k:x": "a"}})),
        (json!(5), json!({"NumericEquals": {"k:x": "5"}})),
        (json!(1.50), json!({"NumericEquals": {"k:x": 1.5}})),
        (json!(true), json!({"Bool": {"K:X": "true"}})),
        (
            json!(["a", "b"]),
            json!({"ForAllValues:StringEquals": {"k:x": ["a", "b"]}}),
        ),
        (json!([]), json!({"Null": {"k:x": "true"}})),
        (Value::Null, json!({"Null": {"k:x": "true"}})),
    ] {
        let case = case(|case| {
            case["request"]["context"] = json!({"k:x": value});
            case["identityPolicies"] = json!([under(&condition)]);
        });
        assert_eq!(decided(&case), Outcome::Allow, "{value}");
    }
}

#[test]
fn keys_that_follow_from_the_case_are_filled_in_where_that_is_asked_for() {
    let user = "arn:aws:iam::111122223333:user/p/ana";
    let session = "arn:aws:sts::111122223333:assumed-role/ci/s";
    let keys = |principal: &Value, wanted: Value| {
        let case = case(|case| {
            case["request"]["principal"] = principal.clone();
            case["request"]["resource"] = json!("arn:aws:sqs:eu-west-1:444455556666:q");
            case["identityPolicies"] = json!([under(&json!({"StringEquals": wanted}))]);
            case["resourcePolicy"] = json!({"Statement": {
                "Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*",
                "Condition": {"StringEquals": wanted},
            }});
        });
        assert_eq!(
            decided(&case),
            Outcome::ImplicitDeny,
            "nothing is filled in unasked"
        );
        decided_filled(&case)
    };
    for (principal, wanted) in [
        (
            json!(user),
            json!({
                "aws:PrincipalArn": user, "aws:PrincipalAccount": "111122223333", "aws:username": "ana",
                "aws:PrincipalType": "User", "aws:ResourceAccount": "444455556666",
                "aws:PrincipalIsAWSService": "false",
            }),
        ),
        (
            json!(session),
            json!({
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci", "aws:PrincipalType": "AssumedRole",
            }),
        ),
        (
            json!("111122223333"),
            json!({
                "aws:PrincipalArn": "arn:aws:iam::111122223333:root", "aws:PrincipalType": "Account",
            }),
        ),
        (
            json!("*"),
            json!({"aws:PrincipalType": "Anonymous", "aws:PrincipalAccount": "anonymous"}),
        ),
        (
            json!({"Service": "ec2.amazonaws.com"}),
            json!({
                "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "ec2.amazonaws.com",
            }),
        ),
    ] {
        assert_eq!(keys(&principal, wanted), Outcome::Allow, "{principal}");
    }
    let absent = |context: Value| {
        decided_filled(&case(|case| {
            case["request"]["context"] = context;
            case["identityPolicies"] = json!([under(&json!({"Null": {"aws:username": "true"}}))]);
        }))
    };
    assert_eq!(absent(json!({})), Outcome::ImplicitDeny);
    assert_eq!(absent(json!({"AWS:UserName": null})), Outcome::Allow);
    let given = case(|case| {
        case["request"]["context"] = json!({"aws:UserName": "other"});
        case["identityPolicies"] =
            json!([under(&json!({"StringEquals": {"aws:username": "other"}}))]);
    });
    assert_eq!(decided_filled(&given), Outcome::Allow);
}

#[test]
fn the_resources_account_is_given_or_its_arns_or_the_callers() {
    let on = |resource: &str, account: Value| {
        decided(&case(|case| {
            case["request"]["resource"] = json!(resource);
            case["request"]["resourceAccountId"] = account;
        }))
    };
    let queue = "arn:aws:sqs:eu-west-1:444455556666:q";
    assert_eq!(on(queue, Value::Null), Outcome::ImplicitDeny);
    assert_eq!(on(queue, json!("111122223333")), Outcome::Allow);
    assert_eq!(on("arn:aws:s3:::b", Value::Null), Outcome::Allow);
    assert_eq!(
        on("arn:aws:s3:::b", json!("444455556666")),
        Outcome::ImplicitDeny
    );
}

#[test]
fn a_role_is_assumed_through_its_trust_policy() {
    let ask = |principal: Value, action: &str, resource: &str| {
        decided(&case(|case| {
            case["request"] =
                json!({"principal": principal, "action": action, "resource": resource});
            case["resourcePolicy"] = json!({"Statement": {
                "Effect": "Allow", "Action": "sts:*",
                "Principal": {"Federated": "cognito-identity.amazonaws.com", "AWS": "222233334444"},
            }});
        }))
    };
    let role = "arn:aws:iam::111122223333:role/p/ci";
    let user = json!("arn:aws:iam::111122223333:user/ana");
    // An identity policy alone assumes no role, whatever the letters' case.
    for action in [
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    ] {
        assert_eq!(
            ask(user.clone(), action, role),
            Outcome::ImplicitDeny,
            "{action}"
        );
    }
    assert_eq!(
        ask(user, "sts:DecodeAuthorizationMessage", "*"),
        Outcome::Allow
    );
    let web = json!({"Federated": "cognito-identity.amazonaws.com"});
    assert_eq!(
        ask(web, "sts:AssumeRoleWithWebIdentity", role),
        Outcome::Allow
    );
}

#[test]
fn what_corpora_carry_is_passed_over_and_slips_are_not() {
    let taken = case(|case| {
        case["expected"] = json!({"any": 1});
        case["source"] = json!("a page");
        case["note"] = json!("x");
        case["tags"] = json!([]);
    });
    assert_eq!(decided(&taken), Outcome::Allow);
    for (slip, nearest) in [
        ("identityPolices", "identityPolicies"),
        ("resourcepolicy", "resourcePolicy"),
        ("permissionsBoundaries", "permissionBoundaries"),
        ("permissionBoundary", "permissionBoundaries"),
        ("scpPolicies", "sessionPolicies"),
        ("requests", "request"),
    ] {
        let error = refused(&case(|case| case[slip] = json!([])).to_string());
        assert!(
            matches!(&error, CaseError::UnknownField { nearest: got, .. } if *got == nearest),
            "{slip}: {error}"
        );
    }
    let error = refused(&case(|case| case["request"]["contexts"] = json!({})).to_string());
    assert!(
        matches!(
            error,
            CaseError::UnknownField {
                nearest: "context",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let told = |text: &str| refused(text).to_string();
    insta::assert_snapshot!(told("{"), @"1:2: expected a name in double quotes, found the end of the document");
    insta::assert_snapshot!(told("[]"), @"1:1: `the case` takes an object, found a list");
    insta::assert_snapshot!(told("{}"), @"1:1: `request` is missing");
    insta::assert_snapshot!(told(r#"{"request": {"principal": "*", "action": "a:B"}}"#), @"1:13: `request.resource` is missing");
    insta::assert_snapshot!(told(r#"{"name": "a", "name": "b"}"#), @"1:15: `name` stands twice in one object");
    insta::assert_snapshot!(
        told("{\"request\": {\"action\": \"a:B\",\n \"resource\": \"*\", \"principal\": \"anna\"}}"),
        @"2:32: `request.principal` is `anna`, which names nobody that can call"
    );
    insta::assert_snapshot!(
        told(r#"{"request": {"action": "a:B", "resource": "*", "principal": {"CanonicalUser": "x"}}}"#),
        @"1:61: `request.principal` is `x` of kind `CanonicalUser`, which names nobody that can call"
    );
    let with = |field: &str, value: &str| {
        told(&format!(
            r#"{{"request": {{"principal": "*", "action": "a:B", "resource": "*"}}, "{field}": {value}}}"#
        ))
    };
    insta::assert_snapshot!(
        with("serviceControlPolicies", r#"[{"Statement": []}]"#),
        @"1:94: `serviceControlPolicies[0]` takes a list of policies, found an object"
    );
    insta::assert_snapshot!(
        with("identityPolicies", "[\n {\"Statement\": {\"Effect\": \"allow\", \"Action\": \"*\", \"Resource\": \"*\"}}]"),
        @"`identityPolicies[0]` is no policy: 2:27: unknown effect `allow`"
    );
    insta::assert_snapshot!(
        with("serviceControlPolicies", r#"[[], ["{\"Statement\": 5}"]]"#),
        @"`serviceControlPolicies[1][0]` is no policy: 1:15: `a statement` takes an object, found a number"
    );
}

#[test]
fn a_case_is_bounded() {
    let many = Value::from(vec![json!({"Statement": []}); MAX_DOCUMENTS + 1]);
    let error = refused(&case(|case| case["identityPolicies"] = many).to_string());
    assert!(matches!(error, CaseError::TooMany { .. }), "{error}");
    let error = refused(&" ".repeat(MAX_CASE_BYTES + 1));
    assert!(matches!(error, CaseError::TooLarge { .. }), "{error}");
    let deep = format!("{{\"request\": {}", "[".repeat(100_000));
    assert!(matches!(refused(&deep), CaseError::Syntax { .. }));
}

#[test]
fn a_text_holds_one_case_or_a_list_or_one_a_line() {
    let one = case(|_| ()).to_string();
    let names = |text: &str| -> Vec<String> {
        cases(text)
            .into_iter()
            .map(|case| case.map_or_else(|error| error.to_string(), |case| case.name().to_owned()))
            .collect()
    };
    assert_eq!(names(&one), ["n"]);
    assert_eq!(names(&format!("[{one}, {one}]")), ["n", "n"]);
    assert_eq!(names(&format!("{one}\n\n{one}\n")), ["n", "n"]);
    assert_eq!(names(""), Vec::<String>::new());
    assert_eq!(
        names(&format!("{one}\n{{}}\n{one}\n[")),
        [
            "n",
            "2:1: `request` is missing",
            "n",
            "4:2: expected a value, found the end of the document"
        ]
    );
}

proptest! {
    #[test]
    fn any_text_is_a_case_or_an_error(text in r#"[{}\[\]":, a-z0-9\\é]{0,80}"#) {
        let _ = Case::parse(&text);
        let _ = cases(&text);
        let _ = Case::name_in(&text);
    }

    #[test]
    fn a_case_with_a_byte_changed_is_a_case_or_an_error(at in 0_usize..400, byte in 0x20_u8..0x7F) {
        let mut bytes = case(|case| case["request"]["context"] = json!({"a:b": ["c", 1]}))
            .to_string()
            .into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        if let Ok(case) = Case::parse(&String::from_utf8(bytes).unwrap()) {
            prop_assert_eq!(case.decide(), case.explain().outcome());
        }
    }
}
