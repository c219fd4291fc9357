//! Answers about objects in the form that the client wants: whole, as metadata, or as a table.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::listing::Listing;
use super::media::Form;
use super::resources::Resource;
use super::table::{Layout, META, RowObject, metadata_of};
use super::watch::{EventKind, Watcher};
use crate::world::World;

/// How the objects of an answer are to be shown.
#[derive(Debug)]
pub(super) enum Presentation {
    Metadata,
    Objects,
    Table(Layout),
}

impl Presentation {
    /// What the client wants of a resource.
    pub(super) fn of(form: Form, resource: &Resource, include_object: &str) -> Self {
        match form {
            Form::Metadata => Self::Metadata,
            Form::Objects => Self::Objects,
            Form::Table => Self::Table(Layout::of(resource, RowObject::parse(include_object))),
        }
    }

    /// The answer in that form.
    pub(super) fn present(self, world: &Arc<World>, answer: Answer) -> Answer {
        if matches!(self, Self::Objects) {
            return answer;
        }
        let now = world.now();
        match answer {
            Answer::Created(object) => Answer::Created(self.one(object, now)),
            Answer::Found(object) => Answer::Found(self.one(object, now)),
            Answer::Listed(listing) => Answer::Found(self.list(&listing, now)),
            Answer::Watching(watcher) => {
                let shown = Shown {
                    presentation: self,
                    watcher: *watcher,
                    world: Arc::clone(world),
                    has_begun: false,
                };
                Answer::Streaming(shown.into_body())
            }
            other @ (Answer::Document { .. }
            | Answer::NotModified(_)
            | Answer::Streaming(_)
            | Answer::Text(_)) => other,
        }
    }

    fn one(&self, object: Value, now: Timestamp) -> Value {
        // How a deletion went is told as it is.
        if object.get("kind").and_then(Value::as_str) == Some("Status") {
            return object;
        }
        match self {
            Self::Metadata => metadata_of(&object),
            Self::Objects => object,
            Self::Table(layout) => layout.table_of_one(&object, now),
        }
    }

    fn list(&self, listing: &Listing, now: Timestamp) -> Value {
        match self {
            Self::Metadata => json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": META,
                "metadata": listing.metadata,
                "items": listing.values().map(|object| metadata_of(&object)).collect::<Vec<_>>(),
            }),
            Self::Objects => listing.to_json(),
            Self::Table(layout) => layout.table(listing.values(), &listing.metadata, now),
        }
    }
}

/// A watch whose objects are shown in another form.
struct Shown {
    presentation: Presentation,
    watcher: Watcher,
    world: Arc<World>,
    has_begun: bool,
}

impl Shown {
    fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut shown| async move {
            let line = shown.next().await?;
            Some((Ok::<_, Infallible>(line), shown))
        }))
    }

    async fn next(&mut self) -> Option<Bytes> {
        let event = self.watcher.next().await?;
        let mut object = event.value(&self.watcher.view);
        if event.kind != EventKind::Error {
            object = self.presentation.one(object, self.world.now());
            // The columns are told once.
            if let (true, Some(columns)) = (self.has_begun, object.get_mut("columnDefinitions")) {
                *columns = Value::Null;
            }
            self.has_begun = true;
        }
        let event = json!({ "type": event.kind.as_str(), "object": object });
        Some(Bytes::from(format!("{event}\n")))
    }
}
