//! One rule of a role.

use serde::{Deserialize, Serialize};

use super::attributes::{Attributes, What};

/// What a rule allows: all combinations of its words.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Rule {
    #[serde(deserialize_with = "words")]
    pub(in super::super) verbs: Vec<String>,
    #[serde(deserialize_with = "words", skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) api_groups: Vec<String>,
    #[serde(deserialize_with = "words", skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) resources: Vec<String>,
    #[serde(deserialize_with = "words", skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) resource_names: Vec<String>,
    #[serde(
        rename = "nonResourceURLs",
        deserialize_with = "words",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(in super::super) non_resource_urls: Vec<String>,
}

impl Rule {
    /// Whether it allows that.
    pub(super) fn allows(&self, wanted: &Attributes) -> bool {
        if !has(&self.verbs, &wanted.verb) {
            return false;
        }
        match &wanted.what {
            What::Path(path) => self
                .non_resource_urls
                .iter()
                .any(|url| url_takes(url, path)),
            What::Resource {
                group,
                resource,
                subresource,
                name,
                ..
            } => {
                has(&self.api_groups, group)
                    && self.has_resource(resource, subresource)
                    && (self.resource_names.is_empty() || self.resource_names.contains(name))
            }
        }
    }

    fn has_resource(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|own| {
            if own == ALL {
                return true;
            }
            match own.split_once('/') {
                // `*/scale` is that part of anything.
                Some((ALL, part)) => !subresource.is_empty() && part == subresource,
                Some((whole, part)) => whole == resource && part == subresource,
                None => own == resource && subresource.is_empty(),
            }
        })
    }

    /// Whether it allows all that `simple`, a rule of one word each, allows.
    pub(super) fn covers(&self, simple: &Rule) -> bool {
        let all = |own: &[String], wanted: &[String]| wanted.iter().all(|word| has(own, word));
        if !all(&self.verbs, &simple.verbs) {
            return false;
        }
        if !simple.non_resource_urls.is_empty() {
            return simple.non_resource_urls.iter().all(|wanted| {
                self.non_resource_urls
                    .iter()
                    .any(|own| url_takes(own, wanted))
            });
        }
        let names = self.resource_names.is_empty()
            || !simple.resource_names.is_empty()
                && simple
                    .resource_names
                    .iter()
                    .all(|name| self.resource_names.contains(name));
        let resources = simple.resources.iter().all(|wanted| {
            let part = wanted.split_once('/').map(|(_, part)| format!("*/{part}"));
            self.resources
                .iter()
                .any(|own| own == ALL || own == wanted || Some(own) == part.as_ref())
        });
        all(&self.api_groups, &simple.api_groups) && resources && names
    }

    /// How many rules of one word each it stands for.
    pub(super) fn breadth(&self) -> usize {
        let most = |words: &[String]| words.len().max(1);
        let of_resources = self
            .api_groups
            .len()
            .saturating_mul(self.resources.len())
            .saturating_mul(most(&self.resource_names));
        self.verbs
            .len()
            .saturating_mul(of_resources.saturating_add(self.non_resource_urls.len()))
    }

    /// The rules of one word each that it stands for.
    pub(super) fn simple(&self) -> Vec<Self> {
        let mut simple = Vec::new();
        for verb in &self.verbs {
            let verbs = vec![verb.clone()];
            for url in &self.non_resource_urls {
                simple.push(Self {
                    verbs: verbs.clone(),
                    non_resource_urls: vec![url.clone()],
                    ..Self::default()
                });
            }
            for group in &self.api_groups {
                for resource in &self.resources {
                    let any = Self {
                        verbs: verbs.clone(),
                        api_groups: vec![group.clone()],
                        resources: vec![resource.clone()],
                        ..Self::default()
                    };
                    if self.resource_names.is_empty() {
                        simple.push(any.clone());
                    }
                    simple.extend(self.resource_names.iter().map(|name| Self {
                        resource_names: vec![name.clone()],
                        ..any.clone()
                    }));
                }
            }
        }
        simple
    }

    /// `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    pub(super) fn compact(&self) -> String {
        let parts: Vec<_> = [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.non_resource_urls),
            ("ResourceNames", &self.resource_names),
            ("Verbs", &self.verbs),
        ]
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(name, words)| format!("{name}:{}", quoted(words)))
        .collect();
        format!("{{{}}}", parts.join(", "))
    }
}

