//! Tables: objects as rows of cells, for people.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (receiving resources as tables); the
//! columns are those that k8s.io/kubernetes' `pkg/printers/internalversion` prints.

mod age;
mod built_in;
mod columns;
mod custom;
mod layout;
mod pods;

pub(super) use layout::{Layout, META, RowObject, metadata_of};
