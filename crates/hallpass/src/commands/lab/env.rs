//! `hallpass lab env`.

use std::path::Path;

use clap::Args;
use hallpass_lab::Description;
use hallpass_types::AccountId;
use serde_json::{Map, Value};

use super::member;
use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// What clients need.
#[derive(Debug, Args)]
pub(crate) struct EnvArguments {
    /// For clients that cannot be pointed anywhere: they reach the lab under AWS's own host names,
    /// through the lab's proxy and authority.
    #[arg(long)]
    captive: bool,
    /// Credentials for another account of the lab's organisation, by the role that the organisation
    /// made in it. They last an hour.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The role to take in that account.
    #[arg(long, value_name = "NAME", requires = "account", default_value = ACCESS_ROLE)]
    role: String,
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &EnvArguments,
    format: Format,
) -> Result<u8, Failure> {
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    let (mut unset, mut set) = variables(&lab.description, arguments.captive);
    if let Some(account) = arguments.account {
        let session = member::enter(&lab.description, account, &arguments.role)
            .await
            .map_err(Failure::unknown)?;
        unset.retain(|name| *name != SESSION_TOKEN);
        session.replace_in(&mut set);
    }
    if format == Format::Json {
        let object: Map<String, Value> = set
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        print_json(&object);
        return Ok(exit::DONE);
    }
    print(&format!("unset {}", unset.join(" ")));
    for (name, value) in set {
        print(&format!("export {name}={}", quoted(&value)));
    }
    Ok(exit::DONE)
}

/// What to unset, for it would come first in a client's credential order; and what to set.
fn variables(lab: &Description, captive: bool) -> (Vec<&'static str>, Vec<(&'static str, String)>) {
    let mut unset = vec![SESSION_TOKEN, "AWS_PROFILE"];
    let mut set = vec![
        ("AWS_ACCESS_KEY_ID", lab.access_key_id.clone()),
        (
            "AWS_SECRET_ACCESS_KEY",
            lab.secret_access_key.expose().clone(),
        ),
        ("AWS_REGION", lab.region.clone()),
        ("AWS_DEFAULT_REGION", lab.region.clone()),
        ("GITHUB_API_URL", format!("http://{}", lab.github)),
        ("GITHUB_SERVER_URL", format!("http://{}", lab.github)),
        ("GITHUB_TOKEN", lab.github_token.expose().clone()),
        ("KUBECONFIG", lab.kubeconfig.display().to_string()),
        ("HALLPASS_LAB_ACCOUNT", lab.account.clone()),
        ("HALLPASS_LAB_CA", lab.ca_file.display().to_string()),
        ("HALLPASS_LAB_ISSUER", lab.issuer.clone()),
        ("HALLPASS_LAB_REGISTRY", lab.registry.to_string()),
        ("HALLPASS_LAB_REGISTRY_HOST", lab.registry_host.clone()),
    ];
    if captive {
        unset.extend(["AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy"]);
        let proxy = format!("http://{}", lab.proxy);
        set.extend([
            ("HTTPS_PROXY", proxy.clone()),
            ("https_proxy", proxy),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            ("no_proxy", "127.0.0.1,localhost".to_owned()),
        ]);
        // Each family of clients has its own variable for the authorities that it trusts.
        for name in [
            "AWS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "REQUESTS_CA_BUNDLE",
            "SSL_CERT_FILE",
        ] {
            set.push((name, lab.ca_file.display().to_string()));
        }
    } else {
        set.push(("AWS_ENDPOINT_URL", format!("http://{}", lab.aws)));
    }
    (unset, set)
}

/// The role that an organisation makes in each account (AWS Organizations API Reference,
/// `CreateAccount`).
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
pub(super) const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

/// Quotes a value for any POSIX shell.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:,@%+=".contains(&byte));
    if is_plain {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_split() {
        assert_eq!(quoted("/a/b-c"), "/a/b-c");
        assert_eq!(quoted("/a b"), "'/a b'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
