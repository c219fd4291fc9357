//! Selectors of a list: by label, and by the fields that the resource offers.
//!
//! Source: Kubernetes documentation, "Labels and Selectors", "Field Selectors", "Selectable fields
//! for custom resources". A selector that is not understood is refused: to pass it over would show
//! more than was asked for.

mod fields;
mod selection;

pub(super) use fields::named;
pub(super) use selection::Selector;
