//! The tables of AWS's services: whole, and the same as the file that they are packed from.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy exempts in test functions only"
)]

use std::collections::{BTreeMap, BTreeSet};

use hallpass_iam::federation;
use hallpass_iam::services::{
    AccessLevel, ConditionKeyType, Expansion, KeyKnowledge, Service, VERSION, condition_key,
    expand, global_keys, nearest_action, nearest_service, service, services,
};
use proptest::prelude::*;

const TEXT: &str = include_str!("../data/services.txt");

#[test]
fn the_push_of_an_image_is_described_as_aws_does() {
    let ecr = service("ECR").unwrap();
    assert_eq!(ecr.prefix(), "ecr");
    assert_eq!(ecr.name(), "Amazon Elastic Container Registry");
    assert!(ecr.supports_rcp());
    let put = ecr.action("putimage").unwrap();
    assert_eq!(put.to_string(), "ecr:PutImage");
    assert_eq!(put.access_level(), AccessLevel::Write);
    let [target] = put.resource_types() else {
        panic!("{put:?}")
    };
    assert_eq!((target.name(), target.is_required()), ("repository", true));
    let repository = ecr.resource_type(target.name()).unwrap();
    assert_eq!(
        repository.arn(),
        "arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}"
    );
    assert_eq!(
        repository.condition_keys(),
        ["aws:ResourceTag/${TagKey}", "ecr:ResourceTag/${TagKey}"]
    );
    let login = ecr.action("GetAuthorizationToken").unwrap();
    assert!(login.resource_types().is_empty());
    let tag = ecr.condition_key("ecr:resourcetag/Team").unwrap();
    assert!(put.lists_key(tag) && !login.lists_key(tag));
}

#[test]
fn other_services_are_described_as_aws_does() {
    let s3 = service("s3").unwrap();
    assert_eq!(
        s3.resource_type("object").unwrap().arn(),
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    );
    let get = s3.action("GetObject").unwrap();
    assert_eq!(get.access_level(), AccessLevel::Read);
    assert!(get.condition_keys().contains(&"s3:ExistingObjectTag/<key>"));
    let run = service("ec2").unwrap().action("RunInstances").unwrap();
    let image = run.resource_types().iter().find(|it| it.name() == "image");
    assert!(image.unwrap().condition_keys().contains(&"ec2:ImageID"));
    let level = |action: &str| expand(action).actions()[0].access_level();
    assert_eq!(level("iam:PassRole"), AccessLevel::Write);
    assert_eq!(
        level("iam:PutRolePolicy"),
        AccessLevel::PermissionsManagement
    );
    assert_eq!(level("sts:TagSession"), AccessLevel::Tagging);
    assert_eq!(level("s3:ListAllMyBuckets"), AccessLevel::List);
}

#[test]
fn the_tables_say_what_the_file_says() {
    let mut rebuilt = Vec::new();
    for key in global_keys() {
        rebuilt.push(format!("global\t{}\t{:?}", key.name(), key.kind()));
    }
    for service in services() {
        let rcp = if service.supports_rcp() { "\trcp" } else { "" };
        let (prefix, name) = (service.prefix(), service.name());
        rebuilt.push(format!("service\t{prefix}\t{name}{rcp}"));
        for key in service.condition_keys() {
            rebuilt.push(format!("key\t{}\t{:?}", key.name(), key.kind()));
        }
        for it in service.resource_types() {
            let keys = it.condition_keys().join(" ");
            rebuilt.push(format!("type\t{}\t{}\t{keys}", it.name(), it.arn()));
        }
        for action in service.actions() {
            let need = |required: bool| if required { "!" } else { "" };
            let targets = action.resource_types().iter();
            let targets: Vec<String> = targets
                .map(|it| format!("{}{}", it.name(), need(it.is_required())))
                .collect();
            let (targets, keys) = (targets.join(","), action.condition_keys().join(" "));
            let (name, level) = (action.name(), action.access_level());
            rebuilt.push(format!("action\t{name}\t{level:?}\t{targets}\t{keys}"));
            for target in action.resource_types() {
                if !target.condition_keys().is_empty() {
                    let keys = target.condition_keys().join(" ");
                    rebuilt.push(format!("on\t{}\t{keys}", target.name()));
                }
            }
        }
    }
    let wanted = TEXT.lines().filter(|line| !line.starts_with('#')).skip(2);
    for (have, wanted) in rebuilt
        .iter()
        .map(|line| line.trim_end())
        .zip(wanted.clone())
    {
        assert_eq!(have, wanted);
    }
    assert_eq!(rebuilt.len(), wanted.count());
    assert!(TEXT.contains(&format!("\nversion\t{VERSION}\n")));
}

