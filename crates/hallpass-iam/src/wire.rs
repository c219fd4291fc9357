//! The machine-readable form of a decision: a twin of the types, so that those stay free to change.

use serde_json::{Value, json};

use crate::explain::{Decision, Failure, MetCondition, PolicyReport, StatementReport};
use crate::syntax::Effect;

impl Decision {
    /// Every statement, as JSON. Stable: new fields may come, none goes.
    pub fn to_json(&self) -> Value {
        self.statements()
            .iter()
            .map(StatementReport::to_json)
            .collect()
    }
}

impl StatementReport {
    fn to_json(&self) -> Value {
        let mut value = json!({
            "layer": self.layer.as_str(),
            "policy": self.policy,
            "statement": self.index,
            "effect": match self.effect {
                Effect::Allow => "Allow",
                Effect::Deny => "Deny",
            },
            "start": self.span.start,
            "end": self.span.end,
            "applies": self.failure.is_none(),
        });
        if let Some(fields) = value.as_object_mut() {
            if let Some(sid) = &self.sid {
                fields.insert("sid".to_owned(), json!(sid));
            }
            if let Some(failure) = &self.failure {
                fields.insert("failed".to_owned(), failure.to_json());
            }
            if !self.met.is_empty() {
                let met: Value = self.met.iter().map(MetCondition::to_json).collect();
                fields.insert("met".to_owned(), met);
            }
            if !self.further.is_empty() {
                let further: Value = self.further.iter().map(Failure::to_json).collect();
                fields.insert("further".to_owned(), further);
            }
        }
        value
    }
}

impl PolicyReport {
    /// The policy's word, as JSON. Stable: new fields may come, none goes.
    pub fn to_json(&self) -> Value {
        json!({ "layer": self.layer.as_str(), "policy": self.policy, "says": self.says.as_str() })
    }
}

impl MetCondition {
    fn to_json(&self) -> Value {
        json!({
            "operator": self.operator, "key": self.key, "wanted": self.wanted, "got": self.got,
            "start": self.span.start, "end": self.span.end,
        })
    }
}

impl Failure {
    /// The part that failed, as JSON. Stable: new fields may come, none goes.
    pub fn to_json(&self) -> Value {
        let mut value = match self {
            Self::Action {
                wanted, is_negated, ..
            } => {
                json!({ "part": "Action", "wanted": wanted, "negated": is_negated })
            }
            Self::Condition {
                operator,
                key,
                wanted,
                got,
                ..
            } => json!({
                "part": "Condition", "operator": operator, "key": key, "wanted": wanted, "got": got,
            }),
            Self::Principal {
                wanted,
                got,
                is_negated,
                ..
            } => {
                json!({ "part": "Principal", "wanted": wanted, "got": got, "negated": is_negated })
            }
            Self::Resource {
                wanted,
                got,
                is_negated,
                ..
            } => {
                json!({ "part": "Resource", "wanted": wanted, "got": got, "negated": is_negated })
            }
        };
        if let Some(fields) = value.as_object_mut() {
            fields.insert("start".to_owned(), json!(self.span().start));
            fields.insert("end".to_owned(), json!(self.span().end));
        }
        value
    }
}
