//! What a log cannot show, told so that nobody takes silence for proof.
//!
//! Sources: CloudTrail User Guide, "Logging data events", "Logging management events" (read and write
//! events), "Global service events", "Services and integrations that CloudTrail does not support".

use crate::syntax::{Document, Effect};

use super::data_event::DATA_EVENTS;
use super::log::UseLog;
use super::pass_role::PASS_ROLE;

/// What the log cannot show of the policy; `granted` tells whether it allows an action at all.
pub(super) fn caveats(
    document: &Document,
    log: &UseLog,
    granted: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut caveats = vec![period(log)];
    let allowing = || {
        let statements = document.statements().iter();
        statements.filter(|statement| statement.effect == Effect::Allow)
    };
    if allowing().any(|statement| !statement.conditions.is_empty()) {
        caveats.push(
            "conditions are kept as they are: events do not show whether they are needed"
                .to_owned(),
        );
    }
    if log.callers.len() > 1 {
        let callers: Vec<&str> = log.callers.iter().take(3).map(String::as_str).collect();
        caveats.push(format!(
            "events of {} callers count ({}{}): name the one whose policy this is with `--role`",
            log.callers.len(),
            callers.join(", "),
            if log.callers.len() > 3 {
                " and others"
            } else {
                ""
            },
        ));
    }
    if log.is_of_lab {
        return caveats;
    }
    let unseen: Vec<&str> = DATA_EVENTS
        .iter()
        .copied()
        .filter(|action| granted(action))
        .collect();
    if !log.has_data_events && !unseen.is_empty() {
        caveats.push(format!(
            "the log has no data events, where alone {}{} appear: what the policy names of them in full is kept, what wildcards grant of them is dropped",
            unseen.iter().take(4).copied().collect::<Vec<_>>().join(", "),
            if unseen.len() > 4 { " and others" } else { "" },
        ));
    }
    if !log.has_read_events {
        caveats.push("the log has no read-only events: the trail may exclude them, so that reads look unused".to_owned());
    }
    if !log.regions.contains("us-east-1") && GLOBAL.iter().any(|action| granted(action)) {
        caveats.push("the log has no events of us-east-1, where alone IAM, CloudFront, Route 53 and Organizations are logged".to_owned());
    }
    if granted(PASS_ROLE) {
        caveats.push(if log.implied.is_empty() {
            format!("{PASS_ROLE} is dropped: it has no events, and no call was seen that hands a role to a service")
        } else {
            format!("{PASS_ROLE} is kept: it has no events, and calls were seen that hand a role to a service")
        });
    }
    if !log.unmapped.is_empty() {
        let names: Vec<&str> = log.unmapped.keys().take(5).map(String::as_str).collect();
        caveats.push(format!(
            "events that map to no known action: {}{}",
            names.join(", "),
            match log.unmapped.len().saturating_sub(5) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            }
        ));
    }
    caveats
}

fn period(log: &UseLog) -> String {
    let counted = format!(
        "{} events count ({} refused, {} of others)",
        log.events, log.refused, log.left_out
    );
    match (log.first, log.last) {
        (Some(first), Some(last)) => format!(
            "{counted}, from {first} to {last}: what runs more seldom, such as a yearly job, is not among them"
        ),
        _ => counted,
    }
}

/// Of each service that is logged in us-east-1 alone, one action that stands for it.
const GLOBAL: &[&str] = &[
    "iam:GetRole",
    "cloudfront:GetDistribution",
    "route53:ListHostedZones",
    "organizations:DescribeOrganization",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::service;

    #[test]
    fn every_action_named_is_one_that_aws_has() {
        for action in DATA_EVENTS.iter().chain(GLOBAL) {
            let (prefix, name) = action.split_once(':').unwrap();
            assert!(service(prefix).unwrap().action(name).is_some(), "{action}");
        }
    }
}
