//! A naive second engine, written from the IAM User Guide and not from the first: it reads the JSON as it
//! stands, tries every split of a wildcard, has no index and makes no haste.
//!
//! Sources, beside each function: "Policy evaluation logic", "Principal", "`NotPrincipal`", "Condition
//! operators", "Conditions with multiple context keys or values", "Variables and tags".

use std::collections::BTreeMap;
use std::net::IpAddr;

use hallpass_iam::Outcome;
use serde_json::Value;

use Outcome::{Allow, ExplicitDeny, ImplicitDeny};

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    Anonymous,
    Federated(&'static str),
    FederatedUser(&'static str),
    Root,
    Service(&'static str),
    Session(&'static str, &'static str),
    User(&'static str),
}

/// A request and every policy that bears on it.
#[derive(Clone, Debug)]
pub struct World {
    pub who: Who,
    pub action: &'static str,
    pub resource: &'static str,
    pub owner: Option<&'static str>,
    pub context: BTreeMap<&'static str, Vec<&'static str>>,
    pub identity: Vec<Value>,
    pub resource_policy: Option<Value>,
    pub trust_policy: Option<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Vec<Value>>,
    pub service_control: Vec<Vec<Value>>,
}

/// How closely a policy names the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Account,
    Role,
    Itself,
}

/// The account of every caller that has one.
pub const OWN: &str = "111122223333";

/// "How AWS enforcement code logic evaluates requests to allow or deny access", and the page on requests
/// from one account to another.
pub fn decide(world: &World) -> Outcome {
    let resource = world.resource_policy.iter().chain(&world.trust_policy);
    let session = world.session.iter().flatten();
    // Service control policies bind the principals of accounts, but for service-linked roles.
    let service_control: &[Vec<Value>] = if world.has_account() && !world.is_service_linked() {
        &world.service_control
    } else {
        &[]
    };
    let controls = service_control.iter().flatten();
    let mut all = controls
        .chain(resource.clone())
        .chain(&world.boundary)
        .chain(session)
        .chain(&world.identity);
    if all.any(|policy| says(policy, "Deny", world).is_some()) {
        return ExplicitDeny;
    }
    let allows = |policy: &Value| says(policy, "Allow", world).is_some();
    let granted = resource
        .filter_map(|policy| says(policy, "Allow", world))
        .max();
    if !world.has_account() {
        return if granted.is_some() {
            Allow
        } else {
            ImplicitDeny
        };
    }
    let is_controlled = service_control
        .iter()
        .any(|level| !level.iter().any(allows));
    let is_bounded = !world.boundary.iter().all(allows);
    // "If there is no session policy", a federated user has none of its user's permissions.
    let is_scoped_down = match &world.session {
        Some(list) => !list.iter().any(allows),
        None => matches!(world.who, Who::FederatedUser(_)),
    };
    let has_own = matches!(world.who, Who::Root) || world.identity.iter().any(allows);
    let is_capped = is_bounded || is_scoped_down;
    let is_foreign = world.owner.is_some_and(|owner| owner != OWN);
    let is_allowed = match granted {
        _ if is_controlled => false,
        Some(_) if is_foreign => has_own && !is_capped,
        None if is_foreign || world.trust_policy.is_some() => false,
        Some(How::Itself) => true,
        Some(How::Role) => !is_capped,
        Some(How::Account) | None => has_own && !is_capped,
    };
    if is_allowed { Allow } else { ImplicitDeny }
}

/// The closest way in which a statement of the effect applies.
fn says(policy: &Value, effect: &str, world: &World) -> Option<How> {
    let has_variables = policy["Version"] == "2012-10-17";
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .filter(|statement| statement["Effect"] == effect)
        .filter_map(|statement| applies(statement, has_variables, world))
        .max()
}

fn applies(statement: &Value, has_variables: bool, world: &World) -> Option<How> {
    // What cannot be evaluated: an Allow does not apply, a Deny does.
    let is_deny = statement["Effect"] == "Deny";
    let is_it = |text: &&str| is_like(&literal(&text.to_lowercase()), &world.action.to_lowercase());
    let is_named = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => texts(list).iter().any(is_it),
        (None, list) => !texts(list.unwrap()).iter().any(is_it),
    };
    // IAM completes ARNs "in an identity-based policy"; elsewhere only where that denies more.
    let is_of_resource =
        statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some();
    let is_completed = !is_of_resource || (is_deny && statement.get("Resource").is_some());
    let is_listed = |list: &Value| {
        any(texts(list).iter().map(|text| {
            let is_short = text.starts_with("arn:") && text.split(':').count() < 6;
            if is_short && !is_completed && !text.ends_with('*') {
                return None;
            }
            is_arn_like(text, world.resource, true, has_variables, world)
        }))
    };
    // A variable without value matches nothing.
    let is_about = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => is_listed(list) == Some(true),
        (None, Some(list)) => is_listed(list).map_or(is_deny, |is_listed| !is_listed),
        (None, None) => true,
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let is_met = all(conditions
        .into_iter()
        .flatten()
        .flat_map(|(operator, keys)| {
            let keys = keys.as_object().unwrap().iter();
            keys.map(|(key, wanted)| is_met(operator, key, &texts(wanted), has_variables, world))
        }));
    let how = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => names(principal, world),
        (None, Some(principal)) => {
            let is_root = matches!(world.who, Who::Root);
            let is_bounded = world.boundary.is_some() && world.has_account() && !is_root;
            (is_bounded || !spares(principal, world)).then_some(How::Role)
        }
        (None, None) => Some(How::Itself),
    };
    how.filter(|_| is_named && is_about && is_met.unwrap_or(is_deny))
}

