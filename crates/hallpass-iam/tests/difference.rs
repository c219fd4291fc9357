//! Comparing documents: what is found, what is not, and that a slow enumeration finds no more.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test file outside `cfg(test)` modules; it shares its universe"
)]

#[path = "support/small.rs"]
mod small;

use std::time::Instant;

use hallpass_iam::{
    Case, Comparison, Difference, Document, Outcome, Policy, PolicyKind, PolicySet, Request,
    compare, decide,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use small::{any_policy, asked, policy, says, statement};

fn read(policy: &Value) -> Document {
    Document::parse(&policy.to_string()).unwrap()
}

fn difference(first: &Value, second: &Value) -> Comparison {
    compare(&read(first), &read(second), PolicyKind::Identity)
}

fn told(found: &Comparison) -> String {
    sentences(found).join("\n")
}

fn sentences(found: &Comparison) -> Vec<String> {
    let sentence = |it: &Difference| {
        let sign = if it.is_wider() { '+' } else { '-' };
        format!("{sign} {}", it.sentence("a", "b"))
    };
    found.differences.iter().map(sentence).collect()
}

fn allow(action: &Value, resource: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

const REPOSITORY: &str = "arn:aws:ecr:us-west-2:111122223333:repository/my-app";

#[test]
fn form_and_order_are_no_difference() {
    let first = policy(&json!([
        { "Sid": "A", "Effect": "Allow", "Action": ["ecr:PutImage", "ecr:GetImage"], "Resource": "*" },
        { "Effect": "Deny", "Action": "s3:*", "Resource": ["*"],
          "Condition": { "StringNotEquals": { "aws:PrincipalTag/Team": ["a", "b"] } } },
    ]));
    let second = policy(&json!([
        { "Sid": "B", "Effect": "Deny", "Action": ["S3:*"], "Resource": "*",
          "Condition": { "stringnotequals": { "AWS:principaltag/team": ["b", "a", "b"] } } },
        { "Effect": "Allow", "Action": "ECR:getimage", "Resource": ["*"] },
        { "Effect": "Allow", "Action": ["ecr:PutImage"], "Resource": ["*", REPOSITORY] },
    ]));
    let found = difference(&first, &second);
    assert!(found.differences.is_empty(), "{:?}", sentences(&found));
    assert!(found.limits.is_empty());
}

#[test]
fn an_action_more_is_named_with_its_resource() {
    let first = policy(&json!([allow(&json!("ecr:GetImage"), &json!(REPOSITORY))]));
    let second = policy(&json!([allow(
        &json!(["ecr:GetImage", "ecr:PutImage"]),
        &json!(REPOSITORY)
    )]));
    insta::assert_snapshot!(told(&difference(&first, &second)), @"+ allows ecr:PutImage on arn:aws:ecr:us-west-2:111122223333:repository/my-app (statement 0 of b)");
    insta::assert_snapshot!(told(&difference(&second, &first)), @"- no longer allows ecr:PutImage on arn:aws:ecr:us-west-2:111122223333:repository/my-app (statement 0 of a)");
}

#[test]
fn a_wildcard_is_told_with_what_is_excepted() {
    let first = policy(&json!([allow(
        &json!(["ecr:Get*", "ecr:PutImage"]),
        &json!("*")
    )]));
    let second = policy(&json!([allow(&json!("ecr:*"), &json!("*"))]));
    insta::assert_snapshot!(told(&difference(&first, &second)), @"+ allows ecr:* (but not ecr:Get*, ecr:PutImage) on * (statement 0 of b)");
    let narrow = policy(&json!([allow(&json!("ecr:*"), &json!(REPOSITORY))]));
    insta::assert_snapshot!(told(&difference(&second, &narrow)), @"- no longer allows ecr:* on * (but not arn:aws:ecr:us-west-2:111122223333:repository/my-app) (statement 0 of a)");
}

#[test]
fn a_wildcard_beside_all_that_it_matches_differs_by_what_aws_may_add() {
    let known = hallpass_iam::services::expand("ecr:Get*");
    let known: Vec<String> = known.actions().iter().map(ToString::to_string).collect();
    let found = difference(
        &policy(&json!([allow(&json!("ecr:Get*"), &json!(REPOSITORY))])),
        &policy(&json!([allow(&json!(known), &json!(REPOSITORY))])),
    );
    assert_eq!(found.differences.len(), 1);
    let told = told(&found);
    assert!(
        told.contains("(of which AWS has none that is known)"),
        "{told}"
    );
}

#[test]
fn conditions_are_told_in_words() {
    let with = |condition: Value| {
        let mut statement = allow(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"));
        statement["Condition"] = condition;
        policy(&json!([statement]))
    };
    let free = with(json!({}));
    let cases = [
        json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "10.1.0.0/16"] } }),
        json!({ "StringLike": { "aws:PrincipalTag/Team": "ci-*" } }),
        json!({ "NumericLessThan": { "s3:max-keys": "10" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "DateLessThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
        json!({ "Null": { "aws:TokenIssueTime": "false" } }),
    ];
    let told: Vec<String> = cases
        .into_iter()
        .flat_map(|condition| sentences(&difference(&free, &with(condition))))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, if aws:SourceIp is outside of the ranges named or is absent (statement 0 of a)
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, unless aws:PrincipalTag/Team is like `ci-*` (statement 0 of a)
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, unless s3:max-keys is below 10 (statement 0 of a)
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, unless aws:SecureTransport is true (statement 0 of a)
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, unless aws:CurrentTime is before 2026-01-01T00:00:00Z (statement 0 of a)
    - no longer allows s3:GetObject on arn:aws:s3:::b/*, if aws:TokenIssueTime is absent (statement 0 of a)
    ");
}

#[test]
fn denials_are_told_apart_from_what_is_not_allowed() {
    let allowing = allow(&json!("s3:*"), &json!("*"));
    let denying = json!({ "Effect": "Deny", "Action": ["s3:Delete*", "ec2:*"], "Resource": "*" });
    let first = policy(&json!([allowing]));
    let second = policy(&json!([allowing, denying]));
    insta::assert_snapshot!(told(&difference(&first, &second)), @r"
    - denies, whatever else may allow it, ec2:* on * (statement 1 of b)
    - denies what was allowed: s3:Delete* on * (statement 0 of a; statement 1 of b)
    ");
    insta::assert_snapshot!(told(&difference(&second, &first)), @r"
    + no longer denies ec2:* on * (statement 1 of a)
    + allows what was denied: s3:Delete* on * (statement 1 of a; statement 0 of b)
    ");
}

#[test]
fn principals_of_a_trust_policy_are_compared() {
    let trust = |principal: Value, condition: Value| {
        policy(&json!([{ "Effect": "Allow", "Principal": principal,
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition }]))
    };
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let key = "token.actions.githubusercontent.com:sub";
    let first = trust(
        json!({ "Federated": provider }),
        json!({ "StringEquals": { key: "repo:acme/app:ref:refs/heads/main" } }),
    );
    let second = trust(
        json!({ "Federated": provider }),
        json!({ "StringLike": { key: "repo:acme/app:*" } }),
    );
    let found = compare(&read(&first), &read(&second), PolicyKind::Trust);
    insta::assert_snapshot!(told(&found), @"+ allows sts:AssumeRoleWithWebIdentity to a web identity of arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com, if token.actions.githubusercontent.com:sub is like `repo:acme/app:*` (statement 0 of b)");
    let root = |account: &str| {
        policy(&json!([{ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": account } }]))
    };
    let found = compare(
        &read(&root("111122223333")),
        &read(&root("arn:aws:iam::111122223333:role/ci")),
        PolicyKind::Trust,
    );
    insta::assert_snapshot!(told(&found), @r"
    + allows sts:AssumeRole to a session of arn:aws:iam::111122223333:role/ci (statement 0 of b)
    - no longer allows sts:AssumeRole to a session of arn:aws:iam::111122223333:role/another-role whose own policies allow it, the user arn:aws:iam::111122223333:user/another-user whose own policies allow it, the root user of 111122223333 (statement 0 of a)
    ");
    let same = compare(
        &read(&root("111122223333")),
        &read(&root("arn:aws:iam::111122223333:root")),
        PolicyKind::Trust,
    );
    assert!(same.differences.is_empty(), "{:?}", sentences(&same));
}

#[test]
fn variables_are_tried_with_what_they_may_be() {
    let own = policy(&json!([allow(
        &json!("s3:GetObject"),
        &json!("arn:aws:s3:::b/${aws:username}/*")
    )]));
    let all = policy(&json!([allow(
        &json!("s3:GetObject"),
        &json!("arn:aws:s3:::b/alice/*")
    )]));
    let found = difference(&own, &all);
    assert!(found.differences.iter().any(Difference::is_wider));
    assert!(found.differences.iter().any(|it| !it.is_wider()));
    assert!(difference(&own, &own).differences.is_empty());
}

#[test]
fn hostile_documents_are_compared_within_bounds_and_it_is_said() {
    let many = |seed: usize| {
        let statements: Vec<Value> = (0..120)
            .map(|at| {
                let condition =
                    json!({ "StringLike": { format!("k{}", at % 40): format!("*{seed}a{at}*") } });
                json!({ "Effect": if at % 3 == 0 { "Deny" } else { "Allow" },
                    "Action": format!("s{}:*a{at}*", at % 7),
                    "Resource": format!("arn:aws:s3:::*{at}*{seed}*"), "Condition": condition })
            })
            .collect();
        policy(&json!(statements))
    };
    let begun = Instant::now();
    let found = difference(&many(1), &many(2));
    assert!(!found.limits.is_empty());
    assert!(!found.differences.is_empty());
    let stars = policy(&json!([allow(&json!("a*".repeat(20_000)), &json!("*"))]));
    let other = policy(&json!([allow(&json!("*a".repeat(20_000)), &json!("*"))]));
    assert!(!difference(&stars, &other).limits.is_empty());
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_document_is_as_it_is(one in any_policy()) {
        prop_assert!(difference(&one, &one).differences.is_empty());
        let mut turned = one.clone();
        turned["Statement"].as_array_mut().unwrap().reverse();
        turned["Id"] = json!("other");
        prop_assert!(difference(&one, &turned).differences.is_empty());
    }

    #[test]
    fn every_witness_shows_its_difference(one in any_policy(), other in any_policy()) {
        let (first, second) = (read(&one), read(&other));
        let policies = [&first, &second].map(|it| Policy::compile("p", PolicyKind::Identity, it));
        for found in compare(&first, &second, PolicyKind::Identity).differences {
            let witness = &found.witness;
            let request = Request {
                caller: witness.caller.caller(),
                action: &witness.action,
                resource: &witness.resource,
                resource_account: witness.resource_account.as_deref(),
                context: &witness.context,
            };
            let [before, after] = policies.each_ref().map(|policy| decide(&request, &PolicySet {
                identity: vec![policy], ..PolicySet::default()
            }));
            prop_assert_eq!((before, after), (found.before, found.after));
            prop_assert_ne!(before, after);
            for (document, wanted) in [(&one, before), (&other, after)] {
                let case = witness.case("n", document, PolicyKind::Identity, wanted).to_string();
                prop_assert_eq!(Case::parse(&case).unwrap().decide(), wanted, "{}", case);
            }
        }
    }

    #[test]
    fn what_an_enumeration_finds_is_found(one in any_policy(), other in any_policy()) {
        let (first, second) = (read(&one), read(&other));
        let policies = [&first, &second].map(|it| Policy::compile("p", PolicyKind::Identity, it));
        let found = compare(&first, &second, PolicyKind::Identity);
        prop_assert!(found.limits.is_empty(), "{:?}", found.limits);
        let told: Vec<(Outcome, Outcome)> =
            found.differences.iter().map(|it| (it.before, it.after)).collect();
        for asked in asked() {
            let [before, after] = policies.each_ref().map(|policy| says(policy, &asked));
            if before != after {
                prop_assert!(told.contains(&(before, after)), "{asked:?}: {before:?} {after:?}, told {told:?}");
            }
        }
    }

    #[test]
    fn an_allow_more_never_narrows(one in any_policy(), more in statement()) {
        let mut wider = one.clone();
        let mut more = more;
        more["Effect"] = json!("Allow");
        wider["Statement"].as_array_mut().unwrap().push(more);
        for found in difference(&one, &wider).differences {
            prop_assert_eq!(found.before, Outcome::ImplicitDeny);
            prop_assert_eq!(found.after, Outcome::Allow);
        }
    }
}
