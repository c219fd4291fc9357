//! Narrowing policies to what was used: the two laws, and what a person reads.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test file outside `cfg(test)` modules; it shares its universe"
)]

#[path = "support/small.rs"]
mod small;

use hallpass_iam::{
    Difference, Document, Outcome, Policy, PolicyKind, UseFilter, UseLog, compare, tighten,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use small::{any_policy, asked, policy, says};

fn read(policy: &Value) -> Document {
    Document::parse(&policy.to_string()).unwrap()
}

fn used(uses: &[(&str, Option<&str>)]) -> UseLog {
    let mut log = UseLog::default();
    for (action, resource) in uses {
        let line = json!({ "operation": "Any", "caller": "arn:aws:iam::111122223333:user/u",
            "time": "2026-01-01T00:00:00Z",
            "decisions": [{ "action": action, "resource": resource, "decision": "Allow" }] });
        assert!(log.add(&line, &UseFilter::default()));
    }
    log
}

fn record(name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.08", "eventSource": "ecr.amazonaws.com", "eventName": name,
        "eventTime": "2026-03-01T10:00:00Z", "awsRegion": "us-west-2", "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333", "managementEvent": true, "readOnly": false,
        "userIdentity": { "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/ci/run-1",
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": "arn:aws:iam::111122223333:role/path/ci" } } },
        "requestParameters": { "repositoryName": "my-app" },
    });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn narrowed(policy: &Value, log: &UseLog) -> Value {
    tighten(&read(policy), policy, log, false).policy
}

#[test]
fn wildcards_become_what_was_used() {
    let broad = policy(&json!([
        { "Sid": "Everything", "Effect": "Allow", "Action": "ecr:*", "Resource": "*" },
        { "Sid": "Never", "Effect": "Deny", "Action": "ecr:Delete*", "Resource": "*" },
        { "Sid": "Unused", "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
    ]));
    let mut log = UseLog::default();
    let file = json!({ "Records": [
        record("PutImage", &json!({})),
        record("GetAuthorizationToken", &json!({ "requestParameters": null, "readOnly": true })),
        record("DescribeImages", &json!({ "errorCode": "AccessDeniedException" })),
        record("BatchGetImage", &json!({ "errorCode": "RepositoryNotFoundException" })),
        record("NoSuchCall", &json!({})),
    ] });
    assert!(log.add(&file, &UseFilter::default()));
    let told = tighten(&read(&broad), &broad, &log, false);
    insta::assert_snapshot!(serde_json::to_string_pretty(&told.policy).unwrap(), @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Everything",
          "Effect": "Allow",
          "Action": [
            "ecr:BatchGetImage",
            "ecr:PutImage"
          ],
          "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/my-app"
        },
        {
          "Sid": "Everything2",
          "Effect": "Allow",
          "Action": "ecr:GetAuthorizationToken",
          "Resource": "*"
        },
        {
          "Sid": "Never",
          "Effect": "Deny",
          "Action": "ecr:Delete*",
          "Resource": "*"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(told.caveats.join("\n"), @r"
    4 events count (1 refused, 0 of others), from 2026-03-01T10:00:00Z to 2026-03-01T10:00:00Z: what runs more seldom, such as a yearly job, is not among them
    the log has no data events, where alone s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket and others appear: what the policy names of them in full is kept, what wildcards grant of them is dropped
    events that map to no known action: ecr.amazonaws.com NoSuchCall
    ");
    assert!(told.not_allowed.is_empty());
}

#[test]
fn what_was_used_and_is_not_allowed_is_told() {
    let narrow = policy(&json!([
        { "Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*" },
        { "Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*" },
    ]));
    let log = used(&[
        ("ecr:PutImage", Some("arn:aws:ecr:us-west-2:1:repository/a")),
        ("s3:GetObject", None),
    ]);
    let told = tighten(&read(&narrow), &narrow, &log, false);
    let actions: Vec<&str> = told
        .not_allowed
        .iter()
        .map(|(used, _)| used.action.as_str())
        .collect();
    assert_eq!(actions, ["ecr:PutImage", "s3:GetObject"]);
    assert_eq!(
        told.policy["Statement"].as_array().unwrap().len(),
        1,
        "the Deny stays"
    );
    assert_eq!(told.notes.len(), 1);
}

#[test]
fn a_filter_tells_whose_events_count_and_since_when() {
    let file = json!({ "Records": [record("PutImage", &json!({}))] });
    let count = |principal: Option<&str>, since: Option<&str>| {
        let filter = UseFilter {
            principal: principal.map(str::to_owned),
            since: since.map(|time| time.parse().unwrap()),
        };
        let mut log = UseLog::default();
        log.add(&file, &filter);
        log.events()
    };
    assert_eq!(count(None, None), 1);
    assert_eq!(count(Some("ci"), None), 1);
    assert_eq!(
        count(Some("arn:aws:iam::111122223333:role/path/ci"), None),
        1
    );
    assert_eq!(
        count(
            Some("arn:aws:sts::111122223333:assumed-role/ci/run-1"),
            None
        ),
        1
    );
    assert_eq!(count(Some("c"), None), 0);
    assert_eq!(count(Some("arn:aws:iam::111122223333:role/ci"), None), 0);
    assert_eq!(count(None, Some("2026-03-02T00:00:00Z")), 0);
    assert_eq!(count(None, Some("2026-03-01T00:00:00Z")), 1);
}

#[test]
fn the_answer_of_lookup_events_is_read() {
    let events = json!({ "Events": [
        { "EventId": "1", "CloudTrailEvent": record("PutImage", &json!({})).to_string() },
        { "EventId": "2", "CloudTrailEvent": "{" },
    ] });
    let mut log = UseLog::default();
    assert!(log.add(&events, &UseFilter::default()));
    assert_eq!(log.events(), 1);
    assert!(!log.add(&json!({ "Statement": [] }), &UseFilter::default()));
    assert!(!log.add(&json!([1]), &UseFilter::default()));
}

#[test]
fn a_role_that_was_passed_stays_allowed() {
    let broad = policy(
        &json!([{ "Effect": "Allow", "Action": ["ecs:RunTask", "iam:*"], "Resource": "*" }]),
    );
    let role = "arn:aws:iam::111122223333:role/task";
    let mut log = UseLog::default();
    log.add(
        &record(
            "RunTask",
            &json!({ "eventSource": "ecs.amazonaws.com",
        "requestParameters": { "overrides": { "taskRoleArn": role } } }),
        ),
        &UseFilter::default(),
    );
    let narrow = narrowed(&broad, &log);
    assert!(narrow.to_string().contains("iam:PassRole"));
    assert!(narrow.to_string().contains(role));
    let none = used(&[("ecs:RunTask", Some("*"))]);
    assert!(!narrowed(&broad, &none).to_string().contains("iam:PassRole"));
}

#[test]
fn a_used_name_is_never_a_pattern() {
    let broad = policy(
        &json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }]),
    );
    let narrow = narrowed(
        &broad,
        &used(&[("s3:GetObject", Some("arn:aws:s3:::b/a*"))]),
    );
    assert_eq!(narrow["Statement"][0]["Resource"], "arn:aws:s3:::b/a${*}");
    let mut old = broad.clone();
    old["Version"] = json!("2008-10-17");
    let narrow = narrowed(&old, &used(&[("s3:GetObject", Some("arn:aws:s3:::b/a*"))]));
    assert_eq!(narrow["Statement"][0]["Resource"], "arn:aws:s3:::b/*");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_was_used_stays_allowed_and_nothing_is_added(
        broad in any_policy(),
        chosen in prop::collection::vec((any::<Index>(), any::<bool>()), 1..6),
        keeps_resources in any::<bool>(),
    ) {
        let universe = asked();
        let chosen: Vec<(&str, &str, bool)> = chosen
            .iter()
            .map(|(index, is_known)| {
                let (action, resource, _) = index.get(&universe);
                (*action, *resource, *is_known)
            })
            .collect();
        let uses: Vec<(&str, Option<&str>)> = chosen
            .iter()
            .map(|(action, resource, is_known)| (*action, is_known.then_some(*resource)))
            .collect();
        let document = read(&broad);
        let narrow = tighten(&document, &broad, &used(&uses), keeps_resources).policy;
        let narrow_document = read(&narrow);
        let [before, after] = [&document, &narrow_document]
            .map(|it| Policy::compile("p", PolicyKind::Identity, it));
        for request in &universe {
            let is_used = chosen.iter().any(|(action, resource, _)| {
                *action == request.0 && *resource == request.1
            });
            let (old, new) = (says(&before, request), says(&after, request));
            if is_used && old == Outcome::Allow {
                prop_assert_eq!(new, Outcome::Allow, "{:?} {}", request, narrow);
            }
            if old != Outcome::Allow {
                prop_assert_ne!(new, Outcome::Allow, "{:?} {}", request, narrow);
            }
        }
        let found = compare(&document, &narrow_document, PolicyKind::Identity);
        prop_assert!(!found.differences.iter().any(Difference::is_wider), "{}", narrow);
    }
}

#[test]
fn what_only_data_events_show_is_kept_where_the_policy_names_it_in_full() {
    let granting = |action: &str| {
        policy(&json!([
            { "Effect": "Allow", "Action": "ecr:*", "Resource": "*" },
            { "Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b/*" },
        ]))
    };
    let narrowed = |action: &str, events: &Value| {
        let mut log = UseLog::default();
        assert!(log.add(&json!({ "Records": events }), &UseFilter::default()));
        let policy = granting(action);
        let narrow = tighten(&read(&policy), &policy, &log, false).policy;
        narrow["Statement"].as_array().unwrap().len()
    };
    let management = json!([record("PutImage", &json!({}))]);
    assert_eq!(narrowed("s3:getobject", &management), 2);
    assert_eq!(
        narrowed("s3:Get*", &management),
        1,
        "a wildcard names nothing"
    );
    assert_eq!(
        narrowed("s3:GetBucketPolicy", &management),
        1,
        "management events show it"
    );
    let both = json!([
        record("PutImage", &json!({})),
        record(
            "PutObject",
            &json!({ "eventSource": "s3.amazonaws.com", "eventCategory": "Data", "managementEvent": false })
        ),
    ]);
    assert_eq!(
        narrowed("s3:GetObject", &both),
        1,
        "the log has data events, and not this one"
    );
}