impl World {
    fn values(&self, key: &str) -> Option<&[&'static str]> {
        let found = self
            .context
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, values)| values.as_slice())
    }

    fn is_service_linked(&self) -> bool {
        matches!(self.who, Who::Session(_, role) if role.contains(":role/aws-service-role/"))
    }

    pub fn has_account(&self) -> bool {
        !matches!(
            self.who,
            Who::Anonymous | Who::Federated(_) | Who::Service(_)
        )
    }
}

/// "AWS JSON policy elements: Principal".
fn names(principal: &Value, world: &World) -> Option<How> {
    let is_in = |kind: &str, name: &str| texts(&principal[kind]).contains(&name);
    let has_id = world
        .values("aws:userid")
        .is_some_and(|id| is_in("AWS", id[0].split(':').next().unwrap()));
    let has_account = is_in("AWS", OWN) || is_in("AWS", &format!("arn:aws:iam::{OWN}:root"));
    let ways = [
        (How::Itself, *principal == "*" || is_in("AWS", "*")),
        match world.who {
            Who::Anonymous => (How::Itself, false),
            Who::Federated(provider) => (How::Itself, is_in("Federated", provider)),
            Who::FederatedUser(arn) => (How::Itself, is_in("AWS", arn)),
            Who::Root => (How::Itself, has_account),
            Who::Service(name) => (How::Itself, is_in("Service", name)),
            Who::Session(session, _) => (How::Itself, is_in("AWS", session)),
            Who::User(arn) => (How::Itself, is_in("AWS", arn) || has_id),
        },
        match world.who {
            Who::Session(_, role) => (How::Role, is_in("AWS", role) || has_id),
            _ => (How::Role, false),
        },
        (How::Account, has_account && world.has_account()),
    ];
    ways.into_iter()
        .filter(|(_, is_so)| *is_so)
        .map(|(how, _)| how)
        .max()
}

/// "`NotPrincipal`": the list must name the caller, its role and its account; of a role whose sessions it
/// does not name, all.
fn spares(principal: &Value, world: &World) -> bool {
    let is_in = |kind: &str, name: &str| texts(&principal[kind]).contains(&name);
    let has_account = is_in("AWS", OWN) || is_in("AWS", &format!("arn:aws:iam::{OWN}:root"));
    *principal == "*"
        || is_in("AWS", "*")
        || match world.who {
            Who::Anonymous => false,
            Who::Federated(name) => is_in("Federated", name),
            Who::FederatedUser(arn) | Who::User(arn) => has_account && is_in("AWS", arn),
            Who::Root => has_account,
            Who::Service(name) => is_in("Service", name),
            Who::Session(session, role) => {
                let names_sessions = texts(&principal["AWS"])
                    .iter()
                    .any(|name| name.contains(":assumed-role/r/"));
                has_account && is_in("AWS", role) && (is_in("AWS", session) || !names_sessions)
            }
        }
}

