//! `hallpass lab stop`.

use std::path::Path;
use std::time::Duration;

use hallpass_lab::Description;
use serde_json::json;

use crate::cli::Format;
use crate::control::{ControlError, RunningLab};
use crate::exit;
use crate::output::{Failure, print, print_json};

/// Runs the command. A lab that does not run is stopped already.
pub(super) async fn run(folder: &Path, format: Format) -> Result<u8, Failure> {
    let was_running = stop(folder).await?;
    match (format, was_running) {
        (Format::Json, _) => print_json(&json!({ "stopped": was_running })),
        (_, true) => print("the lab has stopped; what it holds stays"),
        (_, false) => print(&format!("no lab is running in {}", folder.display())),
    }
    Ok(exit::DONE)
}

/// Stops the lab of a folder, and says whether there was one.
pub(super) async fn stop(folder: &Path) -> Result<bool, Failure> {
    let lab = match RunningLab::find(folder).await {
        Ok(lab) => lab,
        Err(ControlError::NotRunning { .. }) => return Ok(false),
        Err(error) => return Err(Failure::unknown(error)),
    };
    lab.post("stop", &json!({}))
        .await
        .map_err(Failure::unknown)?;
    // The lab removes its description as the last thing it does.
    for _ in 0..400 {
        if Description::read(folder)
            .map_err(Failure::unknown)?
            .is_none()
        {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(Failure::unknown(ControlError::Refused {
        message: "it was asked to stop, and still runs".to_owned(),
    }))
}
