//! What follows a write, before it is answered: runner objects get their pods, pods their tokens.

use std::sync::Arc;

use super::operate::Course;
use super::runners;
use super::volumes;
use crate::world::World;

/// Lets it follow.
pub(super) async fn follow(world: &Arc<World>, course: &mut Course) {
    runners::settle(world, course).await;
    volumes::follow(world, std::mem::take(&mut course.touched)).await;
}
