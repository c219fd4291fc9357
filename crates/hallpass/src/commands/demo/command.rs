//! The command itself: its arguments, and the order in which the story is played.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::container::ContainerClient;
use super::error::DemoError;
use super::stage::Stage;
use super::story::Story;
use super::{best, difference, general};
use crate::cli::Format;
use crate::exit;
use crate::output::{self, Failure};

/// Play the whole story on a fresh lab: the key way, the pass way, and the difference.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Who builds and pushes the image.
    #[arg(long, value_enum, default_value_t = ContainerClient::BuiltIn)]
    pub(super) client: ContainerClient,
    /// The folder of the example's files [default: examples/article, or the copy in the binary].
    #[arg(long, value_name = "DIR")]
    pub(super) example: Option<PathBuf>,
    /// Leave the lab running, and say how to go on by hand.
    #[arg(long)]
    keep: bool,
    /// The lab's folder [default: a temporary one].
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
}

/// Runs the command.
pub(crate) async fn run(arguments: DemoArguments, format: Format) -> Result<u8, Failure> {
    let started = Instant::now();
    let mut story = Story::new(format);
    let stage = Stage::set(&arguments, &mut story)
        .await
        .map_err(Failure::unknown)?;
    let played = play(&stage, &mut story).await;
    match played {
        Ok(()) => {}
        Err(error) => {
            stage.clear(false).await;
            return Err(Failure::unknown(error));
        }
    }
    story.finish(started.elapsed());
    let is_as_promised = story.is_as_promised();
    if arguments.keep {
        stage.keep(format).await?;
    } else {
        stage.clear(true).await;
    }
    Ok(if is_as_promised { exit::DONE } else { exit::NO })
}

async fn play(stage: &Stage, story: &mut Story) -> Result<(), DemoError> {
    let general = general::play(stage, story).await?;
    let best = best::play(stage, story, &general.policy_arn).await?;
    difference::play(stage, story, &general, &best).await
}

/// What the demo says of files and programs that it was told to use.
pub(super) fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// Prints a line of the story's end.
pub(super) fn say(line: &str) {
    output::print(line);
}