/// `["a" "b"]`.
pub(super) fn quoted(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

fn has(words: &[String], wanted: &str) -> bool {
    words.iter().any(|word| word == ALL || word == wanted)
}

fn url_takes(own: &str, path: &str) -> bool {
    own == path
        || own
            .strip_suffix('*')
            .is_some_and(|start| path.starts_with(start))
}

/// A list of strings; `null` is an empty one.
fn words<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

const ALL: &str = "*";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(verbs: &[&str], groups: &[&str], resources: &[&str], names: &[&str]) -> Rule {
        serde_json::from_value(json!({
            "verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names,
        }))
        .unwrap()
    }

    fn wanted(verb: &str, group: &str, resource: &str, name: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.to_owned(),
            what: What::Resource {
                group: group.to_owned(),
                resource: resource.to_owned(),
                subresource: subresource.to_owned(),
                namespace: String::new(),
                name: name.to_owned(),
            },
        }
    }

    #[test]
    fn a_rule_allows_what_its_words_say() {
        for (rule, allowed, refused) in [
            (
                rule(&["get"], &[""], &["pods"], &[]),
                vec![
                    wanted("get", "", "pods", ""),
                    wanted("get", "", "pods", "a"),
                ],
                vec![
                    wanted("list", "", "pods", ""),
                    wanted("get", "apps", "pods", ""),
                    wanted("get", "", "pods/log", "a"),
                    wanted("get", "", "secrets", ""),
                ],
            ),
            (
                rule(&["*"], &["*"], &["pods/log"], &[]),
                vec![wanted("get", "x", "pods/log", "a")],
                vec![wanted("get", "x", "pods", "a")],
            ),
            (
                rule(&["get"], &["a"], &["*/scale"], &[]),
                vec![wanted("get", "a", "things/scale", "x")],
                vec![wanted("get", "a", "things", "x")],
            ),
            (
                rule(&["get", "create"], &[""], &["pods"], &["a"]),
                vec![wanted("get", "", "pods", "a")],
                // What is made has no name yet.
                vec![
                    wanted("get", "", "pods", "b"),
                    wanted("create", "", "pods", ""),
                ],
            ),
            (
                rule(&[], &["*"], &["*"], &[]),
                vec![],
                vec![wanted("get", "", "pods", "")],
            ),
        ] {
            for attributes in allowed {
                assert!(rule.allows(&attributes), "{rule:?} {attributes:?}");
            }
            for attributes in refused {
                assert!(!rule.allows(&attributes), "{rule:?} {attributes:?}");
            }
        }
    }

    #[test]
    fn a_path_is_taken_whole_or_by_its_start() {
        let rule = |url: &str| Rule {
            verbs: vec!["get".to_owned()],
            non_resource_urls: vec![url.to_owned()],
            ..Rule::default()
        };
        let path = |path: &str| Attributes::of_path(&http::Method::GET, path);
        assert!(rule("/api/*").allows(&path("/api/v1")) && rule("*").allows(&path("/x")));
        assert!(rule("/api").allows(&path("/api")) && !rule("/api").allows(&path("/api/")));
        assert!(!rule("/api/*").allows(&path("/api")));
    }

    #[test]
    fn a_rule_covers_no_more_than_it_allows() {
        let own = rule(&["get", "list"], &[""], &["pods", "*/status"], &[]);
        assert!(own.covers(&rule(&["get"], &[""], &["pods"], &["a"])));
        assert!(own.covers(&rule(&["list"], &[""], &["nodes/status"], &[])));
        for more in [
            rule(&["*"], &[""], &["pods"], &[]),
            rule(&["get"], &["*"], &["pods"], &[]),
            rule(&["get"], &[""], &["*"], &[]),
            rule(&["get"], &[""], &["pods/log"], &[]),
        ] {
            assert!(!own.covers(&more), "{more:?}");
        }
        let named = rule(&["get"], &[""], &["pods"], &["a"]);
        assert!(named.covers(&named) && !named.covers(&rule(&["get"], &[""], &["pods"], &[])));
    }

    #[test]
    fn a_rule_is_as_broad_as_its_simple_rules() {
        let broad = rule(&["a", "b"], &["x"], &["p", "q"], &["1", "2", "3"]);
        assert_eq!(broad.simple().len(), broad.breadth());
        assert!(broad.simple().iter().all(|simple| broad.covers(simple)));
        assert_eq!(
            rule(&["get"], &[""], &["pods"], &[]).compact(),
            r#"{APIGroups:[""], Resources:["pods"], Verbs:["get"]}"#
        );
    }
}
