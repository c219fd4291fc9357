//! May the caller do this? The one way from an operation to the policy engine.

mod context;
mod decide;
mod policies;
mod refusal;
mod sides;
mod wanted;

pub(crate) use sides::RESOURCE_CONTROLLED;
pub(crate) use wanted::Wanted;
