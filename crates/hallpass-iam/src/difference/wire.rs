//! A comparison for programs, and its requests as `hallpass policy simulate` takes them.

use serde_json::{Map, Value, json};

use crate::evaluate::Outcome;
use crate::policy::PolicyKind;

use super::callers::ANY_SESSION;
use super::class::{Asking, Comparison, Difference, Place, Witness};
use super::probe::is_of_resource;

impl Comparison {
    /// The comparison. Stable: fields may come, none goes.
    pub fn to_json(&self) -> Value {
        let differences: Vec<Value> = self.differences.iter().map(Difference::to_json).collect();
        json!({
            "differences": differences,
            "compared": self.compared,
            "exhaustive": self.limits.is_empty(),
            "limits": self.limits,
        })
    }
}

impl Difference {
    fn to_json(&self) -> Value {
        json!({
            "change": if self.is_wider() { "wider" } else { "narrower" },
            "before": outcome_name(self.before),
            "after": outcome_name(self.after),
            "beforeStatement": self.before_statement.as_ref().map(Place::to_json),
            "afterStatement": self.after_statement.as_ref().map(Place::to_json),
            "actions": self.actions,
            "resources": self.resources,
            "principals": self.principals,
            "conditions": self.conditions,
            "request": self.witness.to_json(),
            "allowedByOwnPolicies": self.witness.is_allowed_by_own,
        })
    }
}

impl Place {
    fn to_json(&self) -> Value {
        json!({ "index": self.index, "sid": self.sid })
    }
}

impl Witness {
    /// The request of a case, as `hallpass policy simulate` takes it.
    pub fn to_json(&self) -> Value {
        let mut context = Map::new();
        let keys = self.keys.iter().map(String::as_str);
        let known: Vec<String> = keys.clone().map(str::to_ascii_lowercase).collect();
        let others = self.context.iter().map(|(key, _)| key);
        let others = others.filter(|key| !known.iter().any(|it| it == key));
        for key in keys.chain(others) {
            let value = match self.context.get(key) {
                Some([value]) => json!(value),
                Some(values) => json!(values),
                None => Value::Null,
            };
            context.insert(key.to_owned(), value);
        }
        let mut request = Map::new();
        request.insert("principal".to_owned(), self.principal(&mut context));
        request.insert("action".to_owned(), json!(self.action));
        request.insert("resource".to_owned(), json!(self.resource));
        if let Some(account) = &self.resource_account {
            request.insert("resourceAccountId".to_owned(), json!(account));
        }
        request.insert("context".to_owned(), Value::Object(context));
        Value::Object(request)
    }

    /// The whole case: the request, and the document that it is put to.
    pub fn case(&self, name: &str, document: &Value, kind: PolicyKind, wanted: Outcome) -> Value {
        let mut case = json!({
            "name": name,
            "request": self.to_json(),
            "expected": outcome_name(wanted),
        });
        let everything = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" },
        });
        if let Some(fields) = case.as_object_mut() {
            let mut add = |field: &str, value: Value| fields.insert(field.to_owned(), value);
            if is_of_resource(kind) {
                add("resourcePolicy", document.clone());
                if self.is_allowed_by_own {
                    add("identityPolicies", json!([everything]));
                }
            } else {
                add("identityPolicies", json!([document]));
            }
        }
        case
    }

    /// Who asks; a session's role with a path stands in the context, since the session's ARN lacks it.
    fn principal(&self, context: &mut Map<String, Value>) -> Value {
        match &self.caller {
            Asking::AccountRoot { account } => json!(format!("arn:aws:iam::{account}:root")),
            Asking::Anonymous => json!("*"),
            Asking::Federated { provider } => json!({ "Federated": provider }),
            Asking::FederatedUser { arn } | Asking::User { arn } => json!(arn),
            Asking::RoleSession {
                session_arn,
                role_arn,
            } if session_arn.ends_with(ANY_SESSION) => json!(role_arn),
            Asking::RoleSession {
                session_arn,
                role_arn,
            } => {
                let has_path = role_arn.matches('/').count() > 1;
                if has_path
                    && !context
                        .keys()
                        .any(|it| it.eq_ignore_ascii_case(PRINCIPAL_ARN))
                {
                    context.insert(PRINCIPAL_ARN.to_owned(), json!(role_arn));
                }
                json!(session_arn)
            }
            Asking::Service { name } => json!({ "Service": name }),
        }
    }
}

/// The outcome as cases name it.
pub(super) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "Allow",
        Outcome::ExplicitDeny => "ExplicitDeny",
        Outcome::ImplicitDeny => "ImplicitDeny",
    }
}

const PRINCIPAL_ARN: &str = "aws:PrincipalArn";