/// "Condition operators" and "Conditions with multiple context keys or values"; none where it cannot be
/// told.
fn is_met(
    operator: &str,
    key: &str,
    wanted: &[&str],
    has_variables: bool,
    world: &World,
) -> Option<bool> {
    let got = world.values(key).filter(|values| !values.is_empty());
    if operator == "Null" {
        return Some(wanted.iter().any(|text| (*text == "true") == got.is_none()));
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    // "An empty data set, for example, an empty string."
    let got = got.filter(|values| set.is_empty() || *values != [""]);
    let base = operator.strip_suffix("IfExists").unwrap_or(operator);
    let is_negated = base.contains("Not");
    let Some(got) = got else {
        return Some(match set {
            "ForAllValues" => true,
            "ForAnyValue" => base != operator,
            _ => base != operator || is_negated,
        });
    };
    let positive = base.replace("Not", "");
    let each = got.iter().map(|value| {
        let is_one = any(wanted.iter().map(|text| match positive.as_str() {
            "StringLike" | "StringEquals" | "StringEqualsIgnoreCase" | "ArnLike" | "ArnEquals" => {
                // A variable without value matches nothing, and does not meet a negated operator.
                is_text(&positive, text, value, has_variables, world)
                    .or((!is_negated).then_some(false))
            }
            typed => is_typed(typed, text, value),
        }));
        is_one.map(|is_one| is_one != is_negated)
    });
    match set {
        "ForAnyValue" => any(each),
        "ForAllValues" => all(each),
        _ if is_negated => all(each),
        _ => any(each),
    }
}

fn is_text(
    base: &str,
    wanted: &str,
    got: &str,
    has_variables: bool,
    world: &World,
) -> Option<bool> {
    match base {
        "StringLike" => Some(is_like(&tokens(wanted, has_variables, world)?, got)),
        "StringEquals" => Some(plain(wanted, has_variables, world)? == got),
        "StringEqualsIgnoreCase" => {
            Some(plain(wanted, has_variables, world)?.eq_ignore_ascii_case(got))
        }
        _ => is_arn_like(wanted, got, false, has_variables, world),
    }
}

fn is_typed(base: &str, wanted: &str, got: &str) -> Option<bool> {
    match base {
        "Bool" => Some(truth(wanted)? == truth(got)?),
        "IpAddress" => is_within(wanted, got),
        _ => {
            let (kind, order) = base.split_at(if base.starts_with("Date") { 4 } else { 7 });
            let read = |text: &str| {
                if kind == "Date" {
                    instant(text)
                } else {
                    text.parse::<f64>().ok()
                }
            };
            let (wanted, got) = (read(wanted)?, read(got)?);
            Some(match order {
                "Equals" => (got - wanted).abs() < 1e-9,
                "LessThan" => got < wanted,
                "LessThanEquals" => got <= wanted,
                "GreaterThan" => got > wanted,
                "GreaterThanEquals" => got >= wanted,
                other => panic!("no order {other}"),
            })
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    text.to_lowercase().parse().ok()
}

/// The instants that the generator knows, in seconds of the epoch, by hand.
fn instant(text: &str) -> Option<f64> {
    match text {
        "2020-01-01" | "2020-01-01T00:00:00Z" | "1577836800" => Some(1_577_836_800.0),
        "2020-01-01T00:00:01Z" | "1577836801" => Some(1_577_836_801.0),
        "2019-12-31T23:30:00-01:00" => Some(1_577_838_600.0),
        _ => text.parse::<i32>().ok().map(f64::from),
    }
}

/// Whether the leading bits agree.
fn is_within(network: &str, address: &str) -> Option<bool> {
    let bits = |address: IpAddr| -> String {
        let octets = match address {
            IpAddr::V4(four) => four.octets().to_vec(),
            IpAddr::V6(six) => six.octets().to_vec(),
        };
        octets
            .iter()
            .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1))
            .map(|bit| if bit == 1 { '1' } else { '0' })
            .collect()
    };
    let (base, length) = network.split_once('/').unwrap_or((network, "128"));
    let base = bits(base.parse().ok()?);
    let address = bits(address.parse().ok()?);
    let length = length.parse::<usize>().ok()?.min(base.len());
    Some(base.len() == address.len() && base[..length] == address[..length])
}

/// "Each of the six colon-delimited components of the ARN is checked separately"; missing ones are `*`.
/// In a `Resource`, a `*` at a component's end "can expand to match beyond the colon boundaries".
fn is_arn_like(
    pattern: &str,
    arn: &str,
    is_resource: bool,
    has_variables: bool,
    world: &World,
) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    // No variable of the generator stands before the sixth component.
    let mut wanted: Vec<&str> = pattern.splitn(6, ':').collect();
    if wanted[0] != "arn" {
        return Some(is_like(&tokens(pattern, has_variables, world)?, arn));
    }
    wanted.resize(6, "*");
    let last = tokens(wanted[5], has_variables, world)?;
    let got: Vec<&str> = arn.split(':').collect();
    Some(is_split(&wanted[..5], &last, &got, is_resource))
}

