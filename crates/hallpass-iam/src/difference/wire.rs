//! A comparison for programs, and its requests as `hallpass policy simulate` takes them.

use serde_json::{Map, Value, json};

use crate::evaluate::Outcome;

use super::class::{Asking, Comparison, Difference, Place, Witness};

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
            "before": name(self.before),
            "after": name(self.after),
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
    /// The request of a case.
    pub fn to_json(&self) -> Value {
        let mut request = json!({
            "principal": self.caller.to_json(),
            "action": self.action,
            "resource": self.resource,
        });
        if let Some(fields) = request.as_object_mut() {
            if let Some(account) = &self.resource_account {
                fields.insert("resourceAccountId".to_owned(), json!(account));
            }
            let mut context = Map::new();
            for (key, values) in self.context.iter() {
                let value = match values {
                    [value] => json!(value),
                    values => json!(values),
                };
                context.insert(key.to_owned(), value);
            }
            fields.insert("context".to_owned(), Value::Object(context));
        }
        request
    }
}

impl Asking {
    fn to_json(&self) -> Value {
        match self {
            Self::AccountRoot { account } => json!(format!("arn:aws:iam::{account}:root")),
            Self::Anonymous => json!("*"),
            Self::Federated { provider } => json!({ "Federated": provider }),
            Self::FederatedUser { arn } | Self::User { arn } => json!(arn),
            Self::RoleSession {
                session_arn,
                role_arn,
            } => json!({ "AWS": session_arn, "role": role_arn }),
            Self::Service { name } => json!({ "Service": name }),
        }
    }
}

/// The outcome as cases name it.
const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "Allow",
        Outcome::ExplicitDeny => "ExplicitDeny",
        Outcome::ImplicitDeny => "ImplicitDeny",
    }
}
