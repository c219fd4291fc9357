//! `hallpass lab token`.

use std::path::Path;

use clap::Args;
use hallpass_types::{STS_AUDIENCE, ServiceAccountName};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// Which token.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The service account.
    #[arg(value_name = "NAMESPACE/SERVICEACCOUNT")]
    account: ServiceAccountName,
    /// Whom the token is for; may be given more than once.
    #[arg(long, value_name = "AUDIENCE", default_value = STS_AUDIENCE)]
    audience: Vec<String>,
    /// How long it lives, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(i64).range(1..=86_400))]
    duration: i64,
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &TokenArguments,
    format: Format,
) -> Result<u8, Failure> {
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    let wish = json!({
        "namespace": arguments.account.namespace(),
        "name": arguments.account.name(),
        "audiences": arguments.audience,
        "seconds": arguments.duration,
    });
    let answer = lab.post("token", &wish).await.map_err(Failure::unknown)?;
    if format == Format::Json {
        print_json(&answer);
    } else {
        print(
            answer
                .get("token")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        );
    }
    Ok(exit::DONE)
}
