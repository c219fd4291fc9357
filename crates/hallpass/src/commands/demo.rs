//! `hallpass demo`: the article end to end on a fresh lab.

mod account;
mod best;
mod clock;
mod cluster;
mod container;
mod difference;
mod error;
mod example;
mod explanation;
mod general;
mod image;
mod registry;
mod runner;
mod stage;
mod story;
mod workflow;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::cli::Format;
use crate::exit;
use crate::output::{self, Failure};
use container::ContainerClient;
use error::DemoError;
use stage::Stage;
use story::Story;

/// Play the whole story on a fresh lab: the key way, the pass way, and the difference.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Who builds and pushes the image.
    #[arg(long, value_enum, default_value_t = ContainerClient::BuiltIn)]
    client: ContainerClient,
    /// The folder of the example's files [default: examples/article, or the copy in the binary].
    #[arg(long, value_name = "DIR")]
    example: Option<PathBuf>,
    /// Leave the lab running, and say how to go on by hand.
    #[arg(long)]
    keep: bool,
    /// The lab's folder [default: a temporary one].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
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
fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// Prints a line of the story's end.
fn say(line: &str) {
    output::print(line);
}
