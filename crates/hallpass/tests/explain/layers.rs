//! The layers of a decision: which one refused, and what it wants.

use serde_json::json;

use crate::desk::{Desk, allow};

#[test]
fn an_organisation_denies() {
    let deny = json!([{ "Sid": "Freeze", "Effect": "Deny", "Action": "ecr:Put*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } } }]);
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("scp.json", &deny);
    let policies = ["--identity", "push.json", "--scp", "scp.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED by statement 0 (Freeze) of scp.json (service control policy)
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 (Freeze) of scp.json:4:5 denies:
      --> scp.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "Freeze",
     6 | |       "Effect": "Deny",
     7 | |       "Action": "ecr:Put*",
    ...  |
    14 | |     }
       | |_____^
      met     StringNotEquals aws:RequestedRegion by `us-west-2`

    what each policy says
      service control policy  scp.json denies
      service control policy  FullAWSAccess, which AWS attaches, allows
      identity-based policy   push.json allows
    help: a deny beats every allow: narrow the statement that denies, or its conditions
    [exit 1]
    "#);
}

#[test]
fn a_boundary_removes() {
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("cap.json", &allow("s3:*", "*"));
    let policies = ["--identity", "push.json", "--boundary", "cap.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED: the permissions boundary does not allow it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of cap.json:4:5 comes nearest:
     --> cap.json:6:17
      |
    6 |       "Action": "s3:*",
      |                 ^^^^^^ another action
    the action is another
      wanted  s3:*
      got     ecr:PutImage
              ^^^

    what each policy says
      permissions boundary   cap.json says nothing
      identity-based policy  push.json allows
    help: a permissions boundary grants nothing and caps what is granted: it must allow the request, too
    [exit 1]
    "#);
}

#[test]
fn a_session_policy_removes() {
    let other = "arn:aws:ecr:us-west-2:111122223333:repository/api";
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("session.json", &allow("ecr:*", other));
    let policies = ["--identity", "push.json", "--session", "session.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED: no session policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of session.json:4:5 comes nearest:
     --> session.json:7:19
      |
    7 |       "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/api"
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ another resource
    the resource is another
      wanted  arn:aws:ecr:us-west-2:111122223333:repository/api
      got     arn:aws:ecr:us-west-2:111122223333:repository/app
                                                              ^

    what each policy says
      session policy         session.json says nothing
      identity-based policy  push.json allows
    help: a session policy grants nothing and caps what is granted: it must allow the request, too
    [exit 1]
    "#);
}

#[test]
fn another_account_without_a_resource_policy() {
    let desk = Desk::new().policy("push.json", &allow("ecr:*", "*"));
    let policies = ["--identity", "push.json", "--account", "444455556666"];
    insta::assert_snapshot!(desk.push(&policies), @r"
    DENIED: no resource-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    no resource-based policy was given

    what each policy says
      identity-based policy  push.json allows
    help: the resource is of account 444455556666, the caller is not: there the resource's own policy must allow it, too (`--resource`)
    [exit 1]
    ");
}

#[test]
fn a_key_that_the_request_lacks() {
    let statement = json!([{ "Effect": "Allow", "Action": "ecr:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "web" } } }]);
    let desk = Desk::new().policy("push.json", &statement);
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @r#"
    DENIED: no identity-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of push.json:4:5 comes nearest:
      --> push.json:10:11
       |
    10 |           "aws:PrincipalTag/team": "web"
       |           ^^^^^^^^^^^^^^^^^^^^^^^ the request has no such key
    the condition StringEquals aws:PrincipalTag/team is not met
      wanted  `web`
      got     nothing: the request has no such key

    what each policy says
      identity-based policy  push.json says nothing
    help: if the request has the key, say so: `--context aws:PrincipalTag/team=VALUE`
    [exit 1]
    "#);
    let with = [
        "--identity",
        "push.json",
        "--context",
        "aws:PrincipalTag/team=web",
    ];
    assert!(desk.push(&with).starts_with("ALLOWED"));
}

#[test]
fn another_action() {
    let desk = Desk::new().policy("push.json", &allow("ecr:PutImages", "*"));
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @r#"
    DENIED: no identity-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    no statement that allows is about this action; the nearest:
     --> push.json:6:17
      |
    6 |       "Action": "ecr:PutImages",
      |                 ^^^^^^^^^^^^^^^ another action
      wanted  ecr:PutImages
      got     ecr:PutImage
                          ^

    what each policy says
      identity-based policy  push.json says nothing
    [exit 1]
    "#);
}
