//! What a webhook configuration breaks of the rules.
//!
//! Source: Kubernetes API reference, `MutatingWebhookConfiguration`; the words of
//! k8s.io/kubernetes' `pkg/apis/admissionregistration/validation`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::super::label_selector::LabelSelector;
use super::super::names::is_subdomain;
use super::super::objects::{elements, text};
use super::super::status::Cause;
use super::configuration::Webhook;

/// The faults of a configuration.
pub(in super::super) fn faults(configuration: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut known = BTreeSet::new();
    for (index, webhook) in elements(configuration, "/webhooks").enumerate() {
        let at = format!("webhooks[{index}]");
        let name = text(webhook, "/name");
        if !is_subdomain(name) || name.split('.').count() < 3 {
            let why = "should be a domain with at least three segments separated by dots";
            causes.push(Cause::invalid(format!("{at}.name"), json!(name), why));
        }
        if !known.insert(name) {
            causes.push(Cause::duplicate(format!("{at}.name"), name));
        }
        check_policies(&mut causes, &at, webhook);
        check_client(&mut causes, &at, webhook);
        check_selectors(&mut causes, &at, webhook);
        for (number, rule) in elements(webhook, "/rules").enumerate() {
            check_rule(&mut causes, &format!("{at}.rules[{number}]"), rule);
        }
        if elements(webhook, "/matchConditions").next().is_some() {
            let why = "the lab evaluates no CEL expressions: leave out matchConditions, and use rules, namespaceSelector and objectSelector";
            causes.push(Cause::forbidden(format!("{at}.matchConditions"), why));
        }
        if causes.is_empty()
            && let Err(error) = Webhook::deserialize(webhook)
        {
            causes.push(Cause::invalid(at, "webhook", &error.to_string()));
        }
    }
    causes
}

fn check_policies(causes: &mut Vec<Cause>, at: &str, webhook: &Value) {
    for (field, known, is_required) in [
        ("failurePolicy", &["Fail", "Ignore"][..], false),
        ("matchPolicy", &["Equivalent", "Exact"], false),
        ("reinvocationPolicy", &["IfNeeded", "Never"], false),
        ("sideEffects", &["None", "NoneOnDryRun"], true),
    ] {
        let given = text(webhook, &format!("/{field}"));
        let at = format!("{at}.{field}");
        if given.is_empty() && is_required {
            let why = format!("must specify one of {}", known.join(", "));
            causes.push(Cause::required(at, &why));
        } else if !given.is_empty() && !known.contains(&given) {
            causes.push(Cause::unsupported(at, given, known));
        }
    }
    let seconds = webhook.get("timeoutSeconds").and_then(Value::as_i64);
    if let Some(seconds) = seconds.filter(|seconds| !(1..=30).contains(seconds)) {
        let why = "the timeout value must be between 1 and 30 seconds";
        causes.push(Cause::invalid(format!("{at}.timeoutSeconds"), seconds, why));
    }
    let versions: Vec<_> = elements(webhook, "/admissionReviewVersions").collect();
    let field = format!("{at}.admissionReviewVersions");
    if versions.is_empty() {
        causes.push(Cause::required(field, "must specify one of v1, v1beta1"));
    } else if !versions.iter().any(|version| **version == "v1") {
        let why = "must include at least one of v1 (the lab sends no v1beta1)";
        causes.push(Cause::invalid(field, json!(versions), why));
    }
}

fn check_client(causes: &mut Vec<Cause>, at: &str, webhook: &Value) {
    let at = format!("{at}.clientConfig");
    let config = webhook.get("clientConfig").unwrap_or(&Value::Null);
    let (url, service) = (config.get("url"), config.get("service"));
    let has = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    if has(url) == has(service) {
        let why = "exactly one of url or service is required";
        causes.push(Cause::required(at.clone(), why));
    }
    if let Some(url) = url.and_then(Value::as_str)
        && let Err(why) = check_url(url)
    {
        causes.push(Cause::invalid(format!("{at}.url"), json!(url), why));
    }
    if has(service) {
        for field in ["name", "namespace"] {
            if text(config, &format!("/service/{field}")).is_empty() {
                let why = format!("service {field} is required");
                causes.push(Cause::required(format!("{at}.service.{field}"), &why));
            }
        }
    }
    let bundle = text(config, "/caBundle");
    let is_good = bundle.is_empty()
        || STANDARD.decode(bundle).is_ok_and(|pem| {
            CertificateDer::pem_slice_iter(&pem)
                .next()
                .is_some_and(|one| one.is_ok())
        });
    if !is_good {
        let why = "unable to load root certificates: unable to parse bytes as PEM block";
        causes.push(Cause::invalid(format!("{at}.caBundle"), "\"...\"", why));
    }
}

