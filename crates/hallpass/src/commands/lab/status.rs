//! `hallpass lab status`.

use std::path::Path;

use hallpass_lab::Description;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::control::{ControlError, RunningLab};
use crate::exit;
use crate::output::{self, Failure, print_json};

/// Runs the command; a lab that does not run is the answer no.
pub(super) async fn run(folder: &Path, format: Format) -> Result<u8, Failure> {
    let lab = match RunningLab::find(folder).await {
        Ok(lab) => lab,
        Err(ControlError::NotRunning { .. }) => {
            match format {
                Format::Json => print_json(&json!({ "running": false, "folder": folder })),
                Format::Human | Format::Plain => {
                    output::print(&format!("no lab is running in {}", folder.display()));
                }
            }
            return Ok(exit::NO);
        }
        Err(error) => return Err(Failure::unknown(error)),
    };
    let status = lab.get("status").await.map_err(Failure::unknown)?;
    print(&lab.description, status.get("counts"), format);
    Ok(exit::DONE)
}

/// Prints where a lab listens; no secret is among it.
pub(super) fn print(lab: &Description, counts: Option<&Value>, format: Format) {
    if format == Format::Json {
        print_json(&json!({
            "running": true,
            "pid": lab.pid,
            "account": lab.account,
            "region": lab.region,
            "partition": lab.partition,
            "aws": format!("http://{}", lab.aws),
            "registry": lab.registry.to_string(),
            "registryHost": lab.registry_host,
            "cluster": format!("https://{}", lab.cluster),
            "issuer": lab.issuer,
            "proxy": format!("http://{}", lab.proxy),
            "https": lab.https.to_string(),
            "caFile": lab.ca_file,
            "kubeconfig": lab.kubeconfig,
            "counts": counts,
        }));
        return;
    }
    let lines = [
        (
            "account",
            format!("{} ({}, {})", lab.account, lab.region, lab.partition),
        ),
        ("aws", format!("http://{}", lab.aws)),
        (
            "registry",
            format!("{} ({})", lab.registry, lab.registry_host),
        ),
        ("cluster", format!("https://{}", lab.cluster)),
        ("issuer", lab.issuer.clone()),
        ("proxy", format!("http://{} (captive mode)", lab.proxy)),
        (
            "https",
            format!("{} (captive mode, for a hosts entry)", lab.https),
        ),
        ("pid", lab.pid.to_string()),
    ];
    for (name, value) in lines {
        output::print(&format!("{name:<9} {value}"));
    }
    if let Some(Value::Object(counts)) = counts {
        let held: Vec<String> = counts
            .iter()
            .filter(|(_, count)| count.as_u64() != Some(0))
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        output::print(&format!("{:<9} {}", "holds", held.join(", ")));
    }
}