fn is_split(wanted: &[&str], last: &[Token], got: &[&str], is_resource: bool) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return !got.is_empty() && is_like(last, &got.join(":"));
    };
    let can_cross = is_resource && first.ends_with('*');
    let most = if can_cross { got.len() } else { 1 };
    !got.is_empty()
        && is_like(&literal(first), got[0])
        && (1..=most).any(|taken| is_split(rest, last, &got[taken..], is_resource))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    One,
    Run,
    This(char),
}

fn literal(pattern: &str) -> Vec<Token> {
    let read = |c| match c {
        '*' => Token::Run,
        '?' => Token::One,
        other => Token::This(other),
    };
    pattern.chars().map(read).collect()
}

/// "Variables and tags": the value of a variable, and what is escaped, is no pattern.
fn tokens(pattern: &str, has_variables: bool, world: &World) -> Option<Vec<Token>> {
    let Some((before, rest)) = pattern.split_once("${").filter(|_| has_variables) else {
        return Some(literal(pattern));
    };
    let (inside, after) = rest.split_once('}').unwrap();
    let value = match inside.split_once(", ") {
        _ if ["*", "?", "$"].contains(&inside) => inside,
        None => single(world.values(inside)?)?,
        Some((key, default)) => match world.values(key) {
            Some(values) => single(values)?,
            None => default.trim_matches('\''),
        },
    };
    let mut all = literal(before);
    all.extend(value.chars().map(Token::This));
    all.extend(tokens(after, true, world)?);
    Some(all)
}

fn single(values: &[&'static str]) -> Option<&'static str> {
    <[&str; 1]>::try_from(values).ok().map(|[value]| value)
}

/// A text in which only variables mean something.
fn plain(text: &str, has_variables: bool, world: &World) -> Option<String> {
    let read = |token| match token {
        Token::One => '?',
        Token::Run => '*',
        Token::This(c) => c,
    };
    Some(
        tokens(text, has_variables, world)?
            .into_iter()
            .map(read)
            .collect(),
    )
}

fn is_like(pattern: &[Token], text: &str) -> bool {
    let first = text.chars().next();
    let tail = first.map(|c| &text[c.len_utf8()..]);
    match (pattern.split_first(), tail) {
        (None, _) => text.is_empty(),
        (Some((Token::Run, rest)), None) => is_like(rest, text),
        (Some((Token::Run, rest)), Some(tail)) => is_like(rest, text) || is_like(pattern, tail),
        (Some((Token::One, rest)), Some(tail)) => is_like(rest, tail),
        (Some((Token::This(c), rest)), Some(tail)) => first == Some(*c) && is_like(rest, tail),
        (Some(_), None) => false,
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

/// True if one is; else none if one cannot be told.
fn any(mut each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let each: Vec<Option<bool>> = each.by_ref().collect();
    if each.contains(&Some(true)) {
        Some(true)
    } else if each.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn all(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(each.map(|one| one.map(|one| !one))).map(|one| !one)
}