#[test]
fn every_service_has_actions_and_every_name_is_found() {
    assert!(services().len() > 400);
    for entry in services() {
        let again = service(&entry.prefix().to_ascii_uppercase()).unwrap();
        assert_eq!(again.prefix(), entry.prefix());
        assert!(!entry.actions().is_empty(), "{}", entry.prefix());
        for action in entry.actions() {
            let again = entry.action(&action.name().to_ascii_lowercase());
            assert_eq!(again.unwrap().name(), action.name());
            for target in action.resource_types() {
                let found = entry.resource_type(target.name());
                assert!(found.is_some(), "{action}: {}", target.name());
            }
        }
        for it in entry.resource_types() {
            let named = entry.resource_type(it.name()).unwrap();
            assert_eq!(named.arn(), it.arn());
            assert!(
                it.arn().starts_with("arn:") || it.arn() == "*",
                "{}",
                it.arn()
            );
        }
    }
}

#[test]
fn an_unknown_service_is_told_from_an_unknown_action() {
    let Expansion::UnknownService { nearest } = expand("erc:PutImage") else {
        panic!("erc is no service")
    };
    assert_eq!(nearest, Some("ecr"));
    let Expansion::UnknownService { nearest } = expand("a-service-of-next-year:*") else {
        panic!("no such service")
    };
    assert_eq!(nearest, None);
    let Expansion::Known(actions) = expand("ecr:PutImages") else {
        panic!("ecr is a service")
    };
    assert!(actions.is_empty());
    let ecr = service("ecr").unwrap();
    assert_eq!(nearest_action(ecr, "PutImages").unwrap().name(), "PutImage");
    assert_eq!(nearest_action(ecr, "puitmage").unwrap().name(), "PutImage");
    assert!(nearest_action(ecr, "SomethingElse").is_none());
    assert!(nearest_action(ecr, &"x".repeat(1 << 20)).is_none());
    assert_eq!(nearest_service("ec").unwrap().prefix(), "ec2");
}

#[test]
fn patterns_expand_without_regard_to_case() {
    let names = |pattern: &str| -> Vec<String> {
        expand(pattern)
            .actions()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(names("S3:get?BJECT"), ["s3:GetObject"]);
    assert_eq!(names("ecr:PutImage"), ["ecr:PutImage"]);
    assert!(names("ecr:*Image*").contains(&"ecr:DescribeImages".to_owned()));
    assert_eq!(
        names("ecr:*").len(),
        service("ecr").unwrap().actions().len()
    );
    let all = names("*");
    assert_eq!(all.len(), TEXT.matches("\naction\t").count());
    assert_eq!(names("*:*"), all);
    assert_eq!(names("e?r:PutImage"), ["ecr:PutImage"]);
    assert!(names("PutImage").is_empty());
    assert!(names("").is_empty());
}

#[test]
fn keys_are_known_by_service_action_and_provider() {
    let string = ConditionKeyType::String;
    let service = |kind, is_listed| KeyKnowledge::Service { kind, is_listed };
    let unknown = |nearest| KeyKnowledge::Unknown { nearest };
    for (action, key, wanted) in [
        (
            None,
            "aws:sourceip",
            KeyKnowledge::Global(ConditionKeyType::IpAddress),
        ),
        (None, "aws:PrincipalTag/a/b", KeyKnowledge::Global(string)),
        (None, "aws:PrincipalTag/", unknown(Some("aws:PrincipalArn"))),
        (None, "aws:SourceIpp", unknown(Some("aws:SourceIp"))),
        (None, "ecr:ResourceTag/Team", service(string, None)),
        (
            Some("ecr:PutImage"),
            "ecr:ResourceTag/Team",
            service(string, Some(true)),
        ),
        (
            Some("ecr:GetAuthorizationToken"),
            "ecr:ResourceTag/t",
            service(string, Some(false)),
        ),
        (
            Some("ecr:PutImage"),
            "s3:prefix",
            service(string, Some(false)),
        ),
        (
            Some("s3:ListBucket"),
            "s3:prefix",
            service(string, Some(true)),
        ),
        (
            Some("s3:GetObject"),
            "s3:ExistingObjectTag/a",
            service(string, Some(true)),
        ),
        (
            Some("ecr:NoSuchAction"),
            "ecr:ResourceTag/t",
            service(string, None),
        ),
        (None, "ecr:ResourceTags/x", unknown(None)),
        (None, "ecr:ResourceTag/a.b:c", service(string, None)),
        (
            None,
            "aws:ResourceTag/a.b:sub",
            KeyKnowledge::Global(string),
        ),
        (
            None,
            "identitycenter:InstanceArn",
            service(ConditionKeyType::Arn, None),
        ),
        (None, "events:Metadata/x/Matcher", service(string, None)),
        (None, "nextyear:Key", KeyKnowledge::UnknownService),
        (None, "nokey", KeyKnowledge::UnknownService),
        (None, "h.example:sub", KeyKnowledge::Federated(Some(string))),
        (None, "h.example:namespace", KeyKnowledge::Federated(None)),
    ] {
        assert_eq!(condition_key(action, key), wanted, "{action:?} {key}");
    }
}

/// By a table of the places in the text that the pattern read so far may end at.
fn naive_glob(pattern: &[u8], text: &[u8]) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                b'*' => ends[at] || at > 0 && next[at - 1],
                b'?' => at > 0 && ends[at - 1],
                byte => at > 0 && ends[at - 1] && byte.eq_ignore_ascii_case(&text[at - 1]),
            };
        }
        ends = next;
    }
    ends[text.len()]
}

