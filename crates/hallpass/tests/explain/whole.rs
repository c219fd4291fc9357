//! A trust policy alone: whom it lets in.

use serde_json::json;

use crate::desk::{Desk, GITHUB, main_branch, trusting};

#[test]
fn a_trust_policy_alone_is_asked_whom_it_lets_in() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @r"
    who can assume the role of trust.json

    token.actions.githubusercontent.com (GitHub Actions)
      tokens are for the audience `sts.amazonaws.com`
      acme/app, `sub` of names
        in   push to branch `main`                             repo:acme/app:ref:refs/heads/main
        in   pull_request_target to `main`                     repo:acme/app:ref:refs/heads/main
               it runs for pull requests from forks, too, and has a token then: the workflow must not run their code
        in   schedule                                          repo:acme/app:ref:refs/heads/main
        in   by hand on `main` (workflow_dispatch)             repo:acme/app:ref:refs/heads/main
        out  push to branch `some-branch`                      repo:acme/app:ref:refs/heads/some-branch
        out  push of tag `some-tag`                            repo:acme/app:ref:refs/tags/some-tag
        out  pull request                                      repo:acme/app:pull_request
        out  pull request from a fork                          repo:acme/app:pull_request
        out  merge queue of `main`                             repo:acme/app:ref:refs/heads/gh-readonly-queue/main/pr-1-0000000
        out  release of tag `some-tag`                         repo:acme/app:ref:refs/tags/some-tag
        out  environment `some-environment`, push to branch `main`  repo:acme/app:environment:some-environment
             since sub must be `repo:acme/app:ref:refs/heads/main`
      acme/app, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): none of 11 contexts: sub must be `repo:acme/app:ref:refs/heads/main`
      out  8 contexts of others, such as acme/some-other-repository, some-other-owner/some-other-repository
    [exit 0]
    ");
}

#[test]
fn a_trust_policy_that_is_too_wide_is_shown_a_token() {
    let statement = trusting(
        GITHUB,
        &json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): "repo:acme*" },
        }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @r#"
    who can assume the role of trust.json

    token.actions.githubusercontent.com (GitHub Actions)
      tokens are for the audience `sts.amazonaws.com`
      acme/any-repository, `sub` of names: each of 11 contexts gets in
      acme/any-repository, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): each of 11 contexts gets in
      acme1/any-repository, `sub` of names: each of 11 contexts gets in
      acme1/any-repository, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): each of 11 contexts gets in
      in   acme/some-other-repository, which the policy does not name (name-based `sub`): push to branch `main`; pull request
      in   acme/some-other-repository, which the policy does not name (immutable `sub`): push to branch `main`; pull request
      out  4 contexts of others, such as some-other-owner/some-other-repository

    TOO WIDE: a token that is of another organisation gets in, by statement 0 of trust.json:16:54
      --> trust.json:16:54
       |
    16 |           "token.actions.githubusercontent.com:sub": "repo:acme*"
       |                                                      ^^^^^^^^^^^^ lets it in
      iss                  https://token.actions.githubusercontent.com
      aud                  sts.amazonaws.com
      sub                  repo:acme-evil/x:pull_request
      repository           acme-evil/x
      repository_owner     acme-evil
      repository_owner_id  666
      repository_id        667
      ref                  refs/pull/1/merge
      event_name           pull_request
      workflow             ci
      job_workflow_ref     acme-evil/x/.github/workflows/ci.yml@refs/pull/1/merge
      actor                evil
      actor_id             668
    [exit 1]
    "#);
}
