//! A list of objects on its way to the client: its JSON is written piece by piece, so that a list of
//! thousands takes no more memory than the objects themselves.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::view::View;
use crate::store::records::KubernetesObject;

/// Objects of one kind.
#[derive(Debug)]
pub(super) struct Listing {
    /// The kind of the list.
    pub(super) kind: String,
    /// The version of the API that shows it.
    pub(super) api_version: String,
    /// Its `ListMeta`.
    pub(super) metadata: Value,
    pub(super) objects: Vec<Arc<KubernetesObject>>,
    pub(super) view: View,
}

impl Listing {
    /// The objects, one by one.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        self.objects.iter().map(|object| self.view.value(object))
    }

    /// The whole list as one value, for what cannot be written piece by piece.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "kind": self.kind,
            "apiVersion": self.api_version,
            "metadata": self.metadata,
            "items": self.values().collect::<Vec<_>>(),
        })
    }

    /// The list as the body of an answer.
    pub(super) fn into_body(self) -> Body {
        let head = format!(
            "{{\"kind\":{},\"apiVersion\":{},\"metadata\":{},\"items\":[",
            json!(self.kind),
            json!(self.api_version),
            self.metadata
        );
        let mut written = 0;
        let mut piece = head.into_bytes();
        let mut has_ended = false;
        let pieces = std::iter::from_fn(move || {
            if has_ended {
                return None;
            }
            while piece.len() < PIECE {
                let Some(object) = self.objects.get(written) else {
                    has_ended = true;
                    piece.extend_from_slice(b"]}\n");
                    break;
                };
                if written > 0 {
                    piece.push(b',');
                }
                self.view.write(object, &mut piece);
                written += 1;
            }
            Some(Ok::<_, std::convert::Infallible>(Bytes::from(
                std::mem::take(&mut piece),
            )))
        });
        Body::from_stream(stream::iter(pieces))
    }
}

// Large enough that writing it costs more than waking up for it.
const PIECE: usize = 64 << 10;
