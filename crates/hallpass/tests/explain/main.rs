//! `hallpass explain` as a user meets it: what a person reads of each kind of refusal, and the forms
//! that programs read.

#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

mod desk;
mod forms;
mod layers;
mod trust;
mod whole;
