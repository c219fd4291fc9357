//! Elastic Container Registry: repositories, images, layers, logins.
//!
//! Source: Amazon ECR API Reference. Images and layers are those of the registry; what is pushed by one
//! door is there by the other.

mod access;
mod delete_images;
mod dispatch;
pub(crate) mod fault;
mod input;
mod layers;
mod list_images;
mod login;
mod page;
mod policies;
mod put_image;
mod read_images;
mod repositories;
mod tags;
mod uploads;

pub(crate) use dispatch::dispatch;
