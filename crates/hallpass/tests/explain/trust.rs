//! Web identities before a trust policy: what a person reads of each slip.

use serde_json::json;

use crate::desk::{CLUSTER, Desk, GITHUB, main_branch, runner, trusting};

#[test]
fn the_articles_account_gets_in() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    ALLOWED by statement 0 (One) of trust.json (trust policy)
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 allows:
      --> trust.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "One",
     6 | |       "Effect": "Allow",
     7 | |       "Action": "sts:AssumeRoleWithWebIdentity",
    ...  |
    17 | |     }
       | |_____^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub by `system:serviceaccount:actions:runner`

    what each policy says
      trust policy  trust.json allows
    [exit 0]
    "#);
}

#[test]
fn another_service_account() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:default";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:default of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:59
       |
    14 |           "oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  system:serviceaccount:actions:runner
      got     system:serviceaccount:actions:default
                                            ^^^^^^^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the pod runs as the account `default`: let it run as `runner`, or let the policy take `default`
    [exit 1]
    "#);
}

#[test]
fn the_wrong_namespace() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:action:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:action:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:59
       |
    14 |           "oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  system:serviceaccount:actions:runner
      got     system:serviceaccount:action:runner
                                          ^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the pod runs in the namespace `action`: let it run in `actions`, or let the policy take `action`
    [exit 1]
    "#);
}

#[test]
fn the_scheme_left_in_the_key() {
    let statement = trusting(
        CLUSTER,
        &json!({ "StringEquals": {
            format!("https://{CLUSTER}:sub"): "system:serviceaccount:actions:runner",
        } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let who = "system:serviceaccount:actions:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:11
       |
    13 |           "https://oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the request has no such key
    the condition StringEquals https://oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  `system:serviceaccount:actions:runner`
      got     nothing: the request has no such key

    what each policy says
      trust policy  trust.json says nothing
    help: take `https://` off the key: AWS names it `oidc.eks.us-west-2.amazonaws.com/id/AB12:sub`
    [exit 1]
    "#);
}

#[test]
fn another_issuers_cluster() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:runner";
    let issuer = "https://oidc.eks.us-west-2.amazonaws.com/id/CD34";
    let arguments = ["--who", who, "--trust", "trust.json", "--issuer", issuer];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/CD34
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:8:20
       |
     8 |         "Principal": {
       |  ____________________^
     9 | |         "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB12"
    10 | |       },
       | |_______^ another principal
    the principal is another
      wanted  arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB12
      got     arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/CD34
                                                                                          ^^^^

    what each policy says
      trust policy  trust.json says nothing
    help: the statement trusts the issuer `oidc.eks.us-west-2.amazonaws.com/id/AB12`, the token is of `oidc.eks.us-west-2.amazonaws.com/id/CD34`: a cluster that was made anew has a new issuer
    [exit 1]
    "#);
}

#[test]
fn a_wildcard_under_string_equals() {
    let statement = trusting(
        GITHUB,
        &json!({ "StringEquals": { format!("{GITHUB}:sub"): "repo:acme/app:*" } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let arguments = [
        "--who",
        "repo:acme/app:pull_request",
        "--trust",
        "trust.json",
    ];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:pull_request of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:54
       |
    13 |           "token.actions.githubusercontent.com:sub": "repo:acme/app:*"
       |                                                      ^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/app:*
      got     repo:acme/app:pull_request
                            ^^^^^^^^^^^^

    what each policy says
      trust policy  trust.json says nothing
    help: write `StringLike`: under `StringEquals` the `*` of `repo:acme/app:*` is a character, not a wildcard
    [exit 1]
    "#);
}

#[test]
fn a_pattern_is_marked_where_it_stops_matching() {
    let statement = trusting(
        GITHUB,
        &json!({ "StringLike": { format!("{GITHUB}:sub"): [
            "repo:other/*", "repo:acme/*:ref:refs/heads/release/*",
        ] } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let who = "repo:acme/app:ref:refs/heads/main";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:15:13
       |
    15 |             "repo:acme/*:ref:refs/heads/release/*"
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringLike token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/*:ref:refs/heads/release/*   (the nearest of 2)
                                         ^^^^^^^^
      got     repo:acme/app:ref:refs/heads/main

    what each policy says
      trust policy  trust.json says nothing
    [exit 1]
    "#);
}

#[test]
fn the_wrong_audience() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/main";
    let arguments = ["--who", who, "--trust", "trust.json", "--audience", "acme"];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:54
       |
    13 |           "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
       |                                                      ^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:aud is not met
      wanted  sts.amazonaws.com
      got     acme
              ^^^^^^^^^^^^^^^^^
      met     StringEquals token.actions.githubusercontent.com:sub by `repo:acme/app:ref:refs/heads/main`

    what each policy says
      trust policy  trust.json says nothing
    help: the token is for `acme`: ask the issuer for one for `sts.amazonaws.com`, or let the policy take it
    [exit 1]
    "#);
}

#[test]
fn an_immutable_subject_where_names_are_wanted() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme@65/app@74:ref:refs/heads/main";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme@65/app@74:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:54
       |
    14 |           "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"
       |                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/app:ref:refs/heads/main
      got     repo:acme@65/app@74:ref:refs/heads/main
                       ^^^    ^^^
      met     StringEquals token.actions.githubusercontent.com:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the repository's subjects carry IDs (immutable subject): write `repo:acme@65/app@74:ref:refs/heads/main`
    [exit 1]
    "#);
}

#[test]
fn for_all_values_of_an_absent_key() {
    let statement = trusting(
        GITHUB,
        &json!({ "ForAllValues:StringEquals": { format!("{GITHUB}:environment"): "prod" } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let arguments = ["--who", "repo:evil/x:pull_request", "--trust", "trust.json"];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    ALLOWED by statement 0 (One) of trust.json (trust policy)
      who  repo:evil/x:pull_request of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 allows:
      --> trust.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "One",
     6 | |       "Effect": "Allow",
     7 | |       "Action": "sts:AssumeRoleWithWebIdentity",
    ...  |
    16 | |     }
       | |_____^
      met     ForAllValues:StringEquals token.actions.githubusercontent.com:environment, because the request has no such key

    what each policy says
      trust policy  trust.json allows
    help: `ForAllValues` is true of no values at all, and the request has no token.actions.githubusercontent.com:environment: whoever lacks it gets in; ask for it with `"Null": {"token.actions.githubusercontent.com:environment": "false"}` besides
    [exit 0]
    "#);
}
