//! The AWS SDK for Rust against a lab in the same process: a client that nobody here wrote.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_iam::config::{BehaviorVersion, Region, SharedCredentialsProvider};
use aws_sdk_iam::error::ProvideErrorMetadata;
use hallpass_lab::{Config, Description, Lab, SystemChance};
use hallpass_types::SystemClock;

struct Fixture {
    lab: Lab,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::start(
            &Config::new(folder.path()),
            Arc::new(SystemClock),
            Arc::new(SystemChance),
        )
        .await
        .unwrap();
        Self {
            lab,
            _folder: folder,
        }
    }

    fn description(&self) -> &Description {
        self.lab.description()
    }

    fn administrator(&self) -> Credentials {
        let lab = self.description();
        Credentials::new(
            &lab.access_key_id,
            lab.secret_access_key.expose(),
            None,
            None,
            "test",
        )
    }

    fn iam(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::from_conf(
            aws_sdk_iam::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.description().region.clone()))
                .endpoint_url(format!("http://{}", self.description().aws))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .build(),
        )
    }

    fn sts(&self, credentials: Credentials) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.description().region.clone()))
                .endpoint_url(format!("http://{}", self.description().aws))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .build(),
        )
    }

    fn ecr(&self, credentials: Credentials) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::from_conf(
            aws_sdk_ecr::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.description().region.clone()))
                .endpoint_url(format!("http://{}", self.description().aws))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .build(),
        )
    }
}

const TRUST: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "sts:AssumeRole"
    }]
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_is_known_by_its_key_and_may_do_only_what_its_policy_allows() {
    let fixture = Fixture::start().await;
    let iam = fixture.iam(fixture.administrator());
    iam.create_user().user_name("reader").send().await.unwrap();
    iam.put_user_policy()
        .user_name("reader")
        .policy_name("describe")
        .policy_document(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:DescribeRepositories","Resource":"*"}}"#,
        )
        .send()
        .await
        .unwrap();
    let answer = iam
        .create_access_key()
        .user_name("reader")
        .send()
        .await
        .unwrap();
    let key = answer.access_key().unwrap();
    let reader = Credentials::new(
        key.access_key_id(),
        key.secret_access_key(),
        None,
        None,
        "test",
    );
    let identity = fixture
        .sts(reader.clone())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        identity.arn(),
        Some("arn:aws:iam::111122223333:user/reader")
    );
    let ecr = fixture.ecr(reader);
    assert!(
        ecr.describe_repositories()
            .send()
            .await
            .unwrap()
            .repositories()
            .is_empty()
    );
    let refused = ecr
        .create_repository()
        .repository_name("my-app")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"));
    fixture.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_assumed_and_its_session_is_another_caller() {
    let fixture = Fixture::start().await;
    let iam = fixture.iam(fixture.administrator());
    let role = iam
        .create_role()
        .role_name("builder")
        .path("/ci/")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    let arn = role.role().unwrap().arn().to_owned();
    assert_eq!(arn, "arn:aws:iam::111122223333:role/ci/builder");
    let sts = fixture.sts(fixture.administrator());
    let answer = sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("job-1")
        .send()
        .await
        .unwrap();
    let session = answer.credentials().unwrap();
    let session = Credentials::new(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token().to_owned()),
        None,
        "test",
    );
    let identity = fixture
        .sts(session.clone())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        identity.arn(),
        Some("arn:aws:sts::111122223333:assumed-role/builder/job-1")
    );
    let refused = fixture.iam(session).list_users().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDenied"));
    fixture.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_as_the_sdk_pages_them() {
    let fixture = Fixture::start().await;
    let iam = fixture.iam(fixture.administrator());
    for number in 0..7 {
        iam.create_role()
            .role_name(format!("role-{number}"))
            .assume_role_policy_document(TRUST)
            .send()
            .await
            .unwrap();
    }
    let mut pages = iam.list_roles().max_items(3).into_paginator().send();
    let (mut names, mut count) = (Vec::new(), 0);
    while let Some(page) = pages.next().await {
        count += 1;
        names.extend(
            page.unwrap()
                .roles()
                .iter()
                .map(|role| role.role_name().to_owned()),
        );
    }
    assert_eq!(count, 3);
    assert_eq!(names.len(), 7);
    fixture.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_started_again_holds_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        Lab::start(
            &Config::new(folder.path()),
            Arc::new(SystemClock),
            Arc::new(SystemChance),
        )
        .await
        .unwrap()
    };
    let fixture = Fixture {
        lab: start().await,
        _folder: tempfile::tempdir().unwrap(),
    };
    let (before, administrator) = (fixture.description().clone(), fixture.administrator());
    fixture
        .iam(administrator.clone())
        .create_user()
        .user_name("kept")
        .send()
        .await
        .unwrap();
    fixture.lab.stop().await;
    let fixture = Fixture {
        lab: start().await,
        _folder: tempfile::tempdir().unwrap(),
    };
    assert_eq!(fixture.description().issuer, before.issuer);
    assert_eq!(fixture.description().aws, before.aws);
    let user = fixture
        .iam(administrator)
        .get_user()
        .user_name("kept")
        .send()
        .await
        .unwrap();
    assert_eq!(user.user().unwrap().user_name(), "kept");
    fixture.lab.stop().await;
}
