//! The registry. Stub.
use crate::world::World;
use axum::Router;
use std::sync::Arc;
pub(crate) fn router(_w: Arc<World>) -> Router {
    unimplemented!()
}