fn actions_of_file() -> &'static BTreeMap<&'static str, BTreeSet<&'static str>> {
    static ACTIONS: std::sync::OnceLock<BTreeMap<&str, BTreeSet<&str>>> =
        std::sync::OnceLock::new();
    ACTIONS.get_or_init(|| {
        let mut actions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut prefix = "";
        for line in TEXT.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["service", name, ..] => prefix = name,
                ["action", name, ..] => {
                    actions.entry(prefix).or_default().insert(name);
                }
                _ => {}
            }
        }
        actions
    })
}

/// A pattern made of an action's name: some letters become wildcards, are dropped, or change case.
fn pattern_of(name: &str, edits: &[u8]) -> String {
    let mut pattern = String::new();
    for (letter, edit) in name.chars().zip(edits.iter().cycle()) {
        match edit {
            0 => pattern.push('*'),
            1 => pattern.push('?'),
            2 => pattern.push(letter.to_ascii_uppercase()),
            3 => {}
            4 => pattern.push_str("**"),
            _ => pattern.push(letter),
        }
    }
    pattern
}

proptest! {
    /// Texts of a policy's author's: anything, and things that come near to names.
    #[test]
    fn any_text_is_answered(
        text in prop_oneof![
            any::<String>(),
            "[a-z.:/*?${}<>]{0,14}",
            "(arn:aws:iam::1:oidc-provider/|https://)?(token\\.actions\\.)?[a-z./:]{0,20}",
            "(s3|ecr|aws|sts|saml|h\\.example):[A-Za-z/${}<>*]{0,20}",
        ],
    ) {
        let known = condition_key(Some(&text), &text);
        if let KeyKnowledge::Federated(kind) = known {
            prop_assert_eq!(kind, federation::claim_type(&text));
        }
        for action in expand(&text).actions() {
            prop_assert!(naive_glob(text.as_bytes(), action.to_string().as_bytes()));
        }
        let found = nearest_service(&text).and_then(|it| nearest_action(it, &text));
        prop_assert!(found.is_none_or(|action| action.name().len() <= 2 * text.len()));
        if let Some(issuer) = federation::Issuer::of(&text) {
            let claims = issuer.claims();
            prop_assert!(issuer.own_claims().iter().all(|claim| claims.contains(claim)));
            for claim in claims {
                prop_assert!(issuer.claim_type(claim).is_some());
            }
            if let Some(shared) = issuer.shared() {
                prop_assert!(!shared.keys(issuer).is_empty());
            }
        }
    }

    /// A key is known by each name that fills its variable part, and by no name that leaves it empty.
    #[test]
    fn a_keys_variable_part_takes_any_name(
        at in any::<prop::sample::Index>(),
        tag in "[A-Za-z0-9:/=+@._-]{1,20}",
    ) {
        let keys: Vec<_> = services().iter().flat_map(Service::condition_keys).collect();
        let key = keys[at.index(keys.len())];
        let fill = |name: &str| match key.name().split_once(['$', '<']) {
            None => key.name().to_owned(),
            Some((before, rest)) => {
                let after = rest.split_once(['}', '>']).unwrap().1;
                format!("{before}{name}{after}")
            }
        };
        prop_assert!(key.is(&fill(&tag)));
        prop_assert!(key.is(&fill(&tag).to_ascii_uppercase()));
        prop_assert_eq!(key.is(&fill("")), fill("") == fill("x"));
        let other = format!("x{}", fill(&tag));
        prop_assert!(!key.is(&other));
        let kind = match condition_key(None, &fill(&tag)) {
            KeyKnowledge::Global(kind) | KeyKnowledge::Service { kind, .. } => Some(kind),
            KeyKnowledge::Federated(kind) => kind,
            KeyKnowledge::Unknown { .. } | KeyKnowledge::UnknownService => None,
        };
        // No slug or domain in an issuer's URL has a colon or a slash.
        let is_provider = key.name().split(':').next().unwrap().contains('.');
        if !is_provider || !tag.contains([':', '/']) {
            // AWS's pages disagree on whether `identitystore:UserId` has one value.
            let element = kind.map(ConditionKeyType::element);
            prop_assert_eq!(element, Some(key.kind().element()));
        }
    }

    #[test]
    fn an_expansion_is_what_a_plain_glob_finds(
        service in proptest::sample::select(actions_of_file().keys().copied().collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
        edits in proptest::collection::vec(0..24_u8, 1..40),
    ) {
        let actions = &actions_of_file()[service];
        let name = actions.iter().nth(at.index(actions.len())).unwrap();
        let pattern = pattern_of(name, &edits);
        let wanted: BTreeSet<&str> = actions
            .iter()
            .copied()
            .filter(|action| naive_glob(pattern.as_bytes(), action.as_bytes()))
            .collect();
        let expansion = expand(&format!("{service}:{pattern}"));
        let have: BTreeSet<&str> = expansion.actions().iter().map(|action| action.name()).collect();
        prop_assert_eq!(have, wanted, "{}:{}", service, pattern);
    }
}
