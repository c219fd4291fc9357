//! The registry. Stub.
use std::sync::Arc;
use axum::Router;
use crate::world::World;
pub(crate) fn router(_w: Arc<World>) -> Router { unimplemented!() }