fn check_url(url: &str) -> Result<(), &'static str> {
    let uri: http::Uri = url.parse().map_err(|_| "url must be a valid URL")?;
    let authority = uri
        .authority()
        .ok_or("host must be specified; desired format: https://host[/path]")?;
    if uri.scheme_str() != Some("https") {
        return Err("'https' is the only allowed URL scheme; desired format: https://host[/path]");
    }
    if authority.as_str().contains('@') {
        return Err("user information is not permitted in the URL");
    }
    if uri.query().is_some() || url.contains('#') {
        return Err("query parameters and fragments are not permitted in the URL");
    }
    Ok(())
}

fn check_selectors(causes: &mut Vec<Cause>, at: &str, webhook: &Value) {
    for field in ["namespaceSelector", "objectSelector"] {
        let selector = webhook.get(field).unwrap_or(&Value::Null);
        if let Err(why) = LabelSelector::read(selector) {
            causes.push(Cause::invalid(format!("{at}.{field}"), selector, &why));
        }
    }
}

fn check_rule(causes: &mut Vec<Cause>, at: &str, rule: &Value) {
    for field in ["operations", "apiGroups", "apiVersions", "resources"] {
        if elements(rule, &format!("/{field}")).next().is_none() {
            causes.push(Cause::required(format!("{at}.{field}"), ""));
        }
    }
    for operation in elements(rule, "/operations").filter_map(Value::as_str) {
        if !OPERATIONS.contains(&operation) {
            let field = format!("{at}.operations");
            causes.push(Cause::unsupported(field, operation, OPERATIONS));
        }
    }
    let scope = text(rule, "/scope");
    let scopes = &["*", "Cluster", "Namespaced"];
    if !scope.is_empty() && !scopes.contains(&scope) {
        causes.push(Cause::unsupported(format!("{at}.scope"), scope, scopes));
    }
}

const OPERATIONS: &[&str] = &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(change: &Value) -> Value {
        let mut webhook = json!({
            "name": "a.b.c",
            "clientConfig": { "url": "https://127.0.0.1:9443/mutate" },
            "rules": [{
                "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
                "resources": ["pods"],
            }],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        });
        let fields = webhook.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            fields.insert(name.clone(), value.clone());
        }
        json!({ "kind": "MutatingWebhookConfiguration", "webhooks": [webhook] })
    }

    #[test]
    fn a_webhook_that_could_not_be_called_is_refused() {
        assert!(faults(&configuration(&json!({}))).is_empty());
        for change in [
            json!({ "name": "a.b" }),
            json!({ "clientConfig": {} }),
            json!({ "clientConfig": { "url": "http://127.0.0.1/" } }),
            json!({ "clientConfig": { "url": "https://u@127.0.0.1/" } }),
            json!({ "clientConfig": { "url": "https://127.0.0.1/?a" } }),
            json!({ "clientConfig": { "url": "https://127.0.0.1/", "caBundle": "YQ==" } }),
            json!({ "clientConfig": { "service": { "name": "x" } } }),
            json!({ "sideEffects": "Some" }),
            json!({ "sideEffects": null }),
            json!({ "admissionReviewVersions": ["v1beta1"] }),
            json!({ "timeoutSeconds": 31 }),
            json!({ "failurePolicy": "Maybe" }),
            json!({ "rules": [{ "operations": ["CREATE"] }] }),
            json!({ "objectSelector": { "matchLabels": 1 } }),
            json!({ "matchConditions": [{ "name": "x", "expression": "true" }] }),
        ] {
            assert!(!faults(&configuration(&change)).is_empty(), "{change}");
        }
    }
}
